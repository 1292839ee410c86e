//! The manual page, printed from the table.

use crate::{Kind, Mode, SIGS, Sig, members, tables};
use alloc::format;
use alloc::string::String;

/// The text of the library reference page.
pub fn reference_markdown() -> String {
    let mut out = String::from(
        "# Library reference\n\n\
         This page is printed from the table in `stdlib/sigs`; every example is run as a test.\n\n\
         Each entry gives the call, what it does, its cost in fuel beside the cost of the call itself, \
         and its errors. A cost \"1 per 64 bytes\" counts whole sixty-fours and is charged before the work. \
         A function that a library function calls back costs 4 besides, as any call does. \
         Strings and tables that a function makes count as memory, as those that a program makes do. \
         An argument of a wrong type is an error everywhere and is not mentioned again. Where a string is \
         wanted a number does as well, and where a number is wanted a string that spells one.\n\n\
         Behind `-->` stands what an expression gives: strings in double quotes, tables as canonical JSON.\n\n\
         ## Base functions\n\n",
    );
    for sig in SIGS.iter().filter(|s| s.table().is_none() && s.kind != Kind::Table) {
        entry(&mut out, sig);
    }
    for t in tables() {
        out.push_str(&format!("## `{}`\n\n{}\n\n", t.name, t.doc));
        for sig in members(t.name) {
            entry(&mut out, sig);
        }
    }
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// The call as the manual prints it, such as `string.byte(s [, i [, j]])`.
pub fn call_form(sig: &Sig) -> String {
    if sig.kind != Kind::Function {
        return String::from(sig.name);
    }
    let (mut args, mut open) = (String::new(), 0);
    for (i, p) in sig.params.iter().enumerate() {
        // An optional parameter before a required one stands in brackets of its own.
        let inner = p.mode == Mode::Optional && sig.params[i..].iter().any(|q| q.mode == Mode::Required);
        let comma = if i > 0 { ", " } else { "" };
        match p.mode {
            Mode::Required => args.push_str(&format!("{comma}{}", p.name)),
            Mode::Rest => args.push_str(&format!("{comma}...")),
            Mode::Optional if inner => args.push_str(&format!("{comma}[{}]", p.name)),
            Mode::Optional => {
                args.push_str(&format!("{}[{comma}{}", if i > 0 { " " } else { "" }, p.name));
                open += 1;
            }
        }
    }
    for _ in 0..open {
        args.push(']');
    }
    format!("{}({args})", sig.name)
}

fn entry(out: &mut String, sig: &Sig) {
    out.push_str(&format!("### `{}`\n\n{}\n\n", call_form(sig), sig.doc));
    if !sig.params.is_empty() {
        out.push_str("- Takes: ");
        for (i, p) in sig.params.iter().enumerate() {
            let mode = match p.mode {
                Mode::Required => "",
                Mode::Optional => ", optional",
                Mode::Rest => ", any number",
            };
            out.push_str(&format!(
                "{}`{}` ({}{mode})",
                if i > 0 { ", " } else { "" },
                p.name,
                p.ty.replace('|', " or ")
            ));
        }
        out.push('\n');
    }
    let mut gives = String::new();
    for (i, r) in sig.returns.iter().enumerate() {
        let text = r
            .strip_suffix("...")
            .map_or_else(|| r.replace('|', " or "), |t| format!("any number of {}", t.replace('|', " or ")));
        gives.push_str(&format!("{}{text}", if i > 0 { ", then " } else { "" }));
    }
    if sig.kind == Kind::Constant {
        out.push_str(&format!("- Type: {gives}\n"));
    } else {
        out.push_str(&format!("- Gives: {}\n", if gives.is_empty() { "nothing" } else { &gives }));
        out.push_str(&format!("- Fuel: {}", sig.cost.base));
        for p in sig.cost.per {
            if p.each == 1 {
                out.push_str(&format!(", 1 for each of the {}", p.of));
            } else {
                out.push_str(&format!(", 1 per {} {}", p.each, p.of));
            }
        }
        out.push('\n');
    }
    if !sig.errors.is_empty() {
        out.push_str(&format!("- Errors: {}\n", sig.errors));
    }
    out.push_str(&format!("\n```lua\n{}\n```\n\n", sig.example));
}
