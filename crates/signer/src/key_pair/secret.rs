//! The secret of a key pair, zeroed on drop.

use super::SignError;
use ed25519_dalek::{Signer, SigningKey};
use near_crypto::{PublicKey, SecretKey, Signature};
use near_primitives::hash::CryptoHash;
use zeroize::Zeroize;

/// near-crypto's secret key prints itself and is not zeroed. This type hides and zeroes it, and has no `Debug`.
pub(super) struct Secret {
    near: Box<SecretKey>,
    /// The same key, ready to sign. near-crypto derives the public key for each signature, which takes as long as
    /// signing. Zeroes itself.
    ed25519: Option<Box<SigningKey>>,
}

impl Secret {
    /// Takes `secret`, whose halves must belong together, because signing relies on it.
    pub(super) fn new(secret: SecretKey) -> Self {
        let ed25519 = match &secret {
            SecretKey::ED25519(key) => {
                key.0.first_chunk().map(SigningKey::from_bytes).map(Box::new)
            }
            SecretKey::SECP256K1(_) | SecretKey::MLDSA65(_) => None,
        };
        Self { near: Box::new(secret), ed25519 }
    }

    pub(super) fn public_key(&self) -> PublicKey {
        self.near.public_key()
    }

    pub(super) fn sign(&self, hash: &CryptoHash) -> Signature {
        self.sign_bytes(hash.as_ref())
    }

    pub(super) fn try_sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        // The curve's library would panic.
        if matches!(*self.near, SecretKey::SECP256K1(_)) && bytes.len() != size_of::<CryptoHash>() {
            return Err(SignError::NotAHash { got: bytes.len() });
        }
        Ok(self.sign_bytes(bytes))
    }

    fn sign_bytes(&self, bytes: &[u8]) -> Signature {
        match &self.ed25519 {
            Some(key) => Signature::ED25519(key.sign(bytes)),
            None => self.near.sign(bytes),
        }
    }

    /// The bytes that the key's text encodes.
    pub(super) fn bytes(&self) -> &[u8] {
        match &*self.near {
            SecretKey::ED25519(key) => &key.0,
            SecretKey::SECP256K1(key) => &key[..],
            SecretKey::MLDSA65(key) => &key.0[..],
        }
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        match &mut *self.near {
            SecretKey::ED25519(key) => key.0.zeroize(),
            SecretKey::SECP256K1(key) => key.non_secure_erase(),
            SecretKey::MLDSA65(key) => key.0.zeroize(),
        }
    }
}
