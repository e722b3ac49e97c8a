//! Why a rotation cannot be planned.

use near_primitives::types::{AccountId, Balance};

/// Why a rotation cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The account does not have the old key.
    #[error(
        "{account_id} does not have the old key, it has {keys} others; add the new key instead"
    )]
    OldKeyMissing {
        /// The account.
        account_id: AccountId,
        /// How many keys it has.
        keys: usize,
    },
    /// The account has the new key, with rights of its own.
    #[error("{account_id} has the new key already; generate another")]
    NewKeyThere {
        /// The account.
        account_id: AccountId,
    },
    /// The old key is a function-call key of an account without a full-access key.
    #[error(
        "{account_id} has no full-access key that could add or delete keys; only its contract could"
    )]
    NobodyCanSign {
        /// The account.
        account_id: AccountId,
    },
    /// A budget was set for a key that spends from the account without a limit.
    #[error("a full-access key has no budget of its own, {amount} was asked for; leave it out")]
    NoBudget {
        /// The budget, yoctoNEAR.
        amount: Balance,
    },
    /// The key is for a contract that cannot exist, so it cannot be proved; nor has it ever worked.
    #[error("the old key is for {receiver_id:?}, which is no account's name; delete it instead")]
    BadReceiver {
        /// The contract's name, as the key has it.
        receiver_id: String,
    },
}
