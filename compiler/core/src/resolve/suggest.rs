//! "Did you mean": the nearest known name by edits, where one is near enough to be likely.

/// The candidate nearest to `name`, when at most a third of it differs. Earlier candidates win ties.
pub(crate) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let limit = match name.chars().count() {
        0..=1 => return None,
        2..=5 => 1,
        6..=9 => 2,
        10..=40 => 3,
        _ => return None,
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.len() > name.len() + limit * 4 {
            continue;
        }
        let d = distance(name, candidate);
        if d <= limit && best.is_none_or(|(b, _)| d < b) {
            best = Some((d, candidate));
        }
    }
    best.map(|(_, c)| c.to_string())
}

/// Insertions, deletions, replacements and swaps of neighbours between two names.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            next[j] = replace.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["string", "state", "setmetatable", "ipairs"];
        let near = |name| closest(name, known.into_iter());
        assert_eq!(near("strnig").as_deref(), Some("string"));
        assert_eq!(near("State").as_deref(), Some("state"));
        assert_eq!(near("setmetatabel").as_deref(), Some("setmetatable"));
        assert_eq!(near("socket"), None);
        assert_eq!(near("x"), None);
    }
}
