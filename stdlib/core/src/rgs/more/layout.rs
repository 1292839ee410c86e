//! Go's time layouts: a date is shown as the reference time, `Mon Jan 2 15:04:05 MST 2006`, would be.

use super::civil::{Civil, days, month_length};
use super::zone::Offset;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// RFC 3339 without a fraction; reading takes one all the same.
pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// RFC 3339 with the fraction that there is.
pub const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// The layout that a short word stands for, or the text itself.
pub fn named(layout: &str) -> &str {
    match layout {
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" => RFC3339,
        "RFC3339Nano" => RFC3339_NANO,
        other => other,
    }
}

/// The name of a weekday, Sunday as 0.
pub fn weekday(i: i64) -> &'static str {
    WEEKDAYS[i.rem_euclid(7) as usize]
}

/// How a number is filled up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fill {
    None,
    Zero,
    Space,
}

/// How an offset is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ZoneStyle {
    /// `Z` for no offset at all.
    z: bool,
    colon: bool,
    /// 1: hours; 2: and minutes; 3: and seconds.
    parts: u8,
}

/// A piece of a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece<'a> {
    Text(&'a str),
    LongYear,
    Year,
    LongMonth,
    Month,
    NumMonth(Fill),
    LongWeekday,
    Weekday,
    Day(Fill),
    YearDay(Fill),
    Hour,
    Hour12(Fill),
    Minute(Fill),
    Second(Fill),
    /// AM and PM; true for capitals.
    Half(bool),
    ZoneName,
    Zone(ZoneStyle),
    /// Digits of a fraction behind a point or comma; with `true` they end at the last that is not 0.
    Fraction(char, usize, bool),
}

const fn style(z: bool, colon: bool, parts: u8) -> Piece<'static> {
    Piece::Zone(ZoneStyle { z, colon, parts })
}

/// What stands at the beginning of a layout, and how long it is.
fn piece(s: &str) -> Option<(Piece<'static>, usize)> {
    use Fill::{None as Bare, Space, Zero};
    // Longer spellings come before those that they begin with.
    const TABLE: &[(&str, Piece)] = &[
        ("January", Piece::LongMonth),
        ("Monday", Piece::LongWeekday),
        ("MST", Piece::ZoneName),
        ("002", Piece::YearDay(Zero)),
        ("01", Piece::NumMonth(Zero)),
        ("02", Piece::Day(Zero)),
        ("03", Piece::Hour12(Zero)),
        ("04", Piece::Minute(Zero)),
        ("05", Piece::Second(Zero)),
        ("06", Piece::Year),
        ("15", Piece::Hour),
        ("1", Piece::NumMonth(Bare)),
        ("2006", Piece::LongYear),
        ("2", Piece::Day(Bare)),
        ("__2", Piece::YearDay(Space)),
        ("_2", Piece::Day(Space)),
        ("3", Piece::Hour12(Bare)),
        ("4", Piece::Minute(Bare)),
        ("5", Piece::Second(Bare)),
        ("PM", Piece::Half(true)),
        ("pm", Piece::Half(false)),
        ("-07:00:00", style(false, true, 3)),
        ("-070000", style(false, false, 3)),
        ("-07:00", style(false, true, 2)),
        ("-0700", style(false, false, 2)),
        ("-07", style(false, false, 1)),
        ("Z07:00:00", style(true, true, 3)),
        ("Z070000", style(true, false, 3)),
        ("Z07:00", style(true, true, 2)),
        ("Z0700", style(true, false, 2)),
        ("Z07", style(true, false, 1)),
    ];
    let small = |at: usize| s.as_bytes().get(at).is_some_and(u8::is_ascii_lowercase);
    match s.as_bytes() {
        // In `_2006` the underscore is a plain sign.
        [b'_', b'2', b'0', b'0', b'6', ..] => None,
        [b'J', b'a', b'n', ..] if !s.starts_with("January") => (!small(3)).then_some((Piece::Month, 3)),
        [b'M', b'o', b'n', ..] if !s.starts_with("Monday") => (!small(3)).then_some((Piece::Weekday, 3)),
        [mark @ (b'.' | b','), digit @ (b'0' | b'9'), rest @ ..] => {
            let n = 1 + rest.iter().take_while(|b| *b == digit).count();
            let ends = !s.as_bytes().get(1 + n).is_some_and(u8::is_ascii_digit);
            ends.then_some((Piece::Fraction(char::from(*mark), n, *digit == b'9'), 1 + n))
        }
        _ => TABLE.iter().find(|(text, _)| s.starts_with(text)).map(|(text, piece)| (*piece, text.len())),
    }
}

/// The pieces of a layout.
fn pieces(layout: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while at < layout.len() {
        match layout.get(at..).and_then(piece) {
            Some((piece, n)) => {
                if begin < at {
                    out.push(Piece::Text(&layout[begin..at]));
                }
                out.push(piece);
                at += n;
                begin = at;
            }
            None => at += 1,
        }
    }
    if begin < layout.len() {
        out.push(Piece::Text(&layout[begin..]));
    }
    out
}

fn number(out: &mut String, n: i64, width: usize, fill: Fill) {
    // Writing into a string does not fail.
    let _ = match fill {
        Fill::None => write!(out, "{n}"),
        Fill::Zero => write!(out, "{n:0width$}"),
        Fill::Space => write!(out, "{n:width$}"),
    };
}

fn offset_text(out: &mut String, seconds: i64, style: ZoneStyle) {
    if style.z && seconds == 0 {
        out.push('Z');
        return;
    }
    let minutes = seconds / 60;
    out.push(if minutes < 0 { '-' } else { '+' });
    let colon = if style.colon { ":" } else { "" };
    number(out, (minutes / 60).abs(), 2, Fill::Zero);
    if style.parts > 1 {
        out.push_str(colon);
        number(out, (minutes % 60).abs(), 2, Fill::Zero);
    }
    if style.parts > 2 {
        out.push_str(colon);
        number(out, (seconds % 60).abs(), 2, Fill::Zero);
    }
}

/// Shows a local time in a layout.
pub fn format_time(layout: &str, time: &Civil, offset: &Offset) -> String {
    let mut out = String::with_capacity(layout.len() + 16);
    for piece in pieces(layout) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::LongYear => number(&mut out, time.year, 4, Fill::Zero),
            Piece::Year => number(&mut out, time.year.rem_euclid(100), 2, Fill::Zero),
            Piece::LongMonth => out.push_str(MONTHS[(time.month - 1).rem_euclid(12) as usize]),
            Piece::Month => out.push_str(&MONTHS[(time.month - 1).rem_euclid(12) as usize][..3]),
            Piece::NumMonth(fill) => number(&mut out, time.month, 2, fill),
            Piece::LongWeekday => out.push_str(weekday(time.weekday())),
            Piece::Weekday => out.push_str(&weekday(time.weekday())[..3]),
            Piece::Day(fill) => number(&mut out, time.day, 2, fill),
            Piece::YearDay(fill) => number(&mut out, time.day_of_year(), 3, fill),
            Piece::Hour => number(&mut out, time.hour, 2, Fill::Zero),
            Piece::Hour12(fill) => number(&mut out, (time.hour + 11) % 12 + 1, 2, fill),
            Piece::Minute(fill) => number(&mut out, time.minute, 2, fill),
            Piece::Second(fill) => number(&mut out, time.second, 2, fill),
            Piece::Half(capitals) => out.push_str(match (time.hour >= 12, capitals) {
                (true, true) => "PM",
                (true, false) => "pm",
                (false, true) => "AM",
                (false, false) => "am",
            }),
            Piece::ZoneName if offset.name.is_empty() => {
                offset_text(&mut out, offset.seconds, ZoneStyle { z: false, colon: false, parts: 2 });
            }
            Piece::ZoneName => out.push_str(&offset.name),
            Piece::Zone(style) => offset_text(&mut out, offset.seconds, style),
            Piece::Fraction(mark, n, trimmed) => {
                let digits = format!("{:09}", time.nano);
                let shown = if n < 9 { &digits[..n] } else { &digits };
                let shown = if trimmed { shown.trim_end_matches('0') } else { shown };
                if !shown.is_empty() {
                    out.push(mark);
                    out.push_str(shown);
                }
            }
        }
    }
    out
}

/// The text being read.
struct Input<'a> {
    rest: &'a str,
}

type Read<T> = Result<T, String>;

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Option<&'a str> {
        let head = self.rest.get(..n)?;
        self.rest = &self.rest[n..];
        Some(head)
    }

    fn digit_at(&self, at: usize) -> bool {
        self.rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
    }

    fn lacks(&self, what: &str) -> String {
        if self.rest.is_empty() {
            format!("the text ends where {what} belongs")
        } else {
            format!("{what} belongs where `{}` stands", shortened(self.rest))
        }
    }

    /// Fixed text; a space stands for any number of them.
    fn text(&mut self, want: &str) -> Read<()> {
        let mut want = want;
        while let Some(c) = want.chars().next() {
            if c == ' ' {
                if !self.rest.is_empty() && !self.rest.starts_with(' ') {
                    return Err(self.lacks("a space"));
                }
                want = want.trim_start_matches(' ');
                self.rest = self.rest.trim_start_matches(' ');
            } else {
                self.rest = self.rest.strip_prefix(c).ok_or_else(|| self.lacks(&format!("`{want}`")))?;
                want = &want[c.len_utf8()..];
            }
        }
        Ok(())
    }

    /// One or two digits; two when they are filled up with 0.
    fn short(&mut self, fill: Fill, what: &str) -> Read<i64> {
        let n = match (self.digit_at(0), self.digit_at(1)) {
            (true, true) => 2,
            (true, false) if fill != Fill::Zero => 1,
            _ => return Err(self.lacks(what)),
        };
        self.exactly(n, what)
    }

    fn exactly(&mut self, n: usize, what: &str) -> Read<i64> {
        if !(0..n).all(|i| self.digit_at(i)) {
            return Err(self.lacks(what));
        }
        let digits = self.take(n).unwrap_or("");
        digits.parse().map_err(|_| self.lacks(what))
    }

    /// A name in any case: its number.
    fn name<const N: usize>(&mut self, names: &[&str; N], short: bool, what: &str) -> Read<i64> {
        for (i, name) in names.iter().enumerate() {
            let name = if short { &name[..3] } else { name };
            if self.rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
                self.take(name.len());
                return Ok(i as i64);
            }
        }
        Err(self.lacks(what))
    }

    /// A point or comma and digits: nanoseconds.
    fn fraction(&mut self, digits: usize) -> Read<i64> {
        if !self.rest.starts_with(['.', ',']) || !(1..=digits).all(|i| self.digit_at(i)) {
            return Err(self.lacks("a fraction of a second"));
        }
        let text = self.take(1 + digits).unwrap_or(".");
        // What is finer than a nanosecond is left out.
        let mut nano = 0;
        for i in 1..=9 {
            nano = nano * 10 + text.as_bytes().get(i).map_or(0, |b| i64::from(b - b'0'));
        }
        Ok(nano)
    }

    fn digits_behind_point(&self) -> usize {
        if !self.rest.starts_with(['.', ',']) {
            return 0;
        }
        self.rest.bytes().skip(1).take_while(u8::is_ascii_digit).count()
    }

    fn offset(&mut self, style: ZoneStyle) -> Read<i64> {
        if style.z && self.rest.starts_with('Z') {
            self.take(1);
            return Ok(0);
        }
        let what = "an offset from UTC";
        let negative = match self.rest.as_bytes().first() {
            Some(b'+') => false,
            Some(b'-') => true,
            _ => return Err(self.lacks(what)),
        };
        self.take(1);
        let mut parts = [0; 3];
        for (i, part) in parts.iter_mut().enumerate().take(usize::from(style.parts)) {
            if i > 0 && style.colon {
                self.rest = self.rest.strip_prefix(':').ok_or_else(|| self.lacks("`:`"))?;
            }
            *part = self.exactly(2, what)?;
            // Some people do write offsets of 24 hours.
            if *part > if i == 0 { 24 } else { 60 } {
                return Err(format!("the offset from UTC is out of range: {part}"));
            }
        }
        let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
        Ok(if negative { -seconds } else { seconds })
    }

    /// The short name of a zone, and its offset where the name says it.
    fn zone_name(&mut self) -> Read<i64> {
        let signed = |s: &str| -> (usize, i64) {
            let sign = match s.as_bytes().first() {
                Some(b'+') => 1,
                Some(b'-') => -1,
                _ => return (0, 0),
            };
            let n = s[1..].bytes().take_while(u8::is_ascii_digit).count();
            match s[1..=n].parse::<i64>() {
                Ok(hours) if hours < 24 => (1 + n, sign * hours),
                _ => (0, 0),
            }
        };
        let what = "the short name of a zone";
        if self.rest.starts_with("UTC") {
            self.take(3);
            return Ok(0);
        }
        if let Some(after) = self.rest.strip_prefix("GMT") {
            let (n, hours) = signed(after);
            self.take(3 + n);
            return Ok(hours * 3600);
        }
        if self.rest.starts_with(['+', '-']) {
            // `+03` is the name of many zones; like other names it is not looked up.
            let (n, _) = signed(self.rest);
            return if n > 0 { self.take(n).map(|_| 0).ok_or_else(|| self.lacks(what)) } else { Err(self.lacks(what)) };
        }
        if self.rest.starts_with("ChST") || self.rest.starts_with("MeST") {
            self.take(4);
            return Ok(0);
        }
        let n = self.rest.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
        let fits = match n {
            3 => true,
            4 => self.rest.as_bytes()[3] == b'T' || self.rest.starts_with("WITA"),
            5 => self.rest.as_bytes()[4] == b'T',
            _ => false,
        };
        if !fits {
            return Err(self.lacks(what));
        }
        self.take(n);
        Ok(0)
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 24 { text.to_owned() } else { text.chars().take(24).chain("...".chars()).collect() }
}

/// Reads a time that is written in a layout: seconds since 1970 in UTC, and nanoseconds.
///
/// What the layout leaves out is the least there is (the year 0, January, the 1st, midnight). The short name of a
/// zone says nothing about its offset, but for `UTC` and `GMT+3`: it has none then.
///
/// # Errors
/// Where the text departs from the layout.
pub fn parse_time(layout: &str, text: &str) -> Result<(i64, i64), String> {
    let fault =
        |why: String| format!("`{}` is not a time in the layout `{}`: {why}", shortened(text), shortened(layout));
    read(layout, text).map_err(fault)
}

fn in_range(n: i64, from: i64, to: i64, what: &str) -> Read<i64> {
    if (from..=to).contains(&n) { Ok(n) } else { Err(format!("the {what} is out of range: {n}")) }
}

fn read(layout: &str, text: &str) -> Read<(i64, i64)> {
    let pieces = pieces(layout);
    let mut input = Input { rest: text };
    let (mut year, mut month, mut day, mut year_day) = (0, None, None, None);
    let (mut hour, mut minute, mut second, mut nano) = (0, 0, 0, 0);
    let (mut afternoon, mut offset) = (None, 0);
    for (i, piece) in pieces.iter().enumerate() {
        match *piece {
            Piece::Text(text) => input.text(text)?,
            Piece::LongYear => year = input.exactly(4, "a year of four digits")?,
            Piece::Year => {
                let n = input.exactly(2, "a year of two digits")?;
                year = n + if n >= 69 { 1900 } else { 2000 };
            }
            Piece::LongMonth => month = Some(input.name(&MONTHS, false, "the name of a month")? + 1),
            Piece::Month => month = Some(input.name(&MONTHS, true, "the short name of a month")? + 1),
            Piece::NumMonth(fill) => month = Some(in_range(input.short(fill, "a month")?, 1, 12, "month")?),
            Piece::LongWeekday => drop(input.name(&WEEKDAYS, false, "the name of a weekday")?),
            Piece::Weekday => drop(input.name(&WEEKDAYS, true, "the short name of a weekday")?),
            Piece::Day(fill) => {
                if fill == Fill::Space && input.rest.starts_with(' ') {
                    input.take(1);
                }
                day = Some(input.short(fill, "a day")?);
            }
            Piece::YearDay(fill) => {
                for _ in 0..2 {
                    if fill == Fill::Space && input.rest.starts_with(' ') {
                        input.take(1);
                    }
                }
                let what = "a day of the year";
                let n = input.rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
                let n = if fill == Fill::Zero { 3 } else { n.max(1) };
                year_day = Some(input.exactly(n, what)?);
            }
            Piece::Hour => hour = in_range(input.short(Fill::None, "an hour")?, 0, 23, "hour")?,
            Piece::Hour12(fill) => hour = in_range(input.short(fill, "an hour")?, 0, 12, "hour")?,
            Piece::Minute(fill) => minute = in_range(input.short(fill, "a minute")?, 0, 59, "minute")?,
            Piece::Second(fill) => {
                second = in_range(input.short(fill, "a second")?, 0, 59, "second")?;
                // A fraction may stand here unasked.
                let asked = pieces[i + 1..].iter().find(|p| !matches!(p, Piece::Text(_)));
                let n = input.digits_behind_point();
                if n > 0 && !matches!(asked, Some(Piece::Fraction(..))) {
                    nano = input.fraction(n)?;
                }
            }
            Piece::Half(capitals) => {
                let (am, pm) = if capitals { ("AM", "PM") } else { ("am", "pm") };
                afternoon = Some(match input.rest.get(..2) {
                    Some(half) if half == am => false,
                    Some(half) if half == pm => true,
                    _ => return Err(input.lacks(&format!("{am} or {pm}"))),
                });
                input.take(2);
            }
            Piece::ZoneName => offset = input.zone_name()?,
            Piece::Zone(style) => offset = input.offset(style)?,
            Piece::Fraction(_, n, false) => nano = input.fraction(n)?,
            Piece::Fraction(_, _, true) => {
                let n = input.digits_behind_point();
                if n > 0 {
                    nano = input.fraction(n)?;
                }
            }
        }
    }
    if !input.rest.is_empty() {
        return Err(format!("`{}` is too much", shortened(input.rest)));
    }
    match afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    if let Some(n) = year_day {
        in_range(n, 1, days(year + 1, 1, 1) - days(year, 1, 1), "day of the year")?;
        let (_, m, d) = super::civil::date(days(year, 1, 1) + n - 1);
        if month.is_some_and(|month| month != m) || day.is_some_and(|day| day != d) {
            return Err("the day of the year is not that of the month".to_owned());
        }
        (month, day) = (Some(m), Some(d));
    }
    let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
    in_range(day, 1, month_length(year, month), "day")?;
    let seconds = Civil { year, month, day, hour, minute, second, nano }.seconds();
    Ok((seconds - offset, nano))
}

#[cfg(test)]
mod tests {
    use super::super::civil::nanoseconds;
    use super::*;

    fn shown(layout: &str, seconds: i64, nano: i64) -> String {
        format_time(named(layout), &Civil::of(seconds, nano), &Offset { seconds: 0, name: "UTC".into() })
    }

    #[test]
    fn named_layouts() {
        let at = |layout| shown(layout, 1_136_189_045, 120_000_000);
        assert_eq!(at("ANSIC"), "Mon Jan  2 08:04:05 2006");
        assert_eq!(at("UnixDate"), "Mon Jan  2 08:04:05 UTC 2006");
        assert_eq!(at("RubyDate"), "Mon Jan 02 08:04:05 +0000 2006");
        assert_eq!(at("RFC822"), "02 Jan 06 08:04 UTC");
        assert_eq!(at("RFC850"), "Monday, 02-Jan-06 08:04:05 UTC");
        assert_eq!(at("RFC1123Z"), "Mon, 02 Jan 2006 08:04:05 +0000");
        assert_eq!(at("RFC3339"), "2006-01-02T08:04:05Z");
        assert_eq!(at("RFC3339Nano"), "2006-01-02T08:04:05.12Z");
        assert_eq!(shown("RFC3339Nano", 0, 0), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn pieces_of_layouts() {
        let at = |layout| shown(layout, 1_583_020_800 + 13 * 3600 + 65, 7_000_000);
        assert_eq!(at("3:4:5pm 03:04:05PM"), "1:1:5pm 01:01:05PM");
        assert_eq!(at("__2 002 _2 2 02"), " 61 061  1 1 01");
        assert_eq!(at("Janet Jan January Monk Mon Monday"), "Janet Mar March Monk Sun Sunday");
        assert_eq!(at(".000 ,999 .99999 .0001"), ".007 ,007 .007 .0003");
        assert_eq!(at("_2006 -07 -0700 Z07:00 -07:00:00"), "_2020 +00 +0000 Z +00:00:00");
    }

    #[test]
    fn offsets_are_shown() {
        let offset = Offset { seconds: -12_600, name: String::new() };
        let text = format_time("Z07:00 -0700 -07 MST Z070000", &Civil::of(0, 0), &offset);
        assert_eq!(text, "-03:30 -0330 -03 -0330 -033000");
    }

    #[test]
    fn what_is_written_can_be_read() {
        for seconds in (-9_000_000_000i64..9_000_000_000).step_by(987_654_321) {
            let nano = seconds.rem_euclid(1_000) * 1_001;
            for layout in ["RFC3339Nano", "Mon Jan 2 2006 3:04:05.000000000 PM -0700", "2006 002 15.04.05.999999999"] {
                let text = shown(layout, seconds, nano);
                assert_eq!(parse_time(named(layout), &text), Ok((seconds, nano)), "{text}");
            }
        }
    }

    #[test]
    fn readings() {
        let read = |layout, text| parse_time(named(layout), text).map(|(s, n)| nanoseconds(s, n));
        assert_eq!(read("RFC3339", "1677-09-21T00:12:43.145224192-00:00"), Ok(Some(i64::MIN)));
        assert_eq!(read("RFC3339", "1677-09-21T00:12:43.145224191-00:00"), Ok(None));
        assert_eq!(read("RFC3339", "2262-04-11T23:47:16.854775807-00:00"), Ok(Some(i64::MAX)));
        assert_eq!(read("RFC3339", "2017-06-02T19:00:00-07:00"), Ok(Some(1_496_455_200_000_000_000)));
        assert_eq!(read("2006-01-02", "2020-02-29"), Ok(Some(1_582_934_400_000_000_000)));
        assert_eq!(read("RFC1123", "Mon, 02 Jan 2006 15:04:05 GMT"), Ok(Some(1_136_214_245_000_000_000)));
        assert_eq!(read("2006 MST", "1970 GMT+3"), Ok(Some(-10_800_000_000_000)));
        assert_eq!(read("2006-01-02 03:04 pm", "1970-01-01 12:05 am"), Ok(Some(300_000_000_000)));
        assert_eq!(read("06", "69"), Ok(Some(-31_536_000_000_000_000)));
        for (layout, text) in [
            ("RFC3339", "2017-06-02"),
            ("RFC3339", "2017-06-02T19:00:00"),
            ("RFC3339", "2017-06-02T19:00:00Zz"),
            ("RFC3339", "2017-02-29T19:00:00Z"),
            ("RFC3339", "2017-13-02T19:00:00Z"),
            ("RFC3339", "2017-12-02T24:00:00Z"),
            ("RFC3339", "2017-12-02T23:60:00Z"),
            ("RFC3339", "2017-12-02T23:00:60Z"),
            ("RFC3339", "2017-12-02T23:00:00+25:00"),
            ("2006 002", "2019 366"),
            ("2006 002 01", "2019 032 01"),
            ("2006-01-02", "\u{ff12}017-01-01"),
            ("MST", "Mst"),
            ("MST", "ABCDEF"),
            ("15", ""),
        ] {
            assert!(read(layout, text).is_err(), "{text}");
        }
    }
}
