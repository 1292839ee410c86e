//! Programs that nobody wrote: every form of the grammars, in shapes that people do not think of.

use super::Dice;

const NAMES: [&str; 6] = ["a", "b", "state", "event", "a_name_that_is_rather_long", "x"];

fn some<'a>(dice: &mut Dice, words: &[&'a str]) -> &'a str {
    words[dice.below(words.len())]
}

/// A fold's worth of EchoLua.
pub fn echolua(dice: &mut Dice) -> String {
    let mut out = String::from("local a, b, state, event, a_name_that_is_rather_long, x\n");
    for _ in 0..1 + dice.below(6) {
        statement(dice, &mut out, 4);
    }
    if dice.below(2) == 0 {
        out.push_str("return ");
        values(dice, &mut out, 3);
    }
    out
}

fn gap(dice: &mut Dice, out: &mut String) {
    let gaps = [" ", " ", " ", "\n", "\n\n\n", "  ", " -- note\n", "\n-- note\n", " --[[ in ]] "];
    out.push_str(some(dice, &gaps));
}

fn block(dice: &mut Dice, out: &mut String, depth: usize) {
    gap(dice, out);
    for _ in 0..dice.below(3) {
        statement(dice, out, depth);
    }
}

fn values(dice: &mut Dice, out: &mut String, depth: usize) {
    for at in 0..1 + dice.below(3) {
        if at > 0 {
            out.push(',');
            gap(dice, out);
        }
        expr(dice, out, depth);
    }
}

fn statement(dice: &mut Dice, out: &mut String, depth: usize) {
    let deeper = depth.saturating_sub(1);
    match dice.below(if depth == 0 { 4 } else { 12 }) {
        0 => {
            out.push_str(some(dice, &["local one", "local one, two", "a", "a.b", "a[1], x"]));
            out.push('=');
            values(dice, out, deeper);
        }
        1 | 2 => {
            out.push_str(some(dice, &["f", "a.b:c", "a.b.c", "state:m():n"]));
            args(dice, out, deeper);
        }
        3 => out.push_str(some(dice, &["local y", "do end", ";", "::l::", "goto l ::l::"])),
        4 | 5 => {
            out.push_str("if ");
            expr(dice, out, deeper);
            out.push_str(" then");
            block(dice, out, deeper);
            if dice.below(2) == 0 {
                out.push_str("elseif ");
                expr(dice, out, deeper);
                out.push_str(" then");
                block(dice, out, deeper);
            }
            if dice.below(2) == 0 {
                out.push_str("else");
                block(dice, out, deeper);
            }
            out.push_str("end");
        }
        6 => {
            out.push_str("while ");
            expr(dice, out, deeper);
            out.push_str(" do");
            block(dice, out, deeper);
            out.push_str("end");
        }
        7 => {
            out.push_str("repeat");
            block(dice, out, deeper);
            out.push_str("until ");
            expr(dice, out, deeper);
        }
        8 => {
            out.push_str(some(dice, &["for i = 1, 10, 2 do", "for k, v in dpairs(a) do", "for _ in a.b, 1 do", "do"]));
            block(dice, out, deeper);
            out.push_str("end");
        }
        9 | 10 => {
            out.push_str(some(dice, &["local function f", "function a.b.c", "function a:m", "function g"]));
            body(dice, out, deeper);
        }
        _ => {
            out.push_str(";(f or x)");
            args(dice, out, deeper);
        }
    }
    let ends = [" ", "\n", "\n", "\n\n\n", ";", ";;\n", " -- said\n", " --[[ in ]]\n", "\n-- above\n"];
    out.push_str(some(dice, &ends));
}

fn body(dice: &mut Dice, out: &mut String, depth: usize) {
    out.push_str(some(dice, &["()", "(a)", "(a, b)", "(a, ...)", "(...)", "(\na, b\n)"]));
    if dice.below(2) == 0 {
        out.push_str(" return ");
        expr(dice, out, depth);
        out.push(' ');
    } else {
        block(dice, out, depth);
    }
    out.push_str("end");
}

fn args(dice: &mut Dice, out: &mut String, depth: usize) {
    match dice.below(6) {
        0 => out.push_str("\"text\""),
        1 => table(dice, out, depth),
        2 => out.push_str("()"),
        _ => {
            out.push_str(some(dice, &["(", "(\n", "( "]));
            values(dice, out, depth);
            out.push_str(some(dice, &[")", "\n)", " )"]));
        }
    }
}

fn table(dice: &mut Dice, out: &mut String, depth: usize) {
    out.push('{');
    gap(dice, out);
    let count = dice.below(6);
    for at in 0..count {
        match dice.below(4) {
            0 => out.push_str(&format!("{} = ", some(dice, &NAMES))),
            1 => out.push_str("[\"key\"] = "),
            2 => out.push_str("[ [[key]] ] ="),
            _ => {}
        }
        expr(dice, out, depth.saturating_sub(1));
        if at + 1 < count || dice.below(2) == 0 {
            out.push_str(some(dice, &[",", ";", ", ", ",\n"]));
        }
        gap(dice, out);
    }
    out.push('}');
}

fn expr(dice: &mut Dice, out: &mut String, depth: usize) {
    let deeper = depth.saturating_sub(1);
    let operators = [
        "+", "-", "*", "/", "//", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", " and ", " or ", "&", "|", "~",
        "<<", ">>",
    ];
    match dice.below(if depth == 0 { 3 } else { 12 }) {
        0 => out.push_str(some(dice, &NAMES)),
        1 => out.push_str(some(dice, &["1", "0x1F", "2.5", "nil", "true", "false"])),
        2 => out.push_str(some(dice, &["'it'", "'say \"x\"'", "\"it's\"", "'it\\'s'", "[[long\r\nline]]", "'a\\\nb'"])),
        3..=5 => {
            expr(dice, out, deeper);
            gap(dice, out);
            out.push_str(some(dice, &operators));
            gap(dice, out);
            expr(dice, out, deeper);
        }
        6 => {
            out.push_str(some(dice, &["- ", "not ", "#", "~"]));
            expr(dice, out, deeper);
        }
        7 => {
            out.push_str(some(dice, &["(", "((", "( "]));
            let double = out.ends_with("((");
            expr(dice, out, deeper);
            out.push_str(if double { "))" } else { ")" });
        }
        8 => table(dice, out, deeper),
        9 => {
            out.push_str("function");
            body(dice, out, deeper);
        }
        _ => {
            out.push_str(some(dice, &["f", "a.b", "a[1].c", "a:b():c():d", "(f or x)"]));
            args(dice, out, deeper);
        }
    }
}

/// A policy.
pub fn rgs(dice: &mut Dice) -> String {
    let mut out = String::from("package made.up\n");
    for at in 0..1 + dice.below(5) {
        out.push_str(some(dice, &["\n", "\n\n\n", "\n# above\n", "\n# METADATA\n# title: x\n", " # said\n"]));
        rule(dice, &mut out, at);
    }
    out + some(dice, &["", "\n", " # end", "\n# end"])
}

fn rule(dice: &mut Dice, out: &mut String, at: usize) {
    match dice.below(5) {
        0 => out.push_str(&format!("p{at}:=")),
        1 => out.push_str(&format!("s{at} contains ")),
        2 => out.push_str(&format!("f{at}( x ,y ):=")),
        3 => out.push_str(&format!("o{at}[input.k].l := ")),
        _ => {
            out.push_str(&format!("p{at}"));
            return condition(dice, out, 3);
        }
    }
    term(dice, out, 3);
    if dice.below(2) == 0 {
        condition(dice, out, 3);
    }
}

fn condition(dice: &mut Dice, out: &mut String, depth: usize) {
    out.push_str(" if ");
    if dice.below(3) == 0 {
        return term(dice, out, depth);
    }
    out.push('{');
    literals(dice, out, depth);
    out.push('}');
}

fn literals(dice: &mut Dice, out: &mut String, depth: usize) {
    out.push_str(some(dice, &[" ", "\n", "# first\n", "\n\n"]));
    for at in 0..1 + dice.below(3) {
        if at > 0 {
            out.push_str(some(dice, &["; ", "\n", "\n\n\n", " # said\n", ";\n"]));
        }
        let deeper = depth.saturating_sub(1);
        match dice.below(if depth == 0 { 2 } else { 7 }) {
            0 => out.push_str("input.a == -1"),
            1 => out.push_str("some i, v in input.list"),
            2 => {
                out.push_str("not ");
                term(dice, out, deeper);
            }
            3 => {
                out.push_str("every e in input.list {");
                literals(dice, out, deeper);
                out.push('}');
            }
            4 => {
                term(dice, out, deeper);
                out.push_str(some(dice, &[" with input as {}", "\n with input.a as 1 with data.b as [2]"]));
            }
            5 => {
                out.push_str(&format!("v{depth}{at} := "));
                term(dice, out, deeper);
            }
            _ => term(dice, out, deeper),
        }
    }
    out.push_str(some(dice, &[" ", "\n", " # last\n", "\n# last\n"]));
}

fn term(dice: &mut Dice, out: &mut String, depth: usize) {
    let deeper = depth.saturating_sub(1);
    let list = |dice: &mut Dice, out: &mut String, pair: bool| {
        let count = 1 + dice.below(5);
        for at in 0..count {
            out.push_str(some(dice, &["", " ", "\n", "\n# item\n"]));
            if pair {
                out.push_str(&format!("\"k{at}\" : "));
            }
            term(dice, out, deeper);
            if at + 1 < count {
                out.push(',');
            }
        }
        out.push_str(some(dice, &["", " ", "\n", ",", ", # end\n"]));
    };
    match dice.below(if depth == 0 { 3 } else { 11 }) {
        0 => out.push_str(some(dice, &["input.a", "input.list[0]", "input[\"a b\"].c", "data.made.up"])),
        1 => out.push_str(some(dice, &["1", "-2", "1.5", "true", "null"])),
        2 => out.push_str(some(dice, &["\"t\\n\"", "`raw\r\ntext`", "$\"{input.a} and { 1+1 }\"", "$`{1}`"])),
        3 | 4 => {
            term(dice, out, deeper);
            out.push_str(some(dice, &[" + ", "-", " *\n", " ==\n# what\n", "<", " | ", " & ", "\n+ "]));
            term(dice, out, deeper);
        }
        5 => {
            out.push('[');
            list(dice, out, false);
            out.push(']');
        }
        6 => {
            out.push('{');
            list(dice, out, true);
            out.push('}');
        }
        7 => {
            out.push_str(some(dice, &["count(", "concat(", "object.get("]));
            list(dice, out, false);
            out.push(')');
        }
        8 | 9 => {
            let (open, close) = if dice.below(2) == 0 { ('[', ']') } else { ('{', '}') };
            out.push(open);
            if open == '{' && dice.below(2) == 0 {
                out.push_str("input.k : ");
            }
            out.push_str("input.v |");
            literals(dice, out, deeper);
            out.push(close);
        }
        _ => {
            out.push('(');
            term(dice, out, deeper);
            out.push(')');
        }
    }
}
