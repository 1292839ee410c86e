//! Claims: lines of a script that say what an expression gives, `1 + 1 --> 2`.
//! They stand in golden cases, in the documentation and in the library table.

use std::collections::BTreeMap;

/// Prefix of a log line that carries the result of a claim. A program that prints this
/// itself has gone out of its way.
const MARK: &str = "\u{1}claim ";

/// A claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Its line, from 1.
    pub line: usize,
    /// What the expression is said to give.
    pub expected: String,
}

/// Shows values: strings and tables as canonical JSON, everything else as it prints.
/// One line, so that the lines of the program keep their numbers.
const SHOW: &str = r##"local function __claim(__at, ...) local __o = "" for __i = 1, select("#", ...) do local __v = (select(__i, ...)) local __t, __s = type(__v), nil if __t == "string" or __t == "table" then local __ok, __j = pcall(json.encode_canonical, __v) if __ok then __s = __j elseif __t == "string" then __s = string.format("%q", __v) else __s = "<table>" end elseif __t == "function" then __s = "<function>" else __s = tostring(__v) end if __i > 1 then __o = __o .. ", " end __o = __o .. __s end print("\u{1}claim " .. __at .. " " .. __o) end "##;

/// Turns each claim into a call that reports what its expression gives.
pub fn instrument(text: &str) -> (String, Vec<Claim>) {
    let mut claims = Vec::new();
    let mut out = String::new();
    for (at, line) in text.lines().enumerate() {
        match split(line) {
            Some((expression, expected)) => {
                let number = at + 1;
                claims.push(Claim { line: number, expected: expected.to_owned() });
                out.push_str(&format!("__claim({number}, {expression})"));
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    if claims.is_empty() { (text.to_owned(), claims) } else { (format!("{SHOW}{out}"), claims) }
}

fn split(line: &str) -> Option<(&str, &str)> {
    let (expression, expected) = line.split_once("-->")?;
    let expression = expression.trim();
    let is_claim = !expression.is_empty() && !expression.starts_with("--");
    is_claim.then(|| (expression, expected.trim()))
}

/// Takes the results of claims out of a log, and says which do not hold.
pub fn judge(claims: &[Claim], log: &[String]) -> (Vec<String>, Vec<String>) {
    let mut given: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    let mut rest = Vec::new();
    for line in log {
        match line.strip_prefix(MARK).and_then(|text| text.split_once(' ')) {
            Some((number, values)) => given.entry(number.parse().unwrap_or(0)).or_default().push(values),
            None => rest.push(line.clone()),
        }
    }
    let mut wrong = Vec::new();
    for claim in claims {
        match given.get(&claim.line) {
            None => wrong.push(format!("line {}: was never reached", claim.line)),
            // A claim in a loop or function holds each time.
            Some(all) => {
                if let Some(other) = all.iter().find(|v| **v != claim.expected) {
                    wrong.push(format!("line {}: said {}, gives {other}", claim.line, claim.expected));
                }
            }
        }
    }
    (rest, wrong)
}

#[cfg(test)]
mod tests {
    use super::{Claim, instrument, judge};

    #[test]
    fn a_claim_becomes_a_call_on_its_own_line() {
        let (text, claims) = instrument("local a = 1\na + 1 --> 2\n-- no --> claim\n");
        assert_eq!(claims, [Claim { line: 2, expected: "2".to_owned() }]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("local a = 1"));
        assert_eq!(lines[1], "__claim(2, a + 1)");
        assert_eq!(lines[2], "-- no --> claim");
    }

    #[test]
    fn a_broken_claim_and_a_missing_one_are_told() {
        let claims: Vec<Claim> =
            [(1, "1"), (2, "2"), (3, "3")].map(|(line, e)| Claim { line, expected: e.to_owned() }).into();
        let log = ["\u{1}claim 1 1", "printed", "\u{1}claim 2 5"].map(str::to_owned);
        let (rest, wrong) = judge(&claims, &log);
        assert_eq!(rest, ["printed"]);
        assert_eq!(wrong, ["line 2: said 2, gives 5", "line 3: was never reached"]);
    }
}
