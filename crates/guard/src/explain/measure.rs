//! The two values that a rule compares.

use crate::quoted::{quoted, quoted_list};
use crate::scene::Scene;
use crate::units::near;
use keyway_rules::{Cost, Rule};
use near_primitives::errors::{DepositCostFailureReason, InvalidAccessKeyError, InvalidTxError};
use near_primitives::types::{AccountId, Balance, Nonce, NonceIndex};
use serde::Serialize;
use std::fmt;

/// The value that is there, and the one that is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "measured", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// An amount of tokens.
    Near {
        /// The amount there is, yoctoNEAR.
        had: Balance,
        /// The amount needed, yoctoNEAR.
        needed: Balance,
    },
    /// Tokens that are missing for the account's storage.
    Missing {
        /// How many, yoctoNEAR.
        amount: Balance,
    },
    /// A nonce and the last one used.
    Nonce {
        /// The transaction's.
        given: Nonce,
        /// The last one of the key or nonce row.
        last: Nonce,
    },
    /// A nonce and the block's bound.
    NonceBound {
        /// The transaction's.
        given: Nonce,
        /// It must be below this.
        below: Nonce,
    },
    /// A nonce index and the number of rows of the key.
    NonceIndex {
        /// The transaction's, if it names one.
        given: Option<NonceIndex>,
        /// How many rows the key has; 0 if it is not a gas key.
        rows: NonceIndex,
    },
    /// The size of the transaction.
    Bytes {
        /// Its size, bytes.
        had: u64,
        /// The largest size allowed, bytes.
        limit: u64,
    },
    /// The contract that is called.
    Receiver {
        /// The one that the transaction calls.
        called: AccountId,
        /// The one that the key may call.
        allowed: String,
    },
    /// The method that is called.
    Method {
        /// The one that the transaction calls.
        called: String,
        /// Those that the key may call.
        allowed: Vec<String>,
    },
}

impl Measure {
    /// The values in an error.
    pub(super) fn of_refusal(error: &InvalidTxError, scene: &Scene<'_>) -> Option<Self> {
        use DepositCostFailureReason::LackBalanceForState;
        Some(match error {
            InvalidTxError::NotEnoughBalanceForDeposit {
                cost,
                reason: LackBalanceForState,
                ..
            } => Self::Missing { amount: *cost },
            InvalidTxError::NotEnoughBalance { balance, cost, .. }
            | InvalidTxError::NotEnoughGasKeyBalance { balance, cost, .. }
            | InvalidTxError::NotEnoughBalanceForDeposit { balance, cost, .. } => {
                Self::Near { had: *balance, needed: *cost }
            }
            InvalidTxError::LackBalanceForState { amount, .. } => Self::Missing { amount: *amount },
            &InvalidTxError::InvalidNonce { tx_nonce: given, ak_nonce: last } => {
                Self::Nonce { given, last }
            }
            &InvalidTxError::NonceTooLarge { tx_nonce: given, upper_bound: below } => {
                Self::NonceBound { given, below }
            }
            &InvalidTxError::InvalidNonceIndex { tx_nonce_index: given, num_nonces: rows } => {
                Self::NonceIndex { given, rows }
            }
            &InvalidTxError::TransactionSizeExceeded { size: had, limit } => {
                Self::Bytes { had, limit }
            }
            InvalidTxError::InvalidAccessKeyError(error) => Self::of_key_error(error, scene)?,
            _ => return None,
        })
    }

    fn of_key_error(error: &InvalidAccessKeyError, scene: &Scene<'_>) -> Option<Self> {
        match error {
            InvalidAccessKeyError::NotEnoughAllowance { allowance, cost, .. } => {
                Some(Self::Near { had: *allowance, needed: *cost })
            }
            InvalidAccessKeyError::ReceiverMismatch { tx_receiver, ak_receiver } => {
                Some(Self::Receiver { called: tx_receiver.clone(), allowed: ak_receiver.clone() })
            }
            InvalidAccessKeyError::MethodNameMismatch { method_name } => {
                let permission = &scene.key.as_ref()?.access_key.permission;
                let allowed = permission.function_call_permission()?.method_names.clone();
                Some(Self::Method { called: method_name.clone(), allowed })
            }
            _ => None,
        }
    }

    /// The values of a rule about money that is kept.
    pub(super) fn of_pass(rule: Rule, scene: &Scene<'_>, cost: &Cost) -> Option<Self> {
        let on_account = scene.account.as_ref().map(|account| account.amount());
        let key = scene.key.as_ref().map(|key| &key.access_key);
        let (had, needed) = match rule {
            Rule::Balance => (on_account?, cost.total),
            Rule::Deposits => (on_account?, cost.deposit),
            Rule::GasKeyBalance => (key?.gas_key_info()?.balance, cost.gas_cost),
            Rule::Allowance => (key?.permission.function_call_permission()?.allowance?, cost.total),
            _ => return None,
        };
        Some(Self::Near { had, needed })
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Near { had, needed } => write!(f, "has {}, needs {}", near(*had), near(*needed)),
            Self::Missing { amount } => write!(f, "lacks {}", near(*amount)),
            Self::Nonce { given, last } => write!(f, "nonce {given}, the key's last is {last}"),
            Self::NonceBound { given, below } => {
                write!(f, "nonce {given}, must be below {below} now")
            }
            Self::NonceIndex { given: None, rows } => {
                write!(f, "no nonce index, the key has {rows}")
            }
            Self::NonceIndex { given: Some(index), rows: 0 } => {
                write!(f, "nonce index {index}, and it is no gas key")
            }
            Self::NonceIndex { given: Some(index), rows } => {
                write!(f, "nonce index {index}, must be below {rows}")
            }
            Self::Bytes { had, limit } => write!(f, "{had} bytes, at most {limit}"),
            Self::Receiver { called, allowed } => {
                write!(f, "calls {called}, may call {}", quoted(allowed))
            }
            Self::Method { called, allowed } => {
                write!(f, "calls {}, may call {}", quoted(called), quoted_list(allowed))
            }
        }
    }
}
