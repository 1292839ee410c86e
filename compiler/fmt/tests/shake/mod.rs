//! Other spellings of a program: its tokens with other white space and with more comments.

pub mod made_up;

use gatos_syntax::echolua::lexer as lua;
use gatos_syntax::rgs::lexer as rgs;
use gatos_syntax::rgs::token::Kind;

/// Numbers that look random and are the same every time (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

/// White space means nothing in EchoLua, so anything may stand between two tokens.
pub fn echolua(text: &str, dice: &mut Dice) -> String {
    let lexed = lua::lex(text);
    let mut out = String::new();
    let mut end = 0;
    for (index, token) in lexed.tokens.iter().enumerate() {
        let gap = &text[end..token.span.start as usize];
        end = token.span.end as usize;
        if !gap.trim().is_empty() || index == 0 {
            // Its comments stay where they are.
            out.push_str(gap);
            out.push_str(&text[token.span.range()]);
            continue;
        }
        match dice.below(40) {
            0 => out.push_str(&format!(" -- c{index}\n")),
            1 => out.push_str(&format!("\n\n  -- c{index} \n\n\n")),
            2 => out.push_str(&format!(" --[[ b{index} ]] ")),
            3 => out.push_str(&format!("\n--[==[ b{index}\r\n  more ]==]\n")),
            4 => out.push_str(&format!(" -- one {index}\r\n -- two {index}\r\n")),
            5 if gap.contains('\n') => out.push_str(&format!(" -- gatos: allow(W0501) c{index}\n")),
            6 | 7 => out.push('\n'),
            8 => out.push_str("\r\n\r\n\r\n\t"),
            9 | 10 => out.push_str("  "),
            11 if gap.is_empty() => out.push(' '),
            12..=20 if gap.contains('\n') => out.push(' '),
            _ => out.push_str(gap),
        }
        out.push_str(&text[token.span.range()]);
    }
    out.push_str(&text[end..]);
    out
}

/// In a policy, lines may end where they do, after commas, operators and opening brackets, and before
/// closing ones; more space may stand where there is some.
pub fn rgs(text: &str, dice: &mut Dice) -> String {
    let lexed = rgs::lex(text);
    let mut out = String::new();
    let mut end = 0;
    let mut templates = 0;
    for (index, token) in lexed.tokens.iter().enumerate() {
        let gap = &text[end..token.span.start as usize];
        end = token.span.end as usize;
        let before = index.checked_sub(1).map(|index| lexed.tokens[index].kind);
        let free = before.is_some_and(|kind| {
            matches!(kind, Kind::Comma | Kind::LParen | Kind::LBracket | Kind::LBrace | Kind::If | Kind::Colon)
                || (kind.is_binary() && kind != Kind::In)
        }) || matches!(token.kind, Kind::RParen | Kind::RBracket | Kind::RBrace);
        let lines = gap.contains('\n');
        let plain = gap.trim().is_empty() && index > 0 && templates == 0;
        match token.kind {
            Kind::TemplateHead => templates += 1,
            Kind::TemplateTail => templates -= 1,
            _ => {}
        }
        match dice.below(24) {
            0 if plain && (free || lines) => out.push_str(&format!(" # c{index}\n{}", if lines { gap } else { "" })),
            1 if plain && (free || lines) => out.push_str(&format!("\n\n\n# c{index} \n\n{}", gap.trim_matches(' '))),
            2 | 3 if plain && free => out.push_str("\n\t"),
            4 if plain && lines => out.push_str(&gap.replace('\n', "\r\n\r\n\r\n")),
            5 | 6 if plain && !gap.is_empty() && !lines => out.push_str("   "),
            _ => out.push_str(gap),
        }
        out.push_str(&text[token.span.range()]);
    }
    out.push_str(&text[end..]);
    out
}
