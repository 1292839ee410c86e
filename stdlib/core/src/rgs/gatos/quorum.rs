//! Quorum expressions: who must approve, and who is still awaited.
//!
//! ```text
//! user:ann                          this actor
//! 2-of-3@leads                      two members of the group leads, which has three
//! 2-of-*@leads                      two of however many
//! @leads                            as many as the group's own threshold says
//! all_of(a, b)  any_of(a, b)  at_least(2, a, b, c)
//! ```

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// How deep expressions may nest.
const DEPTH: usize = 16;
/// How many names a text lists.
const LISTED: usize = 12;

/// An expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// One actor.
    Actor(String),
    /// Members of a group.
    Group {
        /// How many; the group's threshold when it is not said.
        need: Option<u64>,
        /// How many members the group must have.
        size: Option<u64>,
        /// The group.
        name: String,
    },
    /// So many of these; `all_of` and `any_of` are the extremes.
    AtLeast(usize, Vec<Expr>),
}

/// A group of the trust graph.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Group {
    /// Its members.
    pub members: BTreeSet<String>,
    /// How many of them speak for it, where the graph says so.
    pub threshold: Option<u64>,
}

/// How far approvals have come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tally {
    /// How many alternatives are met.
    pub have: u64,
    /// How many must be.
    pub need: u64,
    /// The others, as texts.
    pub awaited: Vec<String>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Reads an expression.
///
/// # Errors
/// What is wrong, and at which character.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut reader = Reader { text, at: 0 };
    let expr = reader.expr(0)?;
    reader.spaces();
    if reader.at < text.len() { Err(reader.fault("the quorum expression should end here")) } else { Ok(expr) }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.' | '@' | '*' | '/')
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn fault(&self, why: &str) -> String {
        format!("{why}, at character {}", self.text[..self.at].chars().count() + 1)
    }

    fn eat(&mut self, c: char) -> bool {
        self.spaces();
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn word(&mut self) -> &'a str {
        self.spaces();
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn expr(&mut self, depth: usize) -> Result<Expr, String> {
        if depth > DEPTH {
            return Err(self.fault("quorum expressions nest no deeper than 16"));
        }
        self.spaces();
        let start = self.at;
        let word = self.word();
        if self.eat('(') {
            return self.call(word, start, depth);
        }
        let end = core::mem::replace(&mut self.at, start);
        let expr = self.leaf(word)?;
        self.at = end;
        Ok(expr)
    }

    fn leaf(&self, word: &str) -> Result<Expr, String> {
        if word.is_empty() {
            return Err(self.fault("an actor, a group (`2-of-3@leads`) or `all_of(...)` belongs here"));
        }
        if let Some((count, group)) = word.split_once('@') {
            if group.is_empty() || group.contains(['@', ':', '*']) {
                return Err(self.fault("the name of a group belongs behind `@`"));
            }
            let name = group.to_string();
            if count.is_empty() {
                return Ok(Expr::Group { need: None, size: None, name });
            }
            let number = |s: &str| -> Option<u64> {
                if s.is_empty() || s.len() > 6 || !s.bytes().all(|b| b.is_ascii_digit()) {
                    None
                } else {
                    s.parse().ok()
                }
            };
            let Some((need, size)) = count.split_once("-of-") else {
                return Err(self.fault("a group is written `2-of-3@leads`, `2-of-*@leads` or `@leads`"));
            };
            let sized = if size == "*" { Some(None) } else { number(size).map(Some) };
            let (Some(need), Some(size)) = (number(need), sized) else {
                return Err(self.fault("a group is written `2-of-3@leads`, `2-of-*@leads` or `@leads`"));
            };
            if need == 0 {
                return Err(self.fault("a quorum of none asks nobody"));
            }
            if size.is_some_and(|size| need > size) {
                return Err(self.fault("more approvals are asked for than the group has members"));
            }
            return Ok(Expr::Group { need: Some(need), size, name });
        }
        match super::refs::actor_fault(word) {
            None => Ok(Expr::Actor(word.to_string())),
            Some(why) => Err(self.fault(&why)),
        }
    }

    fn call(&mut self, word: &str, start: usize, depth: usize) -> Result<Expr, String> {
        let unknown = !matches!(word, "all_of" | "any_of" | "at_least");
        if unknown {
            self.at = start;
            return Err(self.fault(&format!("`{word}` is not one of all_of, any_of, at_least")));
        }
        let mut need = 0;
        if word == "at_least" {
            self.spaces();
            let count = self.word();
            need = match count.parse::<usize>() {
                Ok(n) if n > 0 => n,
                _ => return Err(self.fault("at_least begins with how many, at least 1")),
            };
            if !self.eat(',') {
                return Err(self.fault("a comma belongs behind the number"));
            }
        }
        let mut parts = Vec::new();
        loop {
            self.spaces();
            let start = self.at;
            let part = self.expr(depth + 1)?;
            // The same twice would let one approval count as two.
            if parts.contains(&part) {
                self.at = start;
                return Err(self.fault("the same alternative stands here twice"));
            }
            parts.push(part);
            if self.eat(')') {
                break;
            }
            if !self.eat(',') {
                return Err(self.fault("a comma or `)` belongs here"));
            }
        }
        match word {
            "all_of" => need = parts.len(),
            "any_of" => need = 1,
            _ => {}
        }
        if need > parts.len() {
            return Err(self.fault("at_least asks for more than it lists"));
        }
        Ok(Expr::AtLeast(need, parts))
    }
}

impl Expr {
    /// The groups that it names.
    pub fn groups<'a>(&'a self, out: &mut BTreeSet<&'a str>) {
        match self {
            Expr::Actor(_) => {}
            Expr::Group { name, .. } => drop(out.insert(name)),
            Expr::AtLeast(_, parts) => parts.iter().for_each(|p| p.groups(out)),
        }
    }

    /// Counts approvals.
    ///
    /// # Errors
    /// A group that the graph does not know, or that has another size or no threshold.
    pub fn tally(&self, approvers: &BTreeSet<&str>, groups: &BTreeMap<String, Group>) -> Result<Tally, String> {
        match self {
            Expr::Actor(name) => {
                let have = approvers.contains(name.as_str());
                let awaited = if have { Vec::new() } else { [name.clone()].into() };
                Ok(Tally { have: u64::from(have), need: 1, awaited })
            }
            Expr::Group { need, size, name } => {
                let group = groups.get(name).ok_or_else(|| format!("there is no group `{name}` in the trust graph"))?;
                let members = group.members.len() as u64;
                if let Some(size) = size
                    && *size != members
                {
                    return Err(format!("the group `{name}` has {members} members, and the quorum says {size}"));
                }
                let need = need.or(group.threshold).ok_or_else(|| format!("the group `{name}` has no threshold"))?;
                let (have, awaited): (Vec<&String>, Vec<&String>) =
                    group.members.iter().partition(|m| approvers.contains(m.as_str()));
                let mut awaited: Vec<String> = awaited.into_iter().cloned().collect();
                if members < need {
                    awaited.push(format!("members that `{name}` does not have"));
                }
                Ok(Tally { have: have.len() as u64, need, awaited })
            }
            Expr::AtLeast(need, parts) => {
                let mut tally = Tally { have: 0, need: *need as u64, awaited: Vec::new() };
                for part in parts {
                    let inner = part.tally(approvers, groups)?;
                    if inner.met() {
                        tally.have += 1;
                    } else if let Expr::Actor(name) = part {
                        tally.awaited.push(name.clone());
                    } else {
                        tally.awaited.push(format!("({})", inner.missing()));
                    }
                }
                Ok(tally)
            }
        }
    }
}

impl Tally {
    /// Whether enough have approved.
    pub fn met(&self) -> bool {
        self.have >= self.need
    }

    /// What is missing: `1 of 2, awaiting user:bob or user:cyd`; empty when nothing is.
    pub fn missing(&self) -> String {
        if self.met() {
            return String::new();
        }
        let more = (self.need - self.have) as usize;
        let n = self.awaited.len();
        let (lead, word) = if more >= n {
            (String::new(), "and")
        } else if more == 1 {
            (String::new(), "or")
        } else {
            (format!("{more} of "), "and")
        };
        let mut names: Vec<String> = self.awaited.iter().take(LISTED).cloned().collect();
        if n > LISTED {
            names.push(format!("{} more", n - LISTED));
        }
        let last = names.pop().unwrap_or_else(|| "nobody".to_string());
        let list = if names.is_empty() { last } else { format!("{} {word} {last}", names.join(", ")) };
        format!("{} of {}, awaiting {lead}{list}", self.have, self.need)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> BTreeMap<String, Group> {
        let group = |names: &[&str], threshold| Group {
            members: names.iter().map(|n| format!("user:{n}")).collect(),
            threshold,
        };
        [
            ("leads".to_string(), group(&["ann", "bob", "cyd"], Some(2))),
            ("ops".to_string(), group(&["dan"], None)),
            ("many".to_string(), group(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"], None)),
        ]
        .into()
    }

    fn missing(expression: &str, approvers: &[&str]) -> Result<String, String> {
        let names: Vec<String> = approvers.iter().map(|n| format!("user:{n}")).collect();
        let set = names.iter().map(String::as_str).collect();
        parse(expression)?.tally(&set, &groups()).map(|t| t.missing())
    }

    fn check(expression: &str, approvers: &[&str], want: &str) {
        assert_eq!(missing(expression, approvers).as_deref(), Ok(want), "{expression}");
    }

    #[test]
    fn what_is_missing() {
        check("user:ann", &[], "0 of 1, awaiting user:ann");
        check("user:ann", &["ann"], "");
        check("2-of-3@leads", &["ann"], "1 of 2, awaiting user:bob or user:cyd");
        check("2-of-3@leads", &[], "0 of 2, awaiting 2 of user:ann, user:bob and user:cyd");
        check("2-of-3@leads", &["ann", "cyd"], "");
        check("2-of-*@leads", &["ann", "dan"], "1 of 2, awaiting user:bob or user:cyd");
        check("@leads", &["ann"], "1 of 2, awaiting user:bob or user:cyd");
        check("2-of-*@ops", &["dan"], "1 of 2, awaiting members that `ops` does not have");
        check("all_of(user:ann, user:bob)", &[], "0 of 2, awaiting user:ann and user:bob");
        check("any_of(user:ann, 1-of-1@ops)", &[], "0 of 1, awaiting user:ann or (0 of 1, awaiting user:dan)");
        check(
            " at_least( 2 , @leads , user:dan,user:eve ) ",
            &["ann", "eve"],
            "1 of 2, awaiting (1 of 2, awaiting user:bob or user:cyd) or user:dan",
        );
        check(
            "1-of-*@many",
            &[],
            "0 of 1, awaiting user:a, user:b, user:c, user:d, user:e, user:f, user:g, user:h, user:i, user:j, user:k, \
             user:l or 2 more",
        );
    }

    #[test]
    fn errors_say_where() {
        for (expression, want) in [
            ("", "an actor, a group (`2-of-3@leads`) or `all_of(...)` belongs here, at character 1"),
            ("ann", "`ann` is not an actor, as in `user:ann`, `agent:echo` or `service:gate`, at character 1"),
            ("0-of-3@leads", "a quorum of none asks nobody, at character 1"),
            ("4-of-3@leads", "more approvals are asked for than the group has members, at character 1"),
            ("2of3@leads", "a group is written `2-of-3@leads`, `2-of-*@leads` or `@leads`, at character 1"),
            ("2-of-3@", "the name of a group belongs behind `@`, at character 1"),
            ("both(user:a)", "`both` is not one of all_of, any_of, at_least, at character 1"),
            ("all_of()", "an actor, a group (`2-of-3@leads`) or `all_of(...)` belongs here, at character 8"),
            ("all_of(user:a", "a comma or `)` belongs here, at character 14"),
            ("all_of(user:a user:b)", "a comma or `)` belongs here, at character 15"),
            ("all_of(user:a, user:a)", "the same alternative stands here twice, at character 16"),
            ("at_least(user:a)", "at_least begins with how many, at least 1, at character 16"),
            ("at_least(0, user:a)", "at_least begins with how many, at least 1, at character 11"),
            ("at_least(2, user:a)", "at_least asks for more than it lists, at character 20"),
            ("user:a user:b", "the quorum expression should end here, at character 8"),
            ("2-of-4@leads", "the group `leads` has 3 members, and the quorum says 4"),
            ("@ops", "the group `ops` has no threshold"),
            ("@none", "there is no group `none` in the trust graph"),
        ] {
            assert_eq!(missing(expression, &[]), Err(want.to_string()), "{expression}");
        }
        let deep = format!("{}user:a{}", "any_of(".repeat(100), ")".repeat(100));
        assert!(missing(&deep, &[]).is_err());
    }

    #[test]
    fn met_and_nothing_missing_are_the_same() {
        let people = ["ann", "bob", "cyd", "dan"];
        for expression in [
            "2-of-3@leads",
            "all_of(@leads, user:dan)",
            "any_of(user:dan, 3-of-3@leads)",
            "at_least(2, user:ann, user:bob, 1-of-1@ops)",
        ] {
            for bits in 0..16u32 {
                let chosen: Vec<String> =
                    (0..4).filter(|i| bits >> i & 1 == 1).map(|i| format!("user:{}", people[i])).collect();
                let set: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
                let expr = parse(expression).unwrap();
                let tally = expr.tally(&set, &groups()).unwrap();
                assert_eq!(tally.met(), tally.missing().is_empty());
                // Approvals never take a quorum away.
                for more in people {
                    let name = format!("user:{more}");
                    let mut larger = set.clone();
                    larger.insert(&name);
                    assert!(!tally.met() || expr.tally(&larger, &groups()).unwrap().met());
                }
            }
        }
    }
}
