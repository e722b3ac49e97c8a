//! Errors of keychains.

use crate::{KeyFileError, NetworkNameError};
use near_crypto::PublicKey;
use near_primitives::types::AccountId;

/// Why a keychain cannot be used. No message quotes a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// This machine has no keychain, or it does not run.
    #[error(
        "no keychain is reachable on this machine ({reason}); use key files here, encrypted or not"
    )]
    None {
        /// The system's message.
        reason: String,
    },
    /// It is locked, or access was refused.
    #[error("the keychain refused: {reason}")]
    Refused {
        /// The system's words.
        reason: String,
    },
    /// The network's name is invalid.
    #[error(transparent)]
    NetworkName(#[from] NetworkNameError),
    /// That key is there, and is not changed.
    #[error("the keychain has {public_key} of `{account_id}` already, and it is not overwritten")]
    AlreadyExists {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: Box<PublicKey>,
    },
    /// The entry does not hold a key pair.
    #[error("the keychain's entry holds no key pair")]
    NotAKey(#[source] KeyFileError),
    /// The entry holds another key pair.
    #[error("the keychain's entry for {public_key} holds another key pair")]
    WrongKey {
        /// The key that was asked for.
        public_key: Box<PublicKey>,
    },
}

impl From<keyring_core::Error> for KeychainError {
    /// Keeps only the message, because the library's error may carry the secret's bytes.
    fn from(error: keyring_core::Error) -> Self {
        Self::Refused { reason: error.to_string() }
    }
}
