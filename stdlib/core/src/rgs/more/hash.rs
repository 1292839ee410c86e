//! Digests and keyed digests, in hexadecimal.

use alloc::string::String;
use alloc::vec::Vec;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::digest::common::BlockSizeUser;
use sha2::{Sha256, Sha512};

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// MD5: for old checksums only.
    Md5,
    /// SHA-1: for old checksums only.
    Sha1,
    /// SHA-256
    Sha256,
    /// SHA-512
    Sha512,
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// The digest of bytes.
pub fn digest(hash: Hash, message: &[u8]) -> String {
    match hash {
        Hash::Md5 => hex(&Md5::digest(message)),
        Hash::Sha1 => hex(&Sha1::digest(message)),
        Hash::Sha256 => hex(&Sha256::digest(message)),
        Hash::Sha512 => hex(&Sha512::digest(message)),
    }
}

/// HMAC as in RFC 2104.
fn keyed<D: Digest + BlockSizeUser>(message: &[u8], key: &[u8]) -> String {
    let mut block: Vec<u8> = if key.len() > D::block_size() { D::digest(key).to_vec() } else { key.to_vec() };
    block.resize(D::block_size(), 0);
    let pad = |with: u8| -> Vec<u8> { block.iter().map(|b| b ^ with).collect() };
    let inner = D::new().chain_update(pad(0x36)).chain_update(message).finalize();
    hex(&D::new().chain_update(pad(0x5c)).chain_update(inner).finalize())
}

/// The digest of bytes under a key.
pub fn hmac(hash: Hash, message: &[u8], key: &[u8]) -> String {
    match hash {
        Hash::Md5 => keyed::<Md5>(message, key),
        Hash::Sha1 => keyed::<Sha1>(message, key),
        Hash::Sha256 => keyed::<Sha256>(message, key),
        Hash::Sha512 => keyed::<Sha512>(message, key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_the_standards() {
        assert_eq!(digest(Hash::Md5, b"abc"), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(digest(Hash::Sha1, b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(digest(Hash::Sha256, b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn keyed_digests_of_rfc_2202_and_4231() {
        assert_eq!(hmac(Hash::Md5, b"what do ya want for nothing?", b"Jefe"), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(hmac(Hash::Sha1, b"Hi There", &[0x0b; 20]), "b617318655057264e28bc0b6fb378c8ef146be00");
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hmac(Hash::Sha256, long, &[0xaa; 131]),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(
            hmac(Hash::Sha512, b"foo", b"bar"),
            "24257d7210582a65c731ec55159c8184cc24c02489453e58587f71f44c23a2d61b4b72154a89d17b2d49448a8452ea066f4fc56a2bcead45c088572ffccdb3d8"
        );
    }
}
