//! Signing domains: what is signed is a prefix naming the kind of envelope, then the stored bytes.
//! The prefix keeps a signature over one kind from passing for another; verifying needs no re-encoding.

use alloc::vec::Vec;

use crate::key::{PublicKey, Signature, SigningKey};

/// A kind of signed envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Journal events.
    Event,
    /// Proof envelopes.
    Proof,
    /// Grants, over their canonical JSON without `sig`.
    Grant,
    /// Changes of the trust ref.
    Trust,
    /// Activations of a policy bundle.
    Policy,
    /// Audit decisions.
    Decision,
}

impl Domain {
    /// The bytes put before the envelope when signing.
    pub fn prefix(self) -> &'static [u8] {
        match self {
            Domain::Event => b"gatos/event/1\0",
            Domain::Proof => b"gatos/proof/1\0",
            Domain::Grant => b"gatos/grant/1\0",
            Domain::Trust => b"gatos/trust/1\0",
            Domain::Policy => b"gatos/policy/1\0",
            Domain::Decision => b"gatos/decision/1\0",
        }
    }

    fn message(self, bytes: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(self.prefix().len().saturating_add(bytes.len()));
        message.extend_from_slice(self.prefix());
        message.extend_from_slice(bytes);
        message
    }
}

/// Signs stored bytes in a domain.
pub fn sign(key: &SigningKey, domain: Domain, bytes: &[u8]) -> Signature {
    key.sign(&domain.message(bytes))
}

/// Checks a signature over stored bytes in a domain.
pub fn verify(key: &PublicKey, domain: Domain, bytes: &[u8], signature: &Signature) -> bool {
    key.verify(&domain.message(bytes), signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_stays_in_its_domain() {
        let key = SigningKey::from_seed(&[1; 32]);
        let signature = sign(&key, Domain::Event, b"bytes");
        assert!(verify(&key.public(), Domain::Event, b"bytes", &signature));
        assert!(!verify(&key.public(), Domain::Proof, b"bytes", &signature));
    }
}
