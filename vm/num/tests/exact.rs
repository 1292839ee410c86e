//! Arithmetic against exact rationals over big integers.

use gatos_num::*;
use num_bigint::BigInt;
use num_integer::Integer;
use proptest::prelude::*;
use std::cmp::Ordering;

/// A number as `value * 2^32`, exactly.
fn scaled(n: Num) -> BigInt {
    match n {
        Num::Int(i) => BigInt::from(i) << 32,
        Num::Fixed(f) => BigInt::from(f.raw()),
    }
}

/// The fixed or the integer that a scaled result must be.
fn expect(fixed: bool, scaled: BigInt) -> Result<Num, NumError> {
    if fixed {
        i64::try_from(scaled).map(|raw| Num::Fixed(Fix::from_raw(raw))).map_err(|_| NumError::Overflow)
    } else {
        let (q, r) = scaled.div_mod_floor(&(BigInt::from(1) << 32));
        assert_eq!(r, BigInt::ZERO);
        i64::try_from(q).map(Num::Int).map_err(|_| NumError::Overflow)
    }
}

/// Truncating division; `BigInt` rounds toward zero.
fn quotient(a: &BigInt, b: &BigInt) -> BigInt {
    a / b
}

fn is_fixed(n: Num) -> bool {
    matches!(n, Num::Fixed(_))
}

/// Mostly edges: powers of two and their neighbours, small numbers, whole fixed values.
fn word() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        (0u32..64, -3i64..=3, any::<bool>()).prop_map(|(shift, near, negative)| {
            let base = 1i64.wrapping_shl(shift).wrapping_add(near);
            if negative { base.wrapping_neg() } else { base }
        }),
        -20i64..=20,
        any::<i32>().prop_map(|i| i64::from(i) << 32),
        (any::<i64>(), 0u32..64).prop_map(|(i, shift)| i >> shift),
    ]
}

fn num() -> impl Strategy<Value = Num> {
    prop_oneof![word().prop_map(Num::Int), word().prop_map(|raw| Num::Fixed(Fix::from_raw(raw)))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn sums_are_exact(a in num(), b in num()) {
        let fixed = is_fixed(a) || is_fixed(b);
        for (got, want) in [(a.add(b), scaled(a) + scaled(b)), (a.sub(b), scaled(a) - scaled(b))] {
            if fixed && (a.to_fix().is_err() || b.to_fix().is_err()) {
                prop_assert_eq!(got, Err(NumError::OutOfRange));
            } else {
                prop_assert_eq!(got, expect(fixed, want));
            }
        }
        prop_assert_eq!(a.neg(), expect(is_fixed(a), -scaled(a)));
    }

    #[test]
    fn products_round_toward_zero(a in num(), b in num()) {
        let fixed = is_fixed(a) || is_fixed(b);
        let want = quotient(&(scaled(a) * scaled(b)), &(BigInt::from(1) << 32));
        prop_assert_eq!(a.mul(b), expect(fixed, want));
    }

    #[test]
    fn quotients_round_toward_zero(a in num(), b in num()) {
        let want = if scaled(b) == BigInt::ZERO {
            Err(NumError::ZeroDivisor)
        } else {
            expect(true, quotient(&(scaled(a) << 32), &scaled(b)))
        };
        prop_assert_eq!(a.div(b), want);
    }

    #[test]
    fn floor_division_and_its_rest(a in num(), b in num()) {
        let fixed = is_fixed(a) || is_fixed(b);
        if scaled(b) == BigInt::ZERO {
            for f in [Num::idiv, Num::modulo, Num::trunc_rem] {
                prop_assert_eq!(f(a, b), Err(NumError::ZeroDivisor));
            }
        } else {
            let (q, r) = scaled(a).div_mod_floor(&scaled(b));
            prop_assert_eq!(a.idiv(b), expect(fixed, q << 32));
            prop_assert_eq!(a.modulo(b), expect(fixed, r));
            prop_assert_eq!(a.trunc_rem(b), expect(fixed, scaled(a) % scaled(b)));
        }
    }

    #[test]
    fn order_is_exact_between_subtypes(a in num(), b in num()) {
        let want = scaled(a).cmp(&scaled(b));
        prop_assert_eq!(a.cmp(b), want);
        prop_assert_eq!(a.num_eq(b), want == Ordering::Equal);
    }

    #[test]
    fn conversions_are_exact(a in num()) {
        let one = BigInt::from(1) << 32;
        let (q, r) = scaled(a).div_mod_floor(&one);
        let whole = r == BigInt::ZERO;
        prop_assert_eq!(BigInt::from(a.floor()), q.clone());
        prop_assert_eq!(BigInt::from(a.ceil()), if whole { q.clone() } else { q.clone() + 1 });
        prop_assert_eq!(a.to_int().map(BigInt::from), whole.then_some(q));
        prop_assert_eq!(a.to_fix().ok().map(Num::Fixed), expect(true, scaled(a)).ok());
    }

    #[test]
    fn powers_of_integers_are_exact(base in -40i64..=40, exponent in 0u32..80) {
        let want = i64::try_from(BigInt::from(base).pow(exponent)).map(Num::Int).map_err(|_| NumError::Overflow);
        prop_assert_eq!(Num::Int(base).pow(Num::Int(i64::from(exponent))), want);
    }

    #[test]
    fn powers_of_fixed_square_and_multiply(raw in word(), exponent in 0u64..70) {
        let step = |a: &BigInt, b: &BigInt| -> Option<BigInt> {
            let p = quotient(&(a * b), &(BigInt::from(1) << 32));
            i64::try_from(p.clone()).is_ok().then_some(p)
        };
        let mut acc = Some(BigInt::from(1) << 32);
        let mut square = Some(BigInt::from(raw));
        let bits = 64 - exponent.leading_zeros();
        for bit in 0..bits {
            if exponent >> bit & 1 == 1 {
                acc = acc.zip(square.clone()).and_then(|(a, s)| step(&a, &s));
            }
            if bit + 1 < bits {
                square = square.and_then(|s| step(&s, &s));
            }
        }
        let want = acc.map(|a| Fix::from_raw(i64::try_from(a).unwrap())).ok_or(NumError::Overflow);
        prop_assert_eq!(Fix::from_raw(raw).pow_toward_zero(exponent), want);
    }

    #[test]
    fn roots_round_down(a in num()) {
        let exact = scaled(a);
        match sqrt(a) {
            Ok(root) => {
                let raw = BigInt::from(root.raw());
                let square = exact << 32;
                prop_assert!(&raw * &raw <= square);
                prop_assert!((&raw + 1) * (&raw + 1) > square);
            }
            Err(NumError::OutOfRange) => prop_assert!(exact < BigInt::ZERO),
            Err(error) => {
                prop_assert_eq!(error, NumError::Overflow);
                prop_assert!(exact >= BigInt::from(1) << 94);
            }
        }
    }

    #[test]
    fn integer_helpers_agree_with_num(a in word(), b in word()) {
        let (x, y) = (Num::Int(a), Num::Int(b));
        prop_assert_eq!(int_add(a, b).map(Num::Int), x.add(y));
        prop_assert_eq!(int_sub(a, b).map(Num::Int), x.sub(y));
        prop_assert_eq!(int_mul(a, b).map(Num::Int), x.mul(y));
        prop_assert_eq!(int_idiv(a, b).map(Num::Int), x.idiv(y));
        prop_assert_eq!(int_mod(a, b).map(Num::Int), x.modulo(y));
        prop_assert_eq!(int_div(a, b).map(Num::Fixed), x.div(y));
    }

    #[test]
    fn shifts_are_logical(a in any::<i64>(), n in -130i64..=130) {
        let pattern = BigInt::from(a as u64);
        let mask = BigInt::from(u64::MAX);
        let left = if n >= 0 { (pattern << n.unsigned_abs()) & mask } else { pattern >> n.unsigned_abs() };
        prop_assert_eq!(BigInt::from(shift_left(a, n) as u64), left);
        prop_assert_eq!(shift_right(a, n), shift_left(a, -n));
    }

    #[test]
    fn draws_stay_in_range(state in any::<u64>(), stream in any::<u64>(), a in word(), b in word()) {
        let mut rng = Pcg32::new(state, stream);
        let (low, high) = (a.min(b), a.max(b));
        let draw = rng.range(low, high).unwrap();
        prop_assert!(low <= draw && draw <= high);
        prop_assert!(low == high || rng.range(high, low).is_none());
        let unit = rng.next_fix();
        prop_assert!(Fix::ZERO <= unit && unit < Fix::ONE);
    }
}
