//! Digests and content ids against published vectors and other implementations.

use gatos_canon::{
    Blake3, Blake3Hasher, Cid, DigestError, Sha256, Sha256Hasher, base64url_decode, base64url_encode, blake3,
    hex_decode, hex_encode, sha256,
};
use proptest::prelude::*;

#[test]
fn published_vectors() {
    assert_eq!(blake3(b"").to_string(), "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    assert_eq!(sha256(b"abc").to_string(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn digests_have_one_spelling() {
    let good = blake3(b"x").to_string();
    assert_eq!(good.parse(), Ok(blake3(b"x")));
    assert_eq!(good.to_uppercase().parse::<Blake3>(), Err(DigestError::Prefix("blake3:")));
    assert_eq!(good.replace("blake3", "sha256").parse::<Blake3>(), Err(DigestError::Prefix("blake3:")));
    assert_eq!(format!("{good}0").parse::<Blake3>(), Err(DigestError::Hex));
    assert_eq!(good[..good.len() - 1].parse::<Blake3>(), Err(DigestError::Hex));
    assert_eq!(Sha256::from_hex(&"A".repeat(64)), Err(DigestError::Hex));
    assert_eq!(Sha256::from_hex(&"a".repeat(64)), Ok(Sha256([0xaa; 32])));
}

fn check_cid(block: &[u8]) {
    let digest = blake3(block);
    let theirs = cid::Cid::new_v1(0x71, multihash::Multihash::<64>::wrap(0x1e, &digest.0).unwrap());
    let ours = Cid::of(block);
    assert_eq!(ours.to_bytes().to_vec(), theirs.to_bytes());
    assert_eq!(ours.to_string(), theirs.to_string());
    assert_eq!(ours.to_string().parse(), Ok(ours));
    assert_eq!(Cid::from_bytes(&theirs.to_bytes()), Ok(ours));
    assert_eq!(ours.digest(), digest);
}

#[test]
fn other_ids_are_refused() {
    let good = Cid::of(b"x").to_string();
    let bytes = Cid::of(b"x").to_bytes();
    assert!(good.to_uppercase().parse::<Cid>().is_err());
    assert!(good[1..].parse::<Cid>().is_err());
    assert!(format!("{good}a").parse::<Cid>().is_err());
    // The last digit carries two bits that must be zero.
    let last = good.len() - 1;
    let strays =
        "abcdefghijklmnopqrstuvwxyz234567".chars().filter(|c| format!("{}{c}", &good[..last]).parse::<Cid>().is_ok());
    assert_eq!(strays.count(), 8);
    for at in 0..4 {
        let mut other = bytes;
        other[at] ^= 1;
        assert!(Cid::from_bytes(&other).is_err());
    }
    assert!(Cid::from_bytes(&bytes[..35]).is_err());
    // raw codec, SHA-256
    assert!("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy".parse::<Cid>().is_err());
}

proptest! {
    #[test]
    fn ids_agree_with_the_cid_crate(block in proptest::collection::vec(any::<u8>(), 0..100)) {
        check_cid(&block);
    }

    #[test]
    fn digests_in_pieces_are_the_same(block in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        let (a, b) = block.split_at(at.index(block.len() + 1));
        prop_assert_eq!(Blake3Hasher::new().update(a).update(b).digest(), blake3(&block));
        prop_assert_eq!(Sha256Hasher::new().update(a).update(b).digest(), sha256(&block));
    }

    #[test]
    fn text_forms_of_bytes_have_one_spelling(bytes in proptest::collection::vec(any::<u8>(), 0..50), text in "[a-zA-Z0-9_+/=-]{0,12}") {
        prop_assert_eq!(hex_decode(&hex_encode(&bytes)), Some(bytes.clone()));
        prop_assert_eq!(base64url_decode(&base64url_encode(&bytes)), Some(bytes));
        if let Some(bytes) = base64url_decode(&text) {
            prop_assert_eq!(base64url_encode(&bytes), text.clone());
        }
        if let Some(bytes) = hex_decode(&text) {
            prop_assert_eq!(hex_encode(&bytes), text);
        }
    }
}
