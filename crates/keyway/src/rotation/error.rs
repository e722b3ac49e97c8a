//! Why a rotation does not go on.

use crate::amount::exact_near;
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance};

/// Going on would leave the account without a working key, or take something from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The key that shall go is not there.
    #[error("{public_key} is no key of {account_id}: nothing to replace")]
    NotOnAccount {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The new secret is not where it was kept, so its key is worth nothing.
    #[error(
        "the secret of the new key {public_key} is not where it was kept: put it back, or take the rotation back while the old key works"
    )]
    SecretMissing {
        /// The new key.
        public_key: PublicKey,
    },
    /// Somebody else has deleted both keys, or the chain has begun anew.
    #[error(
        "neither {old_key} nor {new_key} is a key of {account_id}: somebody else has deleted them, or this is another chain; nothing is left to rotate"
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
        "{public_key} is on the account, with another permission than the rotation asked for: the old key is left where it is"
    )]
    OtherPermission {
        /// The new key.
        public_key: PublicKey,
    },
    /// The new key may do less than the old one, which is the last that may do everything.
    #[error(
        "{public_key} is the last full-access key of {account_id}: a key that may do less cannot replace it; add the lesser key beside it instead"
    )]
    LastFullAccess {
        /// The account.
        account_id: AccountId,
        /// The old key.
        public_key: PublicKey,
    },
    /// What is on a gas key cannot be withdrawn by a transaction that it pays for itself.
    #[error(
        "{public_key} holds {}, which one transaction cannot save: withdraw it first, or rotate step by step",
        exact_near(*.balance)
    )]
    FundsOnOldKey {
        /// The old key.
        public_key: PublicKey,
        /// What is on it, yoctoNEAR.
        balance: Balance,
    },
    /// The old key is gone, so the new one must stay.
    #[error("{public_key} is deleted already: the rotation cannot be taken back, only finished")]
    TooLate {
        /// The old key.
        public_key: PublicKey,
    },
}
