//! A profile for the terminal: functions by what they cost themselves, then the hottest lines with
//! their text.

use super::Profile;
use std::fmt::Write as _;

/// How wide the bar beside a line is at most.
const BAR: u64 = 12;

/// A number with its digits in groups of three.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(d);
    }
    out
}

/// A share of the whole in tenths of a percent, as text.
fn percent(part: u64, whole: u64) -> String {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{}%", tenths / 10, tenths % 10)
}

impl Profile<'_> {
    /// The table, with at most `most` functions and as many lines. `source` gives a file's text by its name in the
    /// map, for the text of lines.
    pub fn table(&self, most: usize, source: &dyn Fn(&str) -> Option<String>) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_table(&mut out, most, source);
        out
    }

    fn write_table(&self, out: &mut String, most: usize, source: &dyn Fn(&str) -> Option<String>) -> std::fmt::Result {
        let whole = self.total();
        let functions = self.functions();
        writeln!(out, "fuel {}", grouped(whole))?;
        writeln!(out)?;
        writeln!(out, "{:>14} {:>7} {:>14} {:>7} {:>11}  function", "self", "", "total", "", "calls")?;
        for f in functions.iter().take(most) {
            let place = f.place.as_deref().map(|place| format!("  {place}")).unwrap_or_default();
            writeln!(
                out,
                "{:>14} {:>7} {:>14} {:>7} {:>11}  {}{place}",
                grouped(f.own),
                percent(f.own, whole),
                grouped(f.total),
                percent(f.total, whole),
                grouped(f.calls),
                f.name,
            )?;
        }
        if functions.len() > most {
            writeln!(out, "{:>57}  and {} more", "", functions.len() - most)?;
        }
        let mut lines = self.lines();
        let hottest = lines.iter().map(|(_, _, n)| *n).max().unwrap_or(0);
        lines.sort_by(|a, b| (b.2, &a.0, a.1).cmp(&(a.2, &b.0, b.1)));
        lines.truncate(most);
        // The hottest are chosen; told are they in the order in which they stand in the file.
        lines.sort();
        let mut file = String::new();
        let mut text: Option<String> = None;
        for (name, line, fuel) in lines {
            if name != file {
                writeln!(out, "\n{name}")?;
                text = source(&name);
                file = name;
            }
            let bar = u128::from(fuel) * u128::from(BAR) / u128::from(hottest.max(1));
            let bar = "#".repeat(usize::try_from(bar).unwrap_or(0).max(1));
            let said = text.as_deref().and_then(|text| text.lines().nth((line as usize).checked_sub(1)?));
            let said: String = said.unwrap_or_default().chars().take(100).map(printable).collect();
            writeln!(
                out,
                "{:>14} {:>7} {bar:<width$} {line:>5} | {}",
                grouped(fuel),
                percent(fuel, whole),
                said.trim_end(),
                width = BAR as usize,
            )?;
        }
        Ok(())
    }
}

/// What a terminal would take for a command is shown as a mark.
fn printable(c: char) -> char {
    if c == '\t' || !c.is_control() { c } else { '\u{fffd}' }
}
