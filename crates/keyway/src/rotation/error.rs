//! Why a rotation does not begin or go on.

use crate::error::{ArgumentError, Error};
use crate::format::format_near;
use keyway_signer::KeyServiceError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::types::{AccountId, Balance};
use std::io;
use std::path::PathBuf;

/// Why a step of a rotation is not taken: it would leave the account without a working key, or lose tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The key that shall go is not there.
    #[error("{account_id} has no key {}: there is nothing to replace", short(public_key))]
    NotOnAccount {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The new secret is not where it was kept, so its key is worth nothing.
    #[error(
        "the secret of the new key {} is not where it was kept: put it back, or take the rotation back while the old key works",
        short(public_key)
    )]
    SecretMissing {
        /// The new key.
        public_key: PublicKey,
    },
    /// Somebody else has deleted both keys, or the chain has begun anew.
    #[error(
        "{account_id} has neither {} nor {}: somebody else has deleted them, or this is another chain; there is nothing to rotate",
        short(old_key),
        short(new_key)
    )]
    BothGone {
        /// The account.
        account_id: AccountId,
        /// The key that should go.
        old_key: Box<PublicKey>,
        /// The key that should stay.
        new_key: Box<PublicKey>,
    },
    /// Somebody else has added the new key.
    #[error(
        "{} is on the account, with another permission than the rotation asked for: the old key is left where it is",
        short(public_key)
    )]
    OtherPermission {
        /// The new key.
        public_key: PublicKey,
    },
    /// The new key may do less than the old one, which is the last that may do everything.
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
    /// What is on a gas key cannot be withdrawn by a transaction that it pays for itself.
    #[error(
        "{} holds {}, which one transaction cannot save: withdraw it first, or rotate step by step",
        short(public_key),
        format_near(*.balance)
    )]
    FundsOnOldKey {
        /// The old key.
        public_key: PublicKey,
        /// What is on it, yoctoNEAR.
        balance: Balance,
    },
    /// The old key is gone, so the new one must stay.
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
    /// Going on would do harm.
    #[error(transparent)]
    Stopped(#[from] RotationError),
    /// Another rotation of the account has not ended.
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
    /// The old key could never be deleted.
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
        /// The reason.
        source: io::Error,
    },
    /// What the chain answered to a question or a transaction.
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

/// Long keys by their hash, as the chain lists them.
fn short(public_key: &PublicKey) -> PublicKeyHandle {
    public_key.into()
}
