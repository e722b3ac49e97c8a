//! What happened to the keys of an account, in the order of blocks.

use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight};
use near_primitives::views::AccessKeyView;
use serde::{Deserialize, Serialize};

/// The events of an account's keys in a range of blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHistory {
    /// The account.
    pub account_id: AccountId,
    /// The oldest block that was looked at.
    pub from_height: BlockHeight,
    /// The newest block that was looked at.
    pub to_height: BlockHeight,
    /// Oldest first.
    pub events: Vec<KeyEvent>,
    /// Where to go on: the range has more events or blocks than one answer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_height: Option<BlockHeight>,
}

/// Something that happened to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEvent {
    /// The key's handle: the key itself, or a hash of a long one.
    pub public_key: String,
    /// The block.
    pub block_height: BlockHeight,
    /// The block's time, nanoseconds since the Unix epoch, as a decimal string.
    pub timestamp_nanosec: String,
    /// The transaction that caused it; none for a patch of the state and for genesis.
    pub transaction_hash: Option<CryptoHash>,
    /// What happened.
    #[serde(flatten)]
    pub kind: KeyEventKind,
}

/// What happened to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum KeyEventKind {
    /// It was there in the oldest block that was looked at.
    Existed {
        /// The key as it was.
        access_key: AccessKeyView,
    },
    /// It was added.
    Added {
        /// The key as it was added.
        access_key: AccessKeyView,
    },
    /// It signed a transaction, or a delegate action.
    Used {
        /// Its nonce, or that of its nonce row.
        nonce: u64,
        /// yoctoNEAR that the transaction took from its allowance or its gas balance; what is
        /// refunded is an event of its own. None if it has neither.
        charged: Option<Balance>,
        /// yoctoNEAR left of its allowance or its gas balance.
        left: Option<Balance>,
    },
    /// Its allowance or its gas balance grew: unused gas came back, or it was funded.
    Refunded {
        /// yoctoNEAR that came back.
        amount: Balance,
        /// yoctoNEAR left.
        left: Balance,
    },
    /// It was changed otherwise.
    Changed {
        /// The key as it is now.
        access_key: AccessKeyView,
    },
    /// It was deleted.
    Deleted,
}

impl KeyEventKind {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Existed { .. } => "existed",
            Self::Added { .. } => "added",
            Self::Used { .. } => "used",
            Self::Refunded { .. } => "refunded",
            Self::Changed { .. } => "changed",
            Self::Deleted => "deleted",
        }
    }
}
