//! Capabilities: words with colons between them, `journal:append`. The wildcards mean what they mean in grants.

/// Whether one capability, which may be a pattern, covers another.
///
/// `*` stands for one word, as the last word for all that follow, and alone for everything. A wanted capability with
/// an empty word is never covered, so that a slip of the pen permits nothing.
pub fn covers(held: &str, wanted: &str) -> bool {
    if wanted.split(':').any(str::is_empty) {
        return false;
    }
    if held == "*" {
        return true;
    }
    let mut wanted = wanted.split(':');
    let mut words = held.split(':').peekable();
    while let Some(word) = words.next() {
        let Some(found) = wanted.next() else { return false };
        if word == "*" {
            if words.peek().is_none() {
                return true;
            }
            // In the middle it is one word, and `*` at the end of what is wanted means more.
            if found == "*" && wanted.clone().next().is_none() {
                return false;
            }
        } else if word != found {
            return false;
        }
    }
    wanted.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered() {
        for (held, wanted) in [
            ("journal:append", "journal:append"),
            ("journal:*", "journal:append"),
            ("journal:*", "journal:append:finance"),
            ("*", "journal:append"),
            ("*", "*"),
            ("journal:*:finance", "journal:append:finance"),
            ("*:append", "journal:append"),
            ("journal:*", "journal:*"),
        ] {
            assert!(covers(held, wanted), "{held} {wanted}");
        }
        for (held, wanted) in [
            ("journal", "journal:append"),
            ("journal:append", "journal:append:finance"),
            ("journal:*", "journal"),
            ("journal:append", "journal:*"),
            ("journal:append", "journal:appendix"),
            ("jour*", "journal"),
            ("journal:*:finance", "journal:append:sales"),
            ("a:*:c", "a:*"),
            ("journal:*", "*"),
            ("", ""),
            ("*", ""),
            ("*", "journal:"),
            ("journal:", "journal:"),
            ("Journal:append", "journal:append"),
        ] {
            assert!(!covers(held, wanted), "{held} {wanted}");
        }
    }

    #[test]
    fn covering_is_an_order() {
        let all = ["*", "a", "a:*", "a:b", "a:*:c", "a:b:c", "*:b", "b", "b:a", "*:*", "a:*:*"];
        for x in all {
            assert!(covers(x, x));
            for y in all {
                for z in all {
                    assert!(!(covers(x, y) && covers(y, z)) || covers(x, z), "{x} {y} {z}");
                }
            }
        }
    }
}
