//! Ed25519 keys and signatures and their one text form, `ed25519:<base64url>`.
//! Seeds come from outside: this file has no randomness of its own.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use ed25519_dalek::Signer;

use gatos_canon::{base64url_decode, base64url_encode};

/// The prefix of public keys and signatures in text.
pub const PREFIX: &str = "ed25519:";

/// The value of `sig_alg` in an envelope and of the `Sig-Alg` trailer.
pub const SIG_ALG: &str = "ed25519";

/// Why a key or signature text was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    what: &'static str,
    reason: &'static str,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a usable {}: {}", self.what, self.reason)
    }
}

impl core::error::Error for KeyError {}

fn decode_text<const N: usize>(text: &str, what: &'static str) -> Result<[u8; N], KeyError> {
    let body = text.strip_prefix(PREFIX).ok_or(KeyError { what, reason: "it must begin with `ed25519:`" })?;
    let bytes =
        base64url_decode(body).ok_or(KeyError { what, reason: "what follows `ed25519:` is not unpadded base64url" })?;
    <[u8; N]>::try_from(bytes).map_err(|_| KeyError { what, reason: "it has the wrong length" })
}

/// An actor's public key, checked when it is made: canonical bytes, on the curve, not of small order.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl PublicKey {
    /// Reads 32 bytes. Encodings that strict verification would treat differently elsewhere are refused here.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<PublicKey, KeyError> {
        let what = "public key";
        // y at or above 2^255-19 has a second, smaller spelling.
        let spelled_twice = bytes[31] & 0x7f == 0x7f && bytes[1..31].iter().all(|b| *b == 0xff) && bytes[0] >= 0xed;
        if spelled_twice {
            return Err(KeyError { what, reason: "its encoding is not canonical" });
        }
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes)
            .map_err(|_| KeyError { what, reason: "it is not a point of the curve" })?;
        if key.is_weak() {
            return Err(KeyError { what, reason: "it has small order, so signatures under it prove nothing" });
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Checks a signature over the whole message, strictly: no malleable or small-order signature passes.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", base64url_encode(&self.to_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        PublicKey::from_bytes(&decode_text(text, "public key")?)
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &PublicKey) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &PublicKey) -> core::cmp::Ordering {
        self.0.as_bytes().cmp(other.0.as_bytes())
    }
}

/// A detached signature: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", base64url_encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl FromStr for Signature {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Signature, KeyError> {
        Ok(Signature(decode_text(text, "signature")?))
    }
}

/// A secret key. Its memory is wiped when it is dropped, and it never prints itself.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Makes a key from 32 bytes of seed; the caller brings the randomness.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for the adapter that keeps keys on disk.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a whole message. Ed25519 signatures are a function of key and message: no randomness.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    /// The secret as text, `ed25519-seed:<base64url>`, for the key file.
    pub fn to_secret_text(&self) -> String {
        format!("ed25519-seed:{}", base64url_encode(&self.seed()))
    }

    /// Reads what [`SigningKey::to_secret_text`] wrote.
    pub fn from_secret_text(text: &str) -> Result<SigningKey, KeyError> {
        let what = "secret key";
        let body = text
            .strip_prefix("ed25519-seed:")
            .ok_or(KeyError { what, reason: "it must begin with `ed25519-seed:`" })?;
        let bytes: Vec<u8> = base64url_decode(body)
            .ok_or(KeyError { what, reason: "what follows `ed25519-seed:` is not unpadded base64url" })?;
        let seed = <[u8; 32]>::try_from(bytes).map_err(|_| KeyError { what, reason: "it has the wrong length" })?;
        Ok(SigningKey::from_seed(&seed))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(secret of {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn rfc8032_test_2_holds() {
        let mut seed = [0u8; 32];
        let hex = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        for (at, slot) in seed.iter_mut().enumerate() {
            *slot = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        }
        let key = SigningKey::from_seed(&seed);
        let signature = key.sign(&[0x72]);
        assert_eq!(signature.0[..4], [0x92, 0xa0, 0x09, 0xa9]);
        assert!(key.public().verify(&[0x72], &signature));
        assert!(!key.public().verify(&[0x73], &signature));
    }

    #[test]
    fn texts_read_back() {
        let key = SigningKey::from_seed(&[7; 32]);
        let public = key.public();
        assert_eq!(public.to_string().parse::<PublicKey>(), Ok(public));
        let signature = key.sign(b"x");
        assert_eq!(signature.to_string().parse::<Signature>(), Ok(signature));
        assert_eq!(SigningKey::from_secret_text(&key.to_secret_text()).unwrap().seed(), [7; 32]);
    }

    #[test]
    fn weak_and_doubled_keys_are_refused() {
        let mut identity = [0u8; 32];
        identity[0] = 1;
        assert!(PublicKey::from_bytes(&identity).is_err());
        let mut doubled = [0xff; 32];
        doubled[0] = 0xee;
        doubled[31] = 0x7f;
        assert!(PublicKey::from_bytes(&doubled).is_err());
    }

    #[test]
    fn s_plus_the_group_order_is_refused() {
        // Adding L to s gives a second signature that loose verifiers accept.
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let key = SigningKey::from_seed(&[9; 32]);
        let mut signature = key.sign(b"once");
        let mut carry = 0u16;
        for (byte, add) in signature.0[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        assert!(!key.public().verify(b"once", &signature));
    }
}
