//! Small programs about one rule of Lua each, beside PUC Lua 5.4: scopes, jumps, order of
//! evaluation, edges of loops and numbers, assignment, calls, metamethods, escapes.

mod common;

const PRELUDE: &str = r##"
local out = {}
local function put(...)
    local line = {}
    for i = 1, select("#", ...) do
        local v = select(i, ...)
        local t = type(v)
        line[i] = (t == "table" or t == "function") and t or tostring(v)
    end
    out[#out + 1] = table.concat(line, " ")
end
local log = {}
local function say(x, ...) log[#log + 1] = tostring(x) return x, ... end
local function said() local s = table.concat(log, " ") log = {} return s end
"##;

/// Each paragraph is a program of its own.
const SNIPPETS: &str = include_str!("snippets/rules.lua");

fn paragraphs() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let text = SNIPPETS.strip_prefix("-- ").unwrap_or(SNIPPETS);
    for part in text.split("\n\n-- ") {
        let (title, body) = part.split_once('\n').unwrap_or((part, ""));
        out.push((title.to_owned(), format!("{PRELUDE}{body}\nreturn out\n")));
    }
    out
}

#[test]
fn each_rule_holds_as_in_puc_lua() {
    let mut wrong = Vec::new();
    for (title, source) in paragraphs() {
        let (ours, puc) = (common::ours(&source), common::puc(&source));
        match (&ours, &puc) {
            (Ok(a), Ok(b)) => {
                for i in 0..a.len().max(b.len()) {
                    if a.get(i) != b.get(i) {
                        wrong.push(format!("{title}, line {}: ours {:?}, PUC Lua's {:?}", i + 1, a.get(i), b.get(i)));
                    }
                }
            }
            _ => wrong.push(format!("{title}: ours {ours:?}, PUC Lua's {puc:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
