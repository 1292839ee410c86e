//! Days, dates and durations: the proleptic Gregorian calendar over whole numbers. No clock, and no
//! zone but the offset that a caller has already added.

use alloc::format;
use alloc::string::String;

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// Years beyond which no instant in nanoseconds lies, with room to add and subtract.
const FAR: i64 = 1_000_000;

/// A date and a time of day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// 0 to 999 999 999.
    pub nano: i64,
}

/// Days from 1970-01-01 to a date; the day may lie outside its month.
///
/// Years are counted from March, so that the leap day is the last of its year.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date that lies so many days after 1970-01-01: year, month, day.
pub fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// The days of a month.
pub fn month_length(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days(next_year, next, 1) - days(year, month, 1)
}

impl Civil {
    /// What a clock shows this long after 1970-01-01T00:00.
    pub fn of(seconds: i64, nano: i64) -> Civil {
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let rest = seconds.rem_euclid(DAY);
        Civil { year, month, day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60, nano }
    }

    /// Seconds since 1970-01-01T00:00 on the same clock.
    pub fn seconds(&self) -> i64 {
        days(self.year, self.month, self.day) * DAY + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// The day of the week, Sunday as 0.
    pub fn weekday(&self) -> i64 {
        (days(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    /// The day of the year, from 1.
    pub fn day_of_year(&self) -> i64 {
        days(self.year, self.month, self.day) - days(self.year, 1, 1) + 1
    }

    /// Adds to each part and carries: a month of 13 is next year's first, a 31st of April is the 1st of May.
    /// Nothing when the sum lies far outside what nanoseconds can count.
    pub fn plus(&self, years: i64, months: i64, more_days: i64) -> Option<Civil> {
        let near = |n: i64, most: i64| (-most..=most).contains(&n);
        if !near(years, FAR) || !near(months, FAR * 12) || !near(more_days, FAR * 366) {
            return None;
        }
        let month = (self.year + years) * 12 + self.month - 1 + months;
        let at = days(month.div_euclid(12), month.rem_euclid(12) + 1, self.day) + more_days;
        let (year, month, day) = date(at);
        Some(Civil { year, month, day, ..*self })
    }

    /// What passes from this to a later moment of the same clock, as people count: years, months, days, hours,
    /// minutes, seconds. Days that must be borrowed are those of the earlier moment's month.
    pub fn until(&self, later: &Civil) -> [i64; 6] {
        let mut second = later.second - self.second;
        let mut minute = later.minute - self.minute;
        let mut hour = later.hour - self.hour;
        let mut day = later.day - self.day;
        let mut month = later.month - self.month;
        let mut year = later.year - self.year;
        if second < 0 {
            (second, minute) = (second + 60, minute - 1);
        }
        if minute < 0 {
            (minute, hour) = (minute + 60, hour - 1);
        }
        if hour < 0 {
            (hour, day) = (hour + 24, day - 1);
        }
        if day < 0 {
            (day, month) = (day + month_length(self.year, self.month), month - 1);
        }
        if month < 0 {
            (month, year) = (month + 12, year - 1);
        }
        [year, month, day, hour, minute, second]
    }
}

/// Nanoseconds of seconds and nanoseconds, where an `i64` holds them.
pub fn nanoseconds(seconds: i64, nano: i64) -> Option<i64> {
    i64::try_from(i128::from(seconds) * i128::from(SECOND) + i128::from(nano)).ok()
}

/// Nanoseconds of a duration such as `1h30m`, `-1.5s`, `300ms` or `0`.
///
/// # Errors
/// What is wrong with the text.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a duration; write it as in `1h30m`, `1.5s` or `300ms`");
    let range = || format!("the duration `{text}` is out of range");
    let (negative, mut rest) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut sum: i128 = 0;
    while !rest.is_empty() {
        let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let n = digits(rest);
        let (whole, mut after) = rest.split_at(n);
        let mut fraction = "";
        if let Some(tail) = after.strip_prefix('.') {
            (fraction, after) = tail.split_at(digits(tail));
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(wrong());
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let scale: i128 = match unit {
            "ns" => 1,
            // Both signs for micro, and the letter that people type.
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("the duration `{text}` lacks a unit: ns, us, ms, s, m or h")),
            _ => return Err(format!("`{unit}` in the duration `{text}` is not one of ns, us, ms, s, m, h")),
        };
        let whole = match whole.trim_start_matches('0') {
            "" => 0,
            // More digits than an i64 has nanoseconds for.
            s if s.len() > 19 => return Err(range()),
            s => s.parse::<i128>().map_err(|_| wrong())?,
        };
        // Digits past the eighteenth say nothing at this scale.
        let kept = &fraction[..fraction.len().min(18)];
        let part = if kept.is_empty() { 0 } else { kept.parse::<i128>().map_err(|_| wrong())? };
        sum += whole * scale + part * scale / 10i128.pow(kept.len() as u32);
        if sum > 1 << 63 {
            return Err(range());
        }
        rest = next;
    }
    i64::try_from(if negative { -sum } else { sum }).map_err(|_| range())
}

/// A length of time as people say it: `2d3h`, `1h5m`, `12s`, `350ms`; the two largest parts.
pub fn spoken(nanoseconds: u128) -> String {
    const PARTS: [(u128, &str); 6] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1, "ns"),
    ];
    let first = PARTS.iter().position(|(size, _)| nanoseconds >= *size).unwrap_or(PARTS.len() - 1);
    let (size, unit) = PARTS[first];
    let mut out = format!("{}{unit}", nanoseconds / size);
    // A second part only from days to seconds: nobody needs `3s12ms`.
    if first < 3 {
        let (size, unit) = PARTS[first + 1];
        let rest = nanoseconds % PARTS[first].0 / size;
        if rest > 0 {
            out.push_str(&format!("{rest}{unit}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The days of a year and month by counting, leap years by their rule.
    fn by_counting(year: i64, month: i64) -> i64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    #[test]
    fn every_day_of_a_thousand_years_is_found_by_counting() {
        let mut at = days(1600, 1, 1);
        assert_eq!(at, -135_140);
        for year in 1600..2600 {
            for month in 1..=12 {
                assert_eq!(month_length(year, month), by_counting(year, month));
                for day in 1..=by_counting(year, month) {
                    assert_eq!(days(year, month, day), at);
                    assert_eq!(date(at), (year, month, day));
                    at += 1;
                }
            }
        }
    }

    #[test]
    fn clocks_go_both_ways() {
        for seconds in [0, -1, 1, 1_517_832_000, -9_223_372_037, 9_223_372_036, 68_169_600] {
            assert_eq!(Civil::of(seconds, 0).seconds(), seconds);
        }
        assert_eq!(Civil::of(1_517_832_000, 0).weekday(), 1);
        assert_eq!(Civil::of(-1, 0).weekday(), 3);
    }

    #[test]
    fn dates_carry() {
        let day = Civil::of(days(2024, 1, 31) * DAY, 0);
        let ymd = |c: Civil| (c.year, c.month, c.day);
        assert_eq!(ymd(day.plus(0, 1, 0).unwrap()), (2024, 3, 2));
        assert_eq!(ymd(day.plus(0, -2, 0).unwrap()), (2023, 12, 1));
        assert_eq!(ymd(day.plus(-1, -1, -1).unwrap()), (2022, 12, 30));
        assert_eq!(day.plus(i64::MAX, 0, 0), None);
        assert_eq!(day.plus(0, i64::MIN, 0), None);
    }

    #[test]
    fn differences_are_what_people_count() {
        let at = |y, m, d| Civil::of(days(y, m, d) * DAY, 0);
        assert_eq!(at(2020, 2, 2).until(&at(2020, 3, 1)), [0, 0, 28, 0, 0, 0]);
        assert_eq!(at(2021, 2, 2).until(&at(2021, 3, 1)), [0, 0, 27, 0, 0, 0]);
        assert_eq!(at(2004, 2, 29).until(&at(2005, 3, 1)), [1, 0, 1, 0, 0, 0]);
    }

    #[test]
    fn durations() {
        for (text, want) in [
            ("1h30m", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("0", 0),
            ("+.5ms", 500_000),
            ("1.s", 1_000_000_000),
            ("3us2\u{b5}s", 5_000),
            ("-2562047h47m16.854775808s", i64::MIN),
            ("2562047h47m16.854775807s", i64::MAX),
            ("0.3333333333333333333h", 1_199_999_999_999),
        ] {
            assert_eq!(duration(text), Ok(want), "{text}");
        }
        for text in ["", "-", "1", "h", ".s", "1x", "1h-5m", "2562047h47m16.854775808s", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_spoken() {
        assert_eq!(spoken(0), "0ns");
        assert_eq!(spoken(7_265_000_000_000), "2h1m");
        assert_eq!(spoken(90_000_000_000_000), "1d1h");
        assert_eq!(spoken(86_400_000_000_000), "1d");
        assert_eq!(spoken(3_012_000_000), "3s");
    }
}
