//! Refusals of access keys.

use crate::format::format_near;
use near_crypto::PublicKey;
use near_primitives::errors::InvalidAccessKeyError;
use near_primitives::types::{AccountId, Balance as NearToken};
use serde::Serialize;

/// The chain's refusal of an access key, for a transaction or for a delegate action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum AccessKeyRefusal {
    /// The account has no such key: it was deleted, or never added.
    #[error(
        "{account_id} has no access key {public_key}; add it, or sign with one that {account_id} has"
    )]
    NotFound {
        /// The signer.
        account_id: AccountId,
        /// The key that signed.
        public_key: Box<PublicKey>,
    },
    /// A function-call key is for another contract.
    #[error(
        "the key is for calls to {allowed:?}, the transaction goes to {receiver_id}; use a key for {receiver_id}"
    )]
    ReceiverNotAllowed {
        /// Where the transaction goes.
        receiver_id: AccountId,
        /// The only contract that the key may call, as the key has it.
        allowed: String,
    },
    /// A function-call key is for other functions.
    #[error("the key may not call {method_name:?}; use a key that may, or add one")]
    FunctionNotAllowed {
        /// The function called.
        method_name: String,
    },
    /// A function-call key may do exactly one thing: one function call in a transaction.
    #[error("the key is for one function call at a time and nothing else; use a full-access key")]
    NotFullAccess,
    /// A function-call key has too little allowance left.
    #[error(
        "the key {public_key} of {account_id} may still spend {} and {} are needed in advance (what is not burnt comes back); attach less gas, or replace the key by one with a larger gas budget",
        format_near(*.gas_budget), format_near(*.cost)
    )]
    GasBudgetNotEnough {
        /// The signer.
        account_id: AccountId,
        /// The key that signed.
        public_key: Box<PublicKey>,
        /// What is left of the key's gas budget.
        gas_budget: NearToken,
        /// What the transaction costs, paid before it runs.
        cost: NearToken,
    },
    /// A function-call key may not attach a deposit, not even 1 yoctoNEAR.
    #[error(
        "a function-call key may attach no deposit, not even 1 yoctoNEAR; use a full-access key"
    )]
    DepositNotAllowed,
    /// A gas key signed a delegate action with a plain nonce.
    #[error("a gas key may not sign a delegate action; use an ordinary access key")]
    DelegateNeedsPlainKey,
    /// A plain key signed a delegate action with a gas key's nonce.
    #[error(
        "this delegate action has a gas key's nonce; sign it with a gas key, or give it a plain nonce"
    )]
    DelegateNeedsGasKey,
}

impl AccessKeyRefusal {
    /// A stable dotted name, without what was refused.
    pub(crate) fn names(&self) -> [&'static str; 2] {
        match self {
            Self::NotFound { .. } => {
                ["Refused.Signer.AccessKey.NotFound", "Failed.Delegate.AccessKey.NotFound"]
            }
            Self::ReceiverNotAllowed { .. } => [
                "Refused.Signer.AccessKey.Receiver.NotAllowed",
                "Failed.Delegate.AccessKey.Receiver.NotAllowed",
            ],
            Self::FunctionNotAllowed { .. } => [
                "Refused.Signer.AccessKey.Function.NotAllowed",
                "Failed.Delegate.AccessKey.Function.NotAllowed",
            ],
            Self::NotFullAccess => [
                "Refused.Signer.AccessKey.NotFullAccess",
                "Failed.Delegate.AccessKey.NotFullAccess",
            ],
            Self::GasBudgetNotEnough { .. } => [
                "Refused.Signer.AccessKey.GasBudget.NotEnough",
                "Failed.Delegate.AccessKey.GasBudget.NotEnough",
            ],
            Self::DepositNotAllowed => [
                "Refused.Signer.AccessKey.AttachedDeposit.NotAllowed",
                "Failed.Delegate.AccessKey.AttachedDeposit.NotAllowed",
            ],
            Self::DelegateNeedsPlainKey => [
                "Refused.Signer.AccessKey.GasKey.NotAllowed",
                "Failed.Delegate.AccessKey.GasKey.NotAllowed",
            ],
            Self::DelegateNeedsGasKey => {
                ["Refused.Signer.AccessKey.NotGasKey", "Failed.Delegate.AccessKey.NotGasKey"]
            }
        }
    }
}

impl From<InvalidAccessKeyError> for AccessKeyRefusal {
    fn from(error: InvalidAccessKeyError) -> Self {
        use InvalidAccessKeyError as Chain;
        match error {
            Chain::AccessKeyNotFound { account_id, public_key } => {
                Self::NotFound { account_id, public_key }
            }
            Chain::ReceiverMismatch { tx_receiver, ak_receiver } => {
                Self::ReceiverNotAllowed { receiver_id: tx_receiver, allowed: ak_receiver }
            }
            Chain::MethodNameMismatch { method_name } => Self::FunctionNotAllowed { method_name },
            Chain::RequiresFullAccess => Self::NotFullAccess,
            Chain::NotEnoughAllowance { account_id, public_key, allowance, cost } => {
                Self::GasBudgetNotEnough { account_id, public_key, gas_budget: allowance, cost }
            }
            Chain::DepositWithFunctionCall => Self::DepositNotAllowed,
            Chain::DelegateActionRequiresNonGasKey => Self::DelegateNeedsPlainKey,
            Chain::DelegateActionRequiresGasKey => Self::DelegateNeedsGasKey,
        }
    }
}
