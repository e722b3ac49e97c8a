//! The secret half, zeroed on drop.

use super::SignError;
use near_crypto::{PublicKey, SecretKey, Signature};
use near_primitives::hash::CryptoHash;
use zeroize::Zeroize;

/// NEAR's own secret key, which neither hides nor zeroes itself. This type does both, and has no `Debug`.
pub(super) struct Secret(Box<SecretKey>);

impl Secret {
    /// Takes over `secret`: its halves must fit, because signing trusts them.
    pub(super) fn new(secret: SecretKey) -> Self {
        Self(Box::new(secret))
    }

    pub(super) fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    pub(super) fn sign(&self, hash: &CryptoHash) -> Signature {
        self.0.sign(hash.as_ref())
    }

    pub(super) fn try_sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        // The curve's library would panic.
        if matches!(*self.0, SecretKey::SECP256K1(_)) && bytes.len() != size_of::<CryptoHash>() {
            return Err(SignError::NotAHash { got: bytes.len() });
        }
        Ok(self.0.sign(bytes))
    }

    /// The bytes that the key's text encodes.
    pub(super) fn bytes(&self) -> &[u8] {
        match &*self.0 {
            SecretKey::ED25519(key) => &key.0,
            SecretKey::SECP256K1(key) => &key[..],
            SecretKey::MLDSA65(key) => &key.0[..],
        }
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        match &mut *self.0 {
            SecretKey::ED25519(key) => key.0.zeroize(),
            SecretKey::SECP256K1(key) => key.non_secure_erase(),
            SecretKey::MLDSA65(key) => key.0.zeroize(),
        }
    }
}
