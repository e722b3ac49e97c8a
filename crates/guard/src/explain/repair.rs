//! What can be done about a refusal.

use crate::units::{gas, near};
use near_crypto::PublicKey;
use near_primitives::types::{Balance, BlockHeight, Gas, Nonce, NonceIndex};
use serde::Serialize;
use std::fmt;

/// One step of a [`Remedy`](super::Remedy). What changes the transaction means signing it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "repair", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repair {
    /// The signature is wrong: sign with the secret that belongs to the key.
    SignAnew,
    /// The nonce is not the next one of the key or of the gas key's row.
    UseNonce {
        /// The next.
        nonce: Nonce,
    },
    /// A gas key signs with a nonce index.
    NameNonceIndex {
        /// The index of the row that has come least far.
        index: NonceIndex,
        /// The key has the indices below this one.
        rows: NonceIndex,
        /// The row's next nonce.
        nonce: Nonce,
    },
    /// A key that is no gas key signs without a nonce index.
    LeaveNonceIndexOut {
        /// The key's next nonce.
        nonce: Nonce,
    },
    /// The key's next nonce is too large for the blocks until then.
    WaitForBlock {
        /// The first block that takes it.
        height: BlockHeight,
    },
    /// Another key of the account may do this.
    SignWith {
        /// That key: of those that may, the least powerful.
        public_key: PublicKey,
        /// Its next nonce.
        nonce: Nonce,
        /// The row that the nonce is of, where it is a gas key.
        nonce_index: Option<NonceIndex>,
    },
    /// A key for calls cannot attach a deposit.
    LeaveDepositOut,
    /// A key for calls signs one call at a time.
    SendOneByOne {
        /// How many transactions that makes.
        transactions: usize,
    },
    /// What there is does not buy the gas.
    AttachAtMost {
        /// The most that it buys.
        gas: Gas,
    },
    /// The account has too little.
    SendToAccount {
        /// How much is missing, yoctoNEAR.
        amount: Balance,
    },
    /// The gas key holds too little. Any account can fund it.
    FundGasKey {
        /// How much is missing, yoctoNEAR.
        amount: Balance,
    },
    /// An allowance cannot be raised: the key is deleted and added again, by a full-access key.
    AddAgain {
        /// The least allowance that does, yoctoNEAR.
        allowance: Balance,
    },
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignAnew => f.write_str("sign it with the secret that belongs to the key"),
            Self::UseNonce { nonce } => write!(f, "use nonce {nonce}"),
            Self::NameNonceIndex { index, rows, nonce } => {
                write!(f, "name a nonce index below {rows}: index {index}, nonce {nonce}")
            }
            Self::LeaveNonceIndexOut { nonce } => {
                write!(f, "leave the nonce index out, and use nonce {nonce}")
            }
            Self::WaitForBlock { height } => write!(f, "wait for block {height}"),
            Self::SignWith { public_key, nonce, nonce_index: None } => {
                write!(f, "sign with {public_key}, nonce {nonce}")
            }
            Self::SignWith { public_key, nonce, nonce_index: Some(index) } => {
                write!(f, "sign with {public_key}, nonce index {index}, nonce {nonce}")
            }
            Self::LeaveDepositOut => f.write_str("leave the deposit out"),
            Self::SendOneByOne { transactions } => {
                write!(f, "send the calls one by one, in {transactions} transactions")
            }
            Self::AttachAtMost { gas: most } => write!(f, "attach at most {}", gas(*most)),
            Self::SendToAccount { amount } => write!(f, "send {} to the account", near(*amount)),
            Self::FundGasKey { amount } => write!(f, "fund the gas key with {}", near(*amount)),
            Self::AddAgain { allowance } => write!(
                f,
                "delete the key and add it again with an allowance of at least {}",
                near(*allowance)
            ),
        }
    }
}
