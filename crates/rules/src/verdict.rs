//! Verdicts on transactions.

use crate::cost::Cost;
use near_primitives::account::AccessKey;
use near_primitives::errors::InvalidTxError;
use near_primitives::types::{Balance, Nonce, NonceIndex};

/// What the rules say of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It enters a block, at these charges.
    Accepted(Charges),
    /// The gas key pays, but the account cannot pay the deposits. Before a block the transaction is
    /// refused; inside one its gas is burnt all the same (NEP-611).
    DepositFailed {
        /// What is charged inside a block.
        charges: Charges,
        /// Why the transaction does not run.
        refusal: InvalidTxError,
    },
    /// It does not enter a block; nothing changes.
    Refused(InvalidTxError),
}

impl Verdict {
    /// Why the transaction cannot enter a block; `None` if it can.
    #[must_use]
    pub fn refusal(&self) -> Option<&InvalidTxError> {
        match self {
            Self::Accepted(_) => None,
            Self::DepositFailed { refusal, .. } | Self::Refused(refusal) => Some(refusal),
        }
    }

    /// The charges of a transaction that can enter a block.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn into_result(self) -> Result<Charges, InvalidTxError> {
        match self {
            Self::Accepted(charges) => Ok(charges),
            Self::DepositFailed { refusal, .. } | Self::Refused(refusal) => Err(refusal),
        }
    }
}

/// What accepting a transaction costs, and the state afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Charges {
    /// The cost.
    pub cost: Cost,
    /// The signer's balance afterwards, yoctoNEAR.
    pub account_amount: Balance,
    /// The key afterwards.
    pub key: KeyCharge,
}

/// How a key changes when a transaction signed with it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCharge {
    /// An ordinary key.
    Ordinary {
        /// The key's nonce afterwards.
        nonce: Nonce,
        /// The allowance afterwards, yoctoNEAR; `None` if the key has no limit.
        allowance: Option<Balance>,
    },
    /// A gas key.
    GasKey {
        /// The key's balance afterwards, yoctoNEAR.
        balance: Balance,
        /// The row whose nonce changes.
        nonce_index: NonceIndex,
        /// That row's nonce afterwards.
        nonce: Nonce,
    },
    /// No key yet: a universal account's first transaction.
    Bootstrap {
        /// The account's bootstrap nonce afterwards.
        nonce: Nonce,
    },
}

impl KeyCharge {
    /// Applies the charge to the key that signed. The nonce of a gas key's row is stored separately, by the
    /// caller.
    pub fn apply(&self, access_key: &mut AccessKey) {
        match self {
            Self::Ordinary { nonce, allowance } => {
                access_key.nonce = *nonce;
                if let Some(call) = access_key.permission.function_call_permission_mut() {
                    call.allowance = *allowance;
                }
            }
            Self::GasKey { balance, .. } => {
                if let Some(info) = access_key.gas_key_info_mut() {
                    info.balance = *balance;
                }
            }
            Self::Bootstrap { .. } => {}
        }
    }
}

/// A balance or an allowance is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The amount there is, yoctoNEAR.
    pub had: Balance,
    /// The amount needed, yoctoNEAR.
    pub needed: Balance,
}
