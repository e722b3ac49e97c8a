//! Errors of rotations.

use crate::error::{ArgumentError, Error};
use crate::format::format_near;
use keyway_signer::KeyServiceError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::types::{AccountId, Balance};
use std::io;
use std::path::PathBuf;

/// Why the rotation must not continue: the account would lose its last working key, or tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The account does not have the key to replace.
    #[error("{account_id} has no key {}: there is nothing to replace", short(public_key))]
    NotOnAccount {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The new secret is missing, so the new key is useless.
    #[error(
        "the secret of the new key {} is not where it was kept: put it back, or take the rotation back while the old key works",
        short(public_key)
    )]
    SecretMissing {
        /// The new key.
        public_key: PublicKey,
    },
    /// Somebody has deleted both keys, or the chain was reset.
    #[error(
        "{account_id} has neither {} nor {}: somebody else has deleted them, or this is another chain; there is nothing to rotate",
        short(old_key),
        short(new_key)
    )]
    BothGone {
        /// The account.
        account_id: AccountId,
        /// The key to replace.
        old_key: Box<PublicKey>,
        /// The new key.
        new_key: Box<PublicKey>,
    },
    /// The new key is on the account, but not as the rotation adds it.
    #[error(
        "{} is on the account, with another permission than the rotation asked for: the old key is left where it is",
        short(public_key)
    )]
    OtherPermission {
        /// The new key.
        public_key: PublicKey,
    },
    /// The old key is the last full-access key, and the new one is not a full-access key.
    #[error(
        "{} is the last full-access key of {account_id}: a key that may do less cannot replace it; add the lesser key beside it instead",
        short(public_key)
    )]
    LastFullAccess {
        /// The account.
        account_id: AccountId,
        /// The old key.
        public_key: PublicKey,
    },
    /// A gas key cannot withdraw its balance in a transaction that it pays for itself.
    #[error(
        "{} holds {}, which one transaction cannot save: withdraw it first, or rotate step by step",
        short(public_key),
        format_near(*.balance)
    )]
    FundsOnOldKey {
        /// The old key.
        public_key: PublicKey,
        /// Its balance, yoctoNEAR.
        balance: Balance,
    },
    /// The old key is deleted, so the new one must stay.
    #[error(
        "{} is deleted already: the rotation cannot be taken back, only finished",
        short(public_key)
    )]
    TooLate {
        /// The old key.
        public_key: PublicKey,
    },
}

/// Why a rotation could not be carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// Continuing would do harm.
    #[error(transparent)]
    Stopped(#[from] RotationError),
    /// Another rotation of the account is not finished.
    #[error(
        "a rotation of {account_id} from {} to {} is not finished: resume it, or take it back",
        short(old_key),
        short(new_key)
    )]
    UnderWay {
        /// The account.
        account_id: AccountId,
        /// The key that is to be replaced.
        old_key: Box<PublicKey>,
        /// The key that replaces it.
        new_key: Box<PublicKey>,
    },
    /// There is no progress file.
    #[error("no rotation of {account_id} is under way")]
    NotUnderWay {
        /// The account.
        account_id: AccountId,
    },
    /// No available key could delete the old one.
    #[error(
        "neither the new key nor another available key of {account_id} may delete {}: make a full-access key available that can pay for it, or change both keys in one transaction",
        short(old_key)
    )]
    NobodyDeletes {
        /// The account.
        account_id: AccountId,
        /// The key that is to be replaced.
        old_key: Box<PublicKey>,
    },
    /// The progress file cannot be written or read.
    #[error("cannot use the progress file {}", path.display())]
    ProgressFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// An error of the chain.
    #[error(transparent)]
    Chain(#[from] Error),
    /// A store of secrets failed.
    #[error(transparent)]
    Secrets(#[from] KeyServiceError),
}

impl From<ArgumentError> for RotateError {
    fn from(error: ArgumentError) -> Self {
        Self::Chain(error.into())
    }
}

/// Post-quantum keys by their hash, as the chain lists them.
fn short(public_key: &PublicKey) -> PublicKeyHandle {
    public_key.into()
}
