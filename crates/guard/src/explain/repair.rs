//! The steps of a remedy.

use crate::units::{gas, near};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{Balance, BlockHeight, Gas, Nonce, NonceIndex};
use serde::Serialize;
use std::fmt;

/// One step of a [`Remedy`](super::Remedy). A changed transaction needs a new signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "repair", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Repair {
    /// The signature is wrong: sign with the secret that belongs to the key.
    SignAnew,
    /// The nonce is not the next one of the key or nonce row.
    UseNonce {
        /// The next one.
        nonce: Nonce,
    },
    /// A gas key needs a nonce index.
    NameNonceIndex {
        /// The row with the lowest nonce.
        index: NonceIndex,
        /// The number of rows; the index must be below it.
        rows: NonceIndex,
        /// The row's next nonce.
        nonce: Nonce,
    },
    /// An ordinary key has no nonce index.
    LeaveNonceIndexOut {
        /// The key's next nonce.
        nonce: Nonce,
    },
    /// The key's next nonce is above the bound until some block.
    WaitForBlock {
        /// The first block that accepts it.
        height: BlockHeight,
    },
    /// Another key of the account may do this.
    SignWith {
        /// The least powerful key that can, as the chain lists it.
        public_key: PublicKeyHandle,
        /// Its next nonce.
        nonce: Nonce,
        /// The nonce row, if it is a gas key.
        nonce_index: Option<NonceIndex>,
    },
    /// A function-call key cannot attach a deposit.
    LeaveDepositOut,
    /// A function-call key signs one call at a time.
    SendOneByOne {
        /// How many transactions that takes.
        transactions: usize,
    },
    /// There is not enough money for the gas.
    AttachAtMost {
        /// The most gas that it pays for.
        gas: Gas,
    },
    /// The account's balance is too low.
    SendToAccount {
        /// How much is missing, yoctoNEAR.
        amount: Balance,
    },
    /// The gas key's balance is too low. Any account can fund it.
    FundGasKey {
        /// How much is missing, yoctoNEAR.
        amount: Balance,
    },
    /// An allowance cannot be raised, so a full-access key deletes the key and adds it again.
    AddAgain {
        /// The lowest sufficient allowance, yoctoNEAR.
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
