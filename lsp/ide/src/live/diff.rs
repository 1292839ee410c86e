//! Differences of two values, by path: what was there and what is.

use gatos_analysis::Data;

/// Differences that are told; the others are counted.
const MAX_TOLD: usize = 100;

/// A difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Change {
    /// Where: `state.by_id["a b"].n`, `state.log[3]`.
    pub(super) path: String,
    /// What was there.
    pub(super) was: Option<Data>,
    /// What is there.
    pub(super) got: Option<Data>,
}

/// The first differences, and how many there are.
pub(super) fn changes(was: &Data, got: &Data) -> (Vec<Change>, usize) {
    let mut out = (Vec::new(), 0);
    compare("state", Some(was), Some(got), &mut out);
    out
}

fn compare(path: &str, was: Option<&Data>, got: Option<&Data>, out: &mut (Vec<Change>, usize)) {
    if was == got {
        return;
    }
    match (was, got) {
        (Some(Data::Object(a)), Some(Data::Object(b))) => {
            for (key, x) in a {
                compare(&inside(path, key), Some(x), b.get(key), out);
            }
            for (key, y) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                compare(&inside(path, key), None, Some(y), out);
            }
        }
        (Some(Data::Array(a)), Some(Data::Array(b))) => {
            for i in 0..a.len().max(b.len()) {
                // Elements as the fold counts them.
                compare(&format!("{path}[{}]", i + 1), a.get(i), b.get(i), out);
            }
        }
        _ => {
            out.1 += 1;
            if out.0.len() < MAX_TOLD {
                out.0.push(Change { path: path.to_owned(), was: was.cloned(), got: got.cloned() });
            }
        }
    }
}

fn inside(path: &str, key: &str) -> String {
    let is_name =
        key.bytes().enumerate().all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || i > 0 && b.is_ascii_digit());
    if is_name && !key.is_empty() { format!("{path}.{key}") } else { format!("{path}[{}]", Data::from(key).to_json()) }
}

/// A value with long lists and texts cut short, and whether any was.
pub(super) fn pruned(data: &Data, most: usize) -> (Data, bool) {
    let mut cut = false;
    let out = prune(data, most, &mut cut);
    (out, cut)
}

fn prune(data: &Data, most: usize, cut: &mut bool) -> Data {
    match data {
        Data::Array(all) => {
            let mut out: Vec<Data> = all.iter().take(most).map(|d| prune(d, most, cut)).collect();
            if all.len() > most {
                *cut = true;
                out.push(Data::Text(format!("… {} more", all.len() - most)));
            }
            Data::Array(out)
        }
        Data::Object(all) => {
            let mut out: std::collections::BTreeMap<String, Data> =
                all.iter().take(most).map(|(k, d)| (k.clone(), prune(d, most, cut))).collect();
            if all.len() > most {
                *cut = true;
                out.insert("…".to_owned(), Data::Text(format!("{} more", all.len() - most)));
            }
            Data::Object(out)
        }
        Data::Text(t) if t.len() > 400 => {
            *cut = true;
            Data::Text(t.chars().take(200).chain("…".chars()).collect())
        }
        other => other.clone(),
    }
}

/// A value on several lines, for people.
pub(super) fn pretty(data: &Data) -> String {
    let mut out = String::new();
    lines(data, 0, &mut out);
    out
}

fn lines(data: &Data, depth: usize, out: &mut String) {
    let (open, close, parts): (char, char, Vec<(String, &Data)>) = match data {
        Data::Array(all) if !all.is_empty() => ('[', ']', all.iter().map(|d| (String::new(), d)).collect()),
        Data::Object(all) if !all.is_empty() => {
            ('{', '}', all.iter().map(|(k, d)| (format!("{}: ", Data::from(k.as_str()).to_json()), d)).collect())
        }
        flat => return out.push_str(&flat.to_json()),
    };
    // What fits on a line stays on one.
    let flat = data.to_json();
    if flat.chars().count() + depth * 2 <= 80 {
        return out.push_str(&flat);
    }
    out.push(open);
    for (i, (key, part)) in parts.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        out.push_str(key);
        lines(part, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(was: &str, got: &str) -> Vec<String> {
        let (all, n) = changes(&Data::from_json(was).unwrap(), &Data::from_json(got).unwrap());
        assert_eq!(all.len(), n);
        let show = |d: &Option<Data>| d.as_ref().map_or("nothing".to_owned(), Data::to_json);
        all.iter().map(|c| format!("{}: {} → {}", c.path, show(&c.was), show(&c.got))).collect()
    }

    #[test]
    fn differences_are_told_by_path() {
        assert!(told(r#"{"a":1,"b":[1,2]}"#, r#"{"b":[1,2],"a":1}"#).is_empty());
        assert_eq!(
            told(r#"{"a":1,"b":[1,2],"c d":{"x":true}}"#, r#"{"a":2,"b":[1],"c d":{"x":true,"y":null}}"#),
            ["state.a: 1 → 2", "state.b[2]: 2 → nothing", "state[\"c d\"].y: nothing → null"]
        );
        assert_eq!(told("[]", "{}"), ["state: [] → {}"]);
    }

    #[test]
    fn large_values_are_cut_and_say_so() {
        let data = Data::Array((0..50u64).map(Data::from).collect());
        let (cut, is_cut) = pruned(&data, 3);
        assert!(is_cut);
        assert_eq!(cut.to_json(), "[0,1,2,\"… 47 more\"]");
        assert_eq!(pretty(&cut), "[0,1,2,\"… 47 more\"]");
    }
}
