//! Laws of the codec: decoding undoes encoding, encoding undoes decoding, and no bytes
//! whatever make it or the verifier panic.

mod common;

use common::generate;
use gatos_elc::map::{FunctionMap, Home, Place, Variable};
use gatos_elc::{Program, SourceMap, decode, disasm, encode, load, verify};
use proptest::prelude::*;

fn seeds() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..400)
}

fn reencodes(bytes: &[u8]) -> Option<Program> {
    let program = decode(bytes).ok()?;
    assert_eq!(encode(&program), bytes, "two byte strings for one program");
    Some(program)
}

fn map_of(program: &Program, seed: &[u8]) -> SourceMap {
    let root = verify(program.clone()).expect("verifies").fold_root();
    let functions = program.protos.iter().enumerate().map(|(i, p)| {
        let mut f = FunctionMap::new(format!("f{i}"), Place { file: 0, line: i as u32, col: u32::MAX });
        for at in 0..p.code.len() {
            let b = seed.get(at / 3).copied().unwrap_or(9);
            f.push(Place { file: (b & 1).into(), line: u32::from(b) * 1000, col: u32::from(b >> 2) });
        }
        // Some maps have variables and some have none, which is another form.
        for (at, b) in seed.iter().enumerate().skip(i).step_by(7).filter(|_| !seed.len().is_multiple_of(3)) {
            let home = match b % 3 {
                0 => Home::Register(*b),
                1 => Home::Cell(*b),
                _ => Home::Known(format!("{b}")),
            };
            f.locals.push(Variable { name: format!("v{b}"), home, first_op: at as u32, end_op: u32::from(*b) });
            f.upvalues.extend((b % 5 == 0).then(|| format!("u{b}")));
        }
        f
    });
    SourceMap {
        fold_root: root,
        files: vec!["a.lua".into(), "b.lua".into()],
        functions: functions.collect(),
        rules: vec![],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn generated_programs_verify_and_survive_their_bytes(seed in seeds()) {
        let program = generate::program(&seed);
        let verified = match verify(program.clone()) {
            Ok(v) => v,
            Err(e) => panic!("{e}\n{}", disasm(&program, None)),
        };
        let bytes = verified.to_bytes();
        prop_assert_eq!(reencodes(&bytes), Some(program.clone()));
        prop_assert_eq!(gatos_canon::sha256(&bytes), verified.fold_root());
        gatos_canon::cbor::validate(&bytes).expect("canonical");
        prop_assert_eq!(load(&bytes).expect("loads").fold_root(), verified.fold_root());
        prop_assert_eq!(verified.into_program(), program);
    }

    #[test]
    fn changed_bytes_are_refused_or_mean_something(seed in seeds(), flips in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4)) {
        let mut bytes = encode(&generate::program(&seed));
        for (at, x) in flips {
            let at = usize::from(at) % bytes.len();
            bytes[at] ^= x;
        }
        if let Some(program) = reencodes(&bytes) {
            let _ = disasm(&program, None);
            match verify(program) {
                Ok(v) => prop_assert_eq!(v.to_bytes(), bytes),
                Err(e) => prop_assert!(!e.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn cut_and_random_bytes_are_refused(seed in seeds(), cut in any::<u16>()) {
        let bytes = encode(&generate::program(&seed));
        let cut = usize::from(cut) % bytes.len();
        prop_assert!(decode(&bytes[..cut]).is_err());
        prop_assert!(decode(&seed).is_err());
        prop_assert!(SourceMap::from_bytes(&seed).is_err());
    }

    #[test]
    fn maps_survive_their_bytes(seed in seeds()) {
        let program = generate::program(&seed);
        let map = map_of(&program, &seed);
        let bytes = map.to_bytes();
        gatos_canon::cbor::validate(&bytes).expect("canonical");
        prop_assert_eq!(&SourceMap::from_bytes(&bytes).expect("reads back"), &map);
        for (p, proto) in program.protos.iter().enumerate() {
            for at in 0..proto.code.len() {
                let b = seed.get(at / 3).copied().unwrap_or(9);
                let want = Place { file: (b & 1).into(), line: u32::from(b) * 1000, col: u32::from(b >> 2) };
                prop_assert_eq!(map.place(p as u32, at as u32), Some(want));
            }
            prop_assert_eq!(map.place(p as u32, proto.code.len() as u32), None);
        }
        let listing = disasm(&program, Some(&map));
        prop_assert!(listing.lines().count() > program.protos.len());
    }

    #[test]
    fn changed_maps_are_refused_or_mean_something(seed in seeds(), at in any::<u16>(), x in 1u8..) {
        let program = generate::program(&seed);
        let mut bytes = map_of(&program, &seed).to_bytes();
        let at = usize::from(at) % bytes.len();
        bytes[at] ^= x;
        if let Ok(map) = SourceMap::from_bytes(&bytes) {
            prop_assert_eq!(map.to_bytes(), bytes);
            let _ = disasm(&program, Some(&map));
        }
    }
}

#[test]
fn a_map_knows_its_program() {
    let program = generate::program(&[1, 2, 3]);
    let map = map_of(&program, &[]);
    assert!(map.belongs_to(&verify(program).expect("verifies")));
    assert!(!map.belongs_to(&verify(generate::program(&[9, 9, 9, 9])).expect("verifies")));
}
