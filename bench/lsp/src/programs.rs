//! The programs: the same in each run, unlike each other, with the mistakes that people make.

use std::fmt::Write;
use std::path::Path;

/// Lines of each fold of the workspace, about.
pub const LINES: usize = 200;

/// A small generator, so that each run sees the same text.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// One helper function of about fourteen lines.
fn helper(out: &mut String, n: usize, dice: &mut Dice) {
    let (a, b) = (dice.roll(90) + 10, dice.roll(9) + 2);
    let name = ["weigh", "limit", "score", "merge", "count"][dice.roll(5)];
    let _ = write!(
        out,
        "-- What {name} {n} is for: entry {a} of the table, in steps of {b}.\n\
         local function {name}_{n}(state, amount, key)\n\
         \x20 local found = state.by_key[key] or 0\n\
         \x20 if amount > {a} then\n\
         \x20   amount = {a}\n\
         \x20 elseif amount < 0 then\n\
         \x20   return found\n\
         \x20 end\n\
         \x20 for i = 1, {b} do\n\
         \x20   found = found + (amount * i) // {b}\n\
         \x20 end\n\
         \x20 state.by_key[key] = found\n\
         \x20 return found\n\
         end\n\n"
    );
}

/// A fold of so many lines.
fn fold(lines: usize, dice: &mut Dice) -> String {
    let mut out = String::from("-- Orders by key, weighed.\nlocal M = {}\n\n");
    let mut n = 0;
    while out.lines().count() + 40 < lines {
        helper(&mut out, n, dice);
        n += 1;
    }
    out.push_str("function M.init()\n  return { total = 0, by_key = {}, by_type = {} }\nend\n\n");
    out.push_str("function M.fold(state, event)\n  local amount = event.payload.amount or 0\n");
    // Unused now and then, as in life.
    if dice.roll(4) == 0 {
        out.push_str("  local spare = 1\n");
    }
    out.push_str("  state.by_type[event.type] = (state.by_type[event.type] or 0) + amount\n");
    out.push_str("  for key, value in dpairs(state.by_key) do\n    state.total = state.total + value\n");
    out.push_str("    if key == \"\" then\n      break\n    end\n  end\n  return state\nend\n\nreturn M\n");
    // Every helper is used, so that the lints have what they look for.
    let uses: String = out
        .lines()
        .filter_map(|line| line.strip_prefix("local function ")?.split('(').next())
        .map(|name| format!("  {name}(state, amount, event.type)\n"))
        .collect();
    out.replacen("  state.by_type[event.type] = ", &format!("{uses}  state.by_type[event.type] = "), 1)
}

/// Writes a project of `files` folds.
pub fn workspace(folder: &Path, files: usize) {
    let mut dice = Dice(7);
    let make = |path: &Path| std::fs::create_dir_all(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    for i in 0..files {
        let part = folder.join(format!("gatos/folds/part{:02}", i / 100));
        make(&part);
        let path = part.join(format!("fold{i:04}.lua"));
        std::fs::write(&path, fold(LINES, &mut dice)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    make(&folder.join("gatos/policies"));
}

/// A policy of so many lines.
fn policy(lines: usize, dice: &mut Dice) -> String {
    let mut out = String::from("package bench\n\n");
    let mut n = 0;
    while out.lines().count() + 12 < lines {
        let (a, b) = (dice.roll(900) + 100, dice.roll(50));
        let _ = write!(
            out,
            "# Rule {n}: amounts above {a} want a second look.\n\
             deny contains reason if {{\n\
             \tinput.type == \"order.kind{b}\"\n\
             \tsome item in input.payload.items\n\
             \titem.amount > {a}\n\
             \tnot within_{n}(item, input.payload.limit)\n\
             \treason := sprintf(\"item %s of %d is above {a}\", [item.name, item.amount])\n\
             }}\n\n\
             within_{n}(item, limit) if {{\n\
             \tlimit > {b}\n\
             \titem.amount < limit + {a}\n\
             }}\n\n"
        );
        n += 1;
    }
    out.push_str("allow if {\n\tcount(deny) == 0\n\tinput.actor != \"\"\n}\n");
    out
}

/// Large documents: name, text, the line that is typed at, what is typed.
pub fn large() -> Vec<(&'static str, String, usize, &'static str)> {
    let mut dice = Dice(11);
    let text = fold(5_000, &mut dice);
    let at = text.lines().position(|line| line.contains("local amount = event.payload")).unwrap_or(0);
    // A line of its own to type at.
    let with_line = |text: &str, at: usize, indent: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.insert(at + 1, indent);
        lines.join("\n") + "\n"
    };
    let rules = policy(5_000, &mut dice);
    let half = rules.lines().count() / 2;
    let rule = rules.lines().skip(half).position(|line| line.contains("some item in")).unwrap_or(0) + half;
    vec![
        ("gatos/folds/large.lua", with_line(&text, at, "  "), at + 1, "state.total = amount + 1"),
        ("gatos/policies/large.rgs", with_line(&rules, rule, "\t"), rule + 1, "item.amount > input.payload.limit"),
    ]
}
