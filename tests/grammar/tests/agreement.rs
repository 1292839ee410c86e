//! The editors' grammars and the compiler agree on every text in the repository, and on texts with
//! a token too many or too few: what is refused, and what the rest is made of.

use gatos_grammar::texts::{self, Text};
use gatos_grammar::{Language, broken};

/// Refusals that no grammar can know, or need not: the shape of the text is right.
const SHAPELY: &[(&str, &str)] = &[
    ("E0007", "levels are counted; a grammar has no limit"),
    ("E1008", "levels are counted; a grammar has no limit"),
    (
        "E1016",
        "a piece of a policy on a page or in a test of an editor has no package; a second one is an error here too",
    ),
    ("E1028", "METADATA is YAML in comments"),
];

/// What the two differ in, as sentences.
fn differences(text: &Text) -> Vec<String> {
    let codes = text.language.refusals(&text.text);
    let tree = text.language.tree(&text.text);
    let found = broken(&tree);
    let mut wrong = Vec::new();
    if codes.is_empty() {
        if let Some(place) = found {
            return vec![format!("{}: the compiler takes it, the grammar does not: {place}", text.name)];
        }
        let (ours, theirs) = (text.language.pieces(&text.text), text.language.nodes(&tree));
        for (name, start, end) in ours.symmetric_difference(&theirs).take(5) {
            let whose = if ours.contains(&(*name, *start, *end)) { "compiler" } else { "grammar" };
            let piece = &text.text[*start..*end];
            wrong.push(format!("{}: only the {whose} sees a {name}: `{piece}`", text.name));
        }
    } else if found.is_none() && !codes.iter().all(|code| SHAPELY.iter().any(|(known, _)| known == code)) {
        wrong.push(format!("{}: the compiler refuses it ({codes:?}), the grammar does not", text.name));
    }
    wrong
}

#[test]
fn every_text_is_taken_or_refused_as_by_the_compiler() {
    let all = texts::all();
    let taken = all.iter().filter(|text| text.language.refusals(&text.text).is_empty()).count();
    assert!(taken > 200 && all.len() - taken > 80, "{taken} of {} taken: most texts are gone", all.len());
    let wrong: Vec<String> = all.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Numbers from a seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// The places of a text's tokens.
fn tokens(language: Language, text: &str) -> Vec<(usize, usize)> {
    let spans: Vec<_> = match language {
        Language::EchoLua => gatos_syntax::echolua::lexer::lex(text).tokens.iter().map(|t| t.span).collect(),
        Language::Rgs => gatos_syntax::rgs::lexer::lex(text).tokens.iter().map(|t| t.span).collect(),
    };
    spans.into_iter().map(|span| (span.start as usize, span.end as usize)).collect()
}

/// The text with one slip: a token gone, twice, in another's place, or a line break or a space more
/// or less.
fn slip(language: Language, text: &str, chance: &mut Chance) -> Option<String> {
    let tokens = tokens(language, text);
    if tokens.len() < 3 {
        return None;
    }
    let at = chance.below(tokens.len() - 1);
    let (start, end) = tokens[at];
    let (next_start, next_end) = tokens[at + 1];
    let (before, word, gap) = (&text[..start], &text[start..end], &text[end..next_start]);
    let (next, after) = (&text[next_start..next_end], &text[next_end..]);
    // Where a line breaks off, the compiler guesses by the indentation and the look of the next line
    // whether the two belong together; the grammar reads on.
    let end_of_line = gap.contains('\n') || word == "." || next == ".";
    let way = if end_of_line { [1, 3, 5][chance.below(3)] } else { chance.below(7) };
    Some(match way {
        0 => format!("{before}{gap}{next}{after}"),
        1 => format!("{before}{word} {word}{gap}{next}{after}"),
        2 => format!("{before}{next}{gap}{word}{after}"),
        3 => format!("{before}{word} {next}{after}"),
        4 => format!("{before}{word}\n  {next}{after}"),
        5 => format!("{before}{word}{next}{after}"),
        _ => {
            let (from, to) = tokens[chance.below(tokens.len())];
            format!("{before}{}{gap}{next}{after}", &text[from..to])
        }
    })
}

/// How many slips each text has.
const SLIPS: usize = 12;

#[test]
fn texts_with_a_slip_are_judged_alike() {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for text in texts::all() {
        if !text.language.refusals(&text.text).is_empty() || text.text.len() > 6_000 {
            continue;
        }
        for _ in 0..SLIPS {
            let Some(slipped) = slip(text.language, &text.text, &mut chance) else { continue };
            tried += 1;
            let slipped = Text { text: slipped, ..text.clone() };
            if let Some(first) = differences(&slipped).into_iter().next() {
                let line = slipped.text.lines().zip(text.text.lines()).position(|(a, b)| a != b).unwrap_or(0);
                let near: Vec<&str> = slipped.text.lines().skip(line.saturating_sub(1)).take(4).collect();
                wrong.push(format!("{first}\n    {}", near.join("\n    ")));
            }
        }
    }
    assert!(tried > 5_000, "{tried} tried: most texts are gone");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Texts that no one writes must not hang an editor: each takes time in proportion to its length.
#[test]
fn strange_texts_come_to_an_end() {
    let deep = 10_000;
    let half = 500;
    let nested = |open: &str, close: &str, times: usize| format!("{}b{}", open.repeat(times), close.repeat(times));
    for (language, text, is_wrong) in [
        (Language::EchoLua, format!("return {}", "(".repeat(deep)), true),
        (Language::EchoLua, format!("return {}", nested("{", "}", deep)), false),
        (Language::EchoLua, "if x then ".repeat(deep), true),
        (Language::EchoLua, format!("return [{}[", "=".repeat(deep)), true),
        (Language::Rgs, format!("p if {}", "{".repeat(deep)), true),
        (Language::Rgs, "p if {\n".repeat(deep), true),
        (Language::Rgs, format!("p := {}", nested("[", "]", deep)), false),
        (Language::Rgs, format!("p := $\"{}", "{$\"".repeat(deep)), true),
        (Language::Rgs, format!("p := {}", nested("{a | ", "}", half)), false),
        (Language::Rgs, format!("p if {}", nested("{a | ", "}", half)), false),
    ] {
        let tree = language.tree(&text);
        assert_eq!(broken(&tree).is_some(), is_wrong, "{}", text.chars().take(20).collect::<String>());
    }
}
