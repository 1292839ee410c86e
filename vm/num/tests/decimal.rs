//! Decimal text against exact rationals over big integers.

use gatos_num::*;
use num_bigint::BigInt;
use num_integer::Integer;
use proptest::prelude::*;

/// A decimal number as `digits * 10^exponent`.
#[derive(Clone, Debug)]
struct Decimal {
    digits: BigInt,
    exponent: i32,
}

impl Decimal {
    /// Reads `[-]digits[.digits][e[+-]digits]`, without help from the code under test.
    fn read(text: &str) -> Decimal {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: BigInt = format!("{whole}{fraction}").parse().unwrap();
        Decimal { digits, exponent: exponent.parse::<i32>().unwrap() - fraction.len() as i32 }
    }

    /// `self * 2^32` as a fraction.
    fn scaled(&self) -> (BigInt, BigInt) {
        let ten = BigInt::from(10);
        let top = &self.digits << 32;
        match u32::try_from(self.exponent) {
            Ok(up) => (top * ten.pow(up), BigInt::from(1)),
            Err(_) => (top, ten.pow(self.exponent.unsigned_abs())),
        }
    }
}

fn nearest_even((top, bottom): (BigInt, BigInt)) -> BigInt {
    let (q, r) = top.div_mod_floor(&bottom);
    match (r * 2u32).cmp(&bottom) {
        std::cmp::Ordering::Less => q,
        std::cmp::Ordering::Greater => q + 1,
        std::cmp::Ordering::Equal if q.is_odd() => q + 1,
        std::cmp::Ordering::Equal => q,
    }
}

fn nearest_fix(text: &str) -> Option<Fix> {
    i64::try_from(nearest_even(Decimal::read(text).scaled())).ok().map(Fix::from_raw)
}

fn fix() -> impl Strategy<Value = Fix> {
    prop_oneof![
        any::<i64>(),
        -100i64..100,
        (any::<i64>(), 0u32..64).prop_map(|(raw, shift)| raw >> shift),
        (any::<i64>(), 0u32..33).prop_map(|(raw, shift)| raw >> shift << shift),
        any::<u32>().prop_map(i64::from),
    ]
    .prop_map(Fix::from_raw)
}

/// Text of a point half way between two steps, with digits hung on or a little below.
fn near_midpoint() -> impl Strategy<Value = String> {
    (any::<i32>(), any::<u32>(), 0usize..60, 0u8..3).prop_map(|(whole, step, zeros, side)| {
        let half = BigInt::from(step) * 2 + 1;
        // half / 2^33 has exactly 33 decimals.
        let mut digits = (half * BigInt::from(10).pow(33)) >> 33u32;
        if side == 2 {
            digits -= 1;
        }
        let tail = if side == 1 { "1" } else { "" };
        format!("{whole}.{digits:0>33}{}{tail}", "0".repeat(zeros))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn reading_rounds_to_nearest_even(text in "-?(0|[1-9][0-9]{0,10})\\.[0-9]{1,40}([eE]-?[0-9]{1,2})?") {
        let want = nearest_fix(&text).map(Num::Fixed);
        prop_assert_eq!(tonumber(text.as_bytes()), want);
        prop_assert_eq!(parse_json_number(&text).ok(), want);
    }

    #[test]
    fn midpoints_are_decided_by_every_digit(text in near_midpoint()) {
        prop_assert_eq!(tonumber(text.as_bytes()), nearest_fix(&text).map(Num::Fixed));
    }

    #[test]
    fn literals_know_what_they_lose(text in "(0|[1-9][0-9]{0,9})\\.([0-9]{0,14}[1-9]|0)", negative in any::<bool>()) {
        let signed = if negative { format!("-{text}") } else { text.clone() };
        let got = if negative { literal_negated(&text) } else { literal(&text) };
        match nearest_fix(&signed) {
            None => prop_assert_eq!(got.unwrap_err().kind, LiteralErrorKind::FixedOutOfRange),
            Some(fix) => {
                let got = got.unwrap();
                let (top, bottom) = Decimal::read(&signed).scaled();
                prop_assert_eq!(got.num, Num::Fixed(fix));
                prop_assert_eq!(got.exact, (top % bottom) == BigInt::ZERO);
                prop_assert!(!got.exact || got.keeps_digits || text.split('.').nth(1).unwrap().len() > 10);
            }
        }
    }

    #[test]
    fn printing_is_shortest_and_closest(value in fix()) {
        let text = fix_text(value).as_str().to_string();
        prop_assert_eq!(nearest_fix(&text), Some(value));
        prop_assert_eq!(tonumber(text.as_bytes()), Some(Num::Fixed(value)));
        prop_assert_eq!(literal(text.trim_start_matches('-')).is_ok(), value != Fix::MIN);
        let (_, fraction) = text.split_once('.').unwrap();
        let width = fraction.len() as i32;
        let digits = Decimal::read(&text).digits;
        let distance = |digits: &BigInt, width: i32| {
            // |digits/10^width - raw/2^32|, times 2^32 * 10^width
            let exact = BigInt::from(value.raw()) * BigInt::from(10).pow(width as u32);
            let difference: BigInt = (digits << 32u32) - exact;
            difference.magnitude().clone()
        };
        for other in [&digits - 1, &digits + 1] {
            prop_assert!(distance(&digits, width) <= distance(&other, width));
        }
        if width > 1 {
            // One digit less: whatever is nearest there reads back as something else.
            let shorter = nearest_even((BigInt::from(value.raw()) * BigInt::from(10).pow(width as u32 - 1), BigInt::from(1) << 32));
            let (top, bottom) = Decimal { digits: shorter, exponent: 1 - width }.scaled();
            prop_assert_ne!(nearest_even((top, bottom)), BigInt::from(value.raw()));
        }
    }

    #[test]
    fn f_rounds_half_even(value in fix(), precision in 0usize..40) {
        let mut got = String::new();
        format_fixed(value, precision, &mut got);
        let raw = BigInt::from(value.raw().unsigned_abs());
        let digits = nearest_even((raw * BigInt::from(10).pow(precision as u32), BigInt::from(1) << 32));
        let (whole, rest) = digits.div_mod_floor(&BigInt::from(10).pow(precision as u32));
        let sign = if value.raw() < 0 { "-" } else { "" };
        let want = if precision == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:0>precision$}") };
        prop_assert_eq!(got, want);
    }

    #[test]
    fn integers_read_back(i in any::<i64>()) {
        let text = int_text(i);
        prop_assert_eq!(text.as_str(), i.to_string());
        prop_assert_eq!(tonumber(text.as_bytes()), Some(Num::Int(i)));
        prop_assert_eq!(parse_json_number(text.as_str()), Ok(Num::Int(i)));
        prop_assert_eq!(tonumber_base(text.as_bytes(), 10), Some(i));
    }

    #[test]
    fn any_text_gets_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..20), text in "[-+0-9.eExXpPaf ]{0,24}") {
        let _ = tonumber(&bytes);
        let _ = tonumber_base(&bytes, 16);
        let _ = tonumber(text.as_bytes());
        let _ = parse_json_number(&text);
        let _ = decimal_to_f64_bits(&text);
        if let Err(LiteralError { suggestion: Some(better), .. }) = literal(&text) {
            // A suggested text is one that would be accepted, and means the same.
            let num = literal(&better).unwrap().num;
            if let Some(same) = tonumber(text.as_bytes()) {
                prop_assert_eq!(num, same);
            }
        }
    }

    #[test]
    fn doubles_convert_exactly(bits in prop_oneof![
        any::<u64>(),
        (any::<bool>(), 960u64..1060, any::<u64>()).prop_map(|(s, e, m)| u64::from(s) << 63 | e << 52 | m >> 12),
        // few mantissa bits, so that ties happen
        (any::<bool>(), 960u64..1060, any::<u64>(), 40u32..52)
            .prop_map(|(s, e, m, z)| u64::from(s) << 63 | e << 52 | (m >> 12 >> z << z)),
    ]) {
        let exponent = bits >> 52 & 0x7ff;
        let got = fix_from_f64_bits(bits);
        if exponent == 0x7ff {
            prop_assert_eq!(got, Err(NumError::OutOfRange));
        } else {
            let low = bits & ((1 << 52) - 1);
            let mantissa = BigInt::from(if exponent == 0 { low } else { low | 1 << 52 });
            let mantissa = if bits >> 63 == 1 { -mantissa } else { mantissa };
            let power = exponent.max(1) as i64 - 1075 + 32;
            let fraction = if power >= 0 {
                (mantissa << power.unsigned_abs(), BigInt::from(1))
            } else {
                (mantissa, BigInt::from(1) << power.unsigned_abs())
            };
            let want = i64::try_from(nearest_even(fraction)).map(Fix::from_raw).map_err(|_| NumError::OutOfRange);
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn fixed_to_double_is_what_hardware_rounds_to(value in fix()) {
        // Dividing by a power of two is exact, so the conversion of the integer decides.
        let want = (value.raw() as f64 / 4294967296.0).to_bits();
        prop_assert_eq!(fix_to_f64_bits(value), want);
        if value.raw().unsigned_abs() < 1 << 53 {
            prop_assert_eq!(fix_from_f64_bits(want), Ok(value));
        }
    }

    #[test]
    fn doubles_print_and_read_back(bits in any::<u64>()) {
        let mut text = String::new();
        if write_f64_bits(bits, &mut text) {
            prop_assert_eq!(decimal_to_f64_bits(&text), Some(bits));
            prop_assert!(text.contains(['.', 'e']));
        } else {
            prop_assert!(text.is_empty() && !f64::from_bits(bits).is_finite());
        }
    }
}

#[test]
fn far_exponents_and_long_texts_end_quickly() {
    assert_eq!(tonumber(format!("0.{}1e100000", "0".repeat(99_999)).as_bytes()), tonumber(b"1.0"));
    assert_eq!(tonumber(format!("1{}e-100000", "0".repeat(100_000)).as_bytes()), tonumber(b"1.0"));
    assert_eq!(tonumber(format!("{}1.5", "0".repeat(100_000)).as_bytes()), tonumber(b"1.5"));
    assert_eq!(tonumber(b"1e9223372036854775807"), None);
    assert_eq!(tonumber(b"1e-9223372036854775808"), tonumber(b"0.0"));
    assert_eq!(literal(&format!("1e{}", "9".repeat(1000))).unwrap_err().suggestion, None);
    assert_eq!(literal(&"9".repeat(100_000)).unwrap_err().kind, LiteralErrorKind::IntOutOfRange);
}
