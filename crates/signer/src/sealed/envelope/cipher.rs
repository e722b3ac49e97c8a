//! The two algorithms: Argon2id and XChaCha20-Poly1305.

use super::SealError;
use crate::Passphrase;
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The cost of opening a file, and so of trying one passphrase.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::sealed) struct Costs {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Costs {
    /// RFC 9106's recommendation for machines with less than 2 GiB to spare.
    fn default() -> Self {
        Self { memory_kib: 65_536, passes: 3, lanes: 4 }
    }
}

impl Costs {
    /// The limit for files, which come from outside and must not exhaust the machine.
    const MOST: Self = Self { memory_kib: 1 << 20, passes: 16, lanes: 16 };

    /// For tests.
    #[cfg(test)]
    pub(in crate::sealed) const CHEAP: Self = Self { memory_kib: 64, passes: 1, lanes: 1 };

    fn params(self) -> Result<Params, SealError> {
        let Self { memory_kib, passes, lanes } = self;
        let most = Self::MOST;
        if memory_kib > most.memory_kib || passes > most.passes || lanes > most.lanes {
            return Err(SealError::Costs);
        }
        Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| SealError::Costs)
    }
}

/// Derives the cipher's key from a passphrase.
pub(super) fn stretch(
    passphrase: &Passphrase,
    salt: &[u8],
    costs: Costs,
) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, costs.params()?);
    let mut key = Zeroizing::new([0; 32]);
    argon2.hash_password_into(passphrase.bytes(), salt, &mut *key).map_err(|_| SealError::Costs)?;
    Ok(key)
}

pub(super) fn encrypt(
    key: &[u8; 32],
    nonce: &[u8; 24],
    secret: &[u8],
    header: &[u8],
) -> Result<Vec<u8>, SealError> {
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher
        .encrypt(nonce.into(), Payload { msg: secret, aad: header })
        .map_err(|_| SealError::WrongSecret)
}

pub(super) fn decrypt(
    key: &[u8; 32],
    nonce: &[u8; 24],
    ciphertext: &[u8],
    header: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let secret = cipher.decrypt(nonce.into(), Payload { msg: ciphertext, aad: header });
    secret.map(Zeroizing::new).map_err(|_| SealError::WrongPassphrase)
}
