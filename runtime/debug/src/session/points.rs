//! Breakpoints: where they can be, which one an op meets, and when one that is met stops the run.

use super::{Debuggee, eval};
use gatos_elc::SourceMap;
use gatos_elc::map::Place;
use gatos_elc::ops::Op;
use gatos_elc::program::Program;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of the sources on which a run can stop.
#[derive(Debug)]
pub struct Lines {
    code: BTreeSet<(u32, u32)>,
    /// Functions by the line on which they are defined: a breakpoint there means their beginning.
    defined: BTreeMap<(u32, u32), Vec<u32>>,
    is_policy: bool,
}

impl Lines {
    /// The lines of a program.
    pub fn new(program: &Program, map: &SourceMap) -> Lines {
        let is_policy = program.policy.is_some();
        let mut lines = Lines { code: BTreeSet::new(), defined: BTreeMap::new(), is_policy };
        for ((proto, code), names) in (0u32..).zip(&program.protos).zip(&map.functions) {
            if is_policy {
                lines.code.extend(names.literals.iter().map(|l| (l.start.file, l.start.line)));
                continue;
            }
            let ops = (0u32..).zip(&code.code).filter(|(_, op)| !matches!(op, Op::Block { .. }));
            let places = ops.filter_map(|(at, _)| names.place(at)).filter(|place| place.line > 0);
            lines.code.extend(places.map(|place| (place.file, place.line)));
            // Chunks are called `<main>` and `<module>`; they begin with their first statement.
            if !names.name.starts_with('<') {
                lines.defined.entry((names.at.file, names.at.line)).or_default().push(proto);
                lines.code.insert((names.at.file, names.at.line));
            }
        }
        lines
    }

    /// The line that a breakpoint on a line means: itself, or the next one with code.
    pub fn resolve(&self, file: u32, line: u32) -> Option<u32> {
        self.code.range((file, line)..=(file, u32::MAX)).next().map(|(_, line)| *line)
    }

    /// The lines with code in a range.
    pub fn between(&self, file: u32, from: u32, to: u32) -> Vec<u32> {
        self.code.range((file, from)..=(file, to.max(from))).map(|(_, line)| *line).collect()
    }

    /// The lines that an op at the beginning of a statement stands for.
    fn met(&self, map: &SourceMap, proto: u32, place: Place, is_first: bool) -> Vec<(u32, u32)> {
        let here = (place.file, place.line);
        let mut out = Vec::with_capacity(2);
        if is_first
            && !self.is_policy
            && let Some(at) = map.functions.get(proto as usize).map(|f| (f.at.file, f.at.line))
            && self.defined.get(&at).is_some_and(|all| all.contains(&proto))
        {
            out.push(at);
        }
        // On the line of a definition, its maker's ops are not what anybody means.
        let is_definition = self.defined.get(&here).is_some_and(|all| !all.contains(&proto));
        if !is_definition && !out.contains(&here) {
            out.push(here);
        }
        out
    }
}

/// When a breakpoint stops, by how often it was met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HitRule {
    /// Only the nth time.
    Equal(u64),
    /// From the nth time on.
    AtLeast(u64),
    /// After the nth time.
    Above(u64),
    /// Before the nth time.
    Below(u64),
    /// Every nth time.
    Every(u64),
}

impl HitRule {
    /// Reads a rule: `5`, `= 5`, `>= 5`, `> 5`, `< 5` or `% 5`. A number alone means from there on.
    ///
    /// # Errors
    /// A sentence when it is none.
    pub fn parse(text: &str) -> Result<HitRule, String> {
        let text = text.trim();
        let digits = text.trim_start_matches(['=', '>', '<', '%']);
        let sign = text.get(..text.len() - digits.len()).unwrap_or_default();
        let wrong = || format!("{text:?} is no hit count: write 5, == 5, >= 5, > 5, < 5 or % 5");
        let n: u64 = digits.trim().parse().map_err(|_| wrong())?;
        Ok(match sign {
            "" | ">=" => HitRule::AtLeast(n),
            "=" | "==" => HitRule::Equal(n),
            ">" => HitRule::Above(n),
            "<" => HitRule::Below(n),
            "%" if n > 0 => HitRule::Every(n),
            _ => return Err(wrong()),
        })
    }

    pub(crate) fn allows(self, hits: u64) -> bool {
        match self {
            HitRule::Equal(n) => hits == n,
            HitRule::AtLeast(n) => hits >= n,
            HitRule::Above(n) => hits > n,
            HitRule::Below(n) => hits < n,
            HitRule::Every(n) => hits.is_multiple_of(n),
        }
    }
}

/// A breakpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breakpoint {
    /// What it is called by.
    pub id: u32,
    /// Its file, by the map.
    pub file: u32,
    /// Its line, one with code.
    pub line: u32,
    /// It stops only when this holds.
    pub condition: Option<String>,
    /// It stops only by how often it was met with its condition holding.
    pub hit: Option<HitRule>,
    /// It says this, with `{expressions}` filled in, and does not stop.
    pub log: Option<String>,
}

/// What is counted of a breakpoint: meetings on a line of a file, with a condition holding.
pub(crate) type Spot = (u32, u32, Option<String>);
/// How often spots were met from the beginning of a run up to a moment of it.
pub(crate) type Tally = BTreeMap<Spot, u64>;

impl Breakpoint {
    pub(crate) fn spot(&self) -> Spot {
        (self.file, self.line, self.condition.clone())
    }
}

/// What stops a run besides steps.
#[derive(Clone, Default, Debug)]
pub struct Points {
    /// Breakpoints.
    pub list: Vec<Breakpoint>,
    /// Whether errors stop that a `pcall` waits for.
    pub on_caught: bool,
    /// Whether errors stop that nothing waits for.
    pub on_uncaught: bool,
}

impl Points {
    /// The breakpoints that an op meets at the beginning of a statement.
    pub(crate) fn met(&self, lines: &Lines, map: &SourceMap, proto: u32, place: Place, is_first: bool) -> Vec<usize> {
        if self.list.is_empty() {
            return Vec::new();
        }
        let here = lines.met(map, proto, place, is_first);
        let is_here = |(_, p): &(usize, &Breakpoint)| here.contains(&(p.file, p.line));
        self.list.iter().enumerate().filter(is_here).map(|(i, _)| i).collect()
    }

    /// What has to be counted.
    pub(crate) fn counted(&self) -> BTreeSet<Spot> {
        self.list.iter().filter(|p| p.hit.is_some()).map(Breakpoint::spot).collect()
    }
}

impl Debuggee {
    /// Looks at the condition and the log message of a breakpoint before it is set: what is no expression anywhere
    /// is found here, and what is none at the place of the breakpoint when it is met.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn check_point(&self, condition: Option<&str>, log: Option<&str>) -> Result<(), String> {
        let is_policy = self.program.program().policy.is_some();
        if let Some(condition) = condition {
            eval::check(condition, is_policy).map_err(|why| format!("the condition: {why}"))?;
        }
        for part in log.map(log_parts).unwrap_or_default() {
            if let Err(expression) = part {
                eval::check(&expression, is_policy).map_err(|why| format!("the log message: {why}"))?;
            }
        }
        Ok(())
    }
}

/// The parts of a log message: text, and expressions between braces. A brace is written as two.
pub(crate) fn log_parts(text: &str) -> Vec<Result<String, String>> {
    let mut out: Vec<Result<String, String>> = Vec::new();
    let mut said = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                said.push('{');
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                said.push('}');
            }
            '{' => {
                let mut expr = String::new();
                // Braces inside an expression are those of tables.
                let mut depth = 1;
                for c in chars.by_ref() {
                    depth += match c {
                        '{' => 1,
                        '}' => -1,
                        _ => 0,
                    };
                    if depth == 0 {
                        break;
                    }
                    expr.push(c);
                }
                out.push(Ok(std::mem::take(&mut said)));
                out.push(Err(expr));
            }
            c => said.push(c),
        }
    }
    out.push(Ok(said));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_counts_are_read() {
        assert_eq!(HitRule::parse("5"), Ok(HitRule::AtLeast(5)));
        assert_eq!(HitRule::parse("== 5"), Ok(HitRule::Equal(5)));
        assert_eq!(HitRule::parse("%3"), Ok(HitRule::Every(3)));
        assert_eq!(HitRule::parse(" > 2 "), Ok(HitRule::Above(2)));
        for bad in ["", "x", "% 0", "!= 3", "-1", "5 5"] {
            assert!(HitRule::parse(bad).is_err(), "{bad}");
        }
        assert!(HitRule::Every(3).allows(6) && !HitRule::Every(3).allows(7));
    }

    #[test]
    fn log_messages_have_expressions() {
        let expected = vec![Ok("a {".to_owned()), Err("x[{1}]".to_owned()), Ok("} b".to_owned())];
        assert_eq!(log_parts("a {{{x[{1}]}}} b"), expected);
        assert_eq!(log_parts("plain"), vec![Ok("plain".to_owned())]);
        assert_eq!(log_parts("open {x"), vec![Ok("open ".to_owned()), Err("x".to_owned()), Ok(String::new())]);
    }
}
