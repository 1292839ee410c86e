//! Times as files give them: seconds, milliseconds from 10^11, or RFC 3339 text. Integers all the way, no clock.

use alloc::format;
use alloc::string::String;
use core::fmt;

use gatos_canon::Value;

use crate::ulid::MAX_TIME_MS;

/// Numbers from here on are milliseconds; as seconds this would be the year 5138.
pub const MS_FROM: u64 = 100_000_000_000;

/// Why a value is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Neither a number nor a string.
    Kind,
    /// A string that is not RFC 3339.
    Text,
    /// Before 1970 or after what a ULID can carry.
    Range,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimeError::Kind => "is neither a number (seconds, or milliseconds from 10^11) nor a time in RFC 3339",
            TimeError::Text => "is a string but not a time in RFC 3339, as in `2026-01-31T12:00:00Z`",
            TimeError::Range => "is before 1970 or after the year 10889, which a ULID cannot carry",
        })
    }
}

impl core::error::Error for TimeError {}

/// The milliseconds since 1970 that a value means, fractions of a millisecond dropped.
pub fn to_ms(value: &Value) -> Result<u64, TimeError> {
    let ms: i128 = match value {
        Value::Int(n) => scale(i128::from(*n), *n >= MS_FROM as i64),
        Value::Float(bits) => float_to_ms(*bits)?,
        Value::Text(text) => i128::from(rfc3339_to_ms(text).ok_or(TimeError::Text)?),
        _ => return Err(TimeError::Kind),
    };
    match u64::try_from(ms) {
        Ok(ms) if ms <= MAX_TIME_MS => Ok(ms),
        _ => Err(TimeError::Range),
    }
}

fn scale(n: i128, is_ms: bool) -> i128 {
    if is_ms { n } else { n.saturating_mul(1000) }
}

/// Works on the bits of a binary64, so that no machine's rounding can matter.
fn float_to_ms(bits: u64) -> Result<i128, TimeError> {
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        return Ok(0);
    }
    // Negative, not finite, or too large to be a time in either unit.
    if bits >> 63 == 1 || exponent > 1023 + 52 {
        return Err(TimeError::Range);
    }
    let mantissa = u128::from(fraction | (1 << 52));
    // The value is mantissa * 2^-shift.
    let shift = (1023 + 52 - exponent) as u32;
    let whole = mantissa.checked_shr(shift).unwrap_or(0);
    let is_ms = whole >= u128::from(MS_FROM);
    let scaled = if is_ms { mantissa } else { mantissa * 1000 };
    let ms = scaled.checked_shr(shift).unwrap_or(0);
    i128::try_from(ms).map_err(|_| TimeError::Range)
}

/// Milliseconds since 1970 of an RFC 3339 time; `None` when it is not one.
pub fn rfc3339_to_ms(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0i64, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
    };
    let at = |i: usize, allowed: &[u8]| bytes.get(i).is_some_and(|c| allowed.contains(c));
    if !(at(4, b"-") && at(7, b"-") && at(10, b"Tt ") && at(13, b":") && at(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap_year = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let month_days = match month {
        2 => 28 + i64::from(leap_year),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // A leap second is the last one of its minute.
    if day < 1 || day > month_days || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut i = 19;
    let mut ms = 0;
    if at(i, b".") {
        i += 1;
        let start = i;
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            if i < start + 3 {
                ms = ms * 10 + i64::from(bytes[i] - b'0');
            }
            i += 1;
        }
        if i == start {
            return None;
        }
        for _ in (i - start)..3 {
            ms *= 10;
        }
    }
    let offset_min = match bytes.get(i)? {
        b'Z' | b'z' if i + 1 == bytes.len() => 0,
        sign @ (b'+' | b'-') if i + 6 == bytes.len() && at(i + 3, b":") => {
            let (h, m) = (number(i + 1, i + 3)?, number(i + 4, i + 6)?);
            if h > 23 || m > 59 {
                return None;
            }
            let minutes = h * 60 + m;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let days = days_from_civil(year, month, day);
    let seconds = ((days * 24 + hour) * 60 + minute - offset_min) * 60 + second.min(59);
    Some(seconds * 1000 + ms)
}

/// A time as RFC 3339 in UTC, its one spelling here: milliseconds are shown when there are any.
pub fn ms_to_rfc3339(ms: u64) -> String {
    let (seconds, millis) = (ms / 1000, ms % 1000);
    let (days, of_day) = ((seconds / 86_400) as i64, seconds % 86_400);
    let (year, month, day) = civil_from_days(days);
    let mut out =
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
    if millis > 0 {
        out.push_str(&format!(".{millis:03}"));
    }
    out.push('Z');
    out
}

/// The date of a day counted from 1970-01-01; the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; years run March to February so leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_printed_time_reads_back(ms in 0u64..253_402_300_800_000) {
            prop_assert_eq!(rfc3339_to_ms(&ms_to_rfc3339(ms)), Some(ms as i64));
        }
    }

    #[test]
    fn times_print_in_utc() {
        assert_eq!(ms_to_rfc3339(1_798_761_600_000), "2027-01-01T00:00:00Z");
        assert_eq!(ms_to_rfc3339(951_782_400_123), "2000-02-29T00:00:00.123Z");
    }
}
