//! Refusals of receipts that contracts create.

use super::ActionsRefusal;
use near_primitives::errors::ReceiptValidationError;
use serde::Serialize;

/// The chain's refusal of a receipt that a contract created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum ReceiptRefusal {
    /// The actions are invalid.
    #[error(transparent)]
    Actions(#[from] ActionsRefusal),
    /// An invalid account id.
    #[error("its {field} {account_id:?} is not an account id; change the contract's arguments")]
    AccountIdInvalid {
        /// Which account: predecessor, receiver, signer, data receiver, refund receiver.
        field: &'static str,
        /// The text.
        account_id: String,
    },
    /// A function returns too much data.
    #[error("the returned value has {length} bytes, above the limit of {limit}; return less")]
    ResultTooLong {
        /// Its bytes.
        length: u64,
        /// The most there may be.
        limit: u64,
    },
    /// A receipt waits for too many others.
    #[error("it waits for {count} results, above the limit of {limit}; wait for fewer")]
    TooManyInputs {
        /// How many there are.
        count: u64,
        /// How many there may be.
        limit: u64,
    },
    /// A receipt is too long.
    #[error("it has {size} bytes, above the limit of {limit}; send less at once")]
    TooLong {
        /// Its bytes.
        size: u64,
        /// The most there may be.
        limit: u64,
    },
}

impl ReceiptRefusal {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Actions(_) => "Failed.Receipt.Actions.Invalid",
            Self::AccountIdInvalid { .. } => "Failed.Receipt.AccountId.Invalid",
            Self::ResultTooLong { .. } => "Failed.Receipt.Result.TooLong",
            Self::TooManyInputs { .. } => "Failed.Receipt.Inputs.TooMany",
            Self::TooLong { .. } => "Failed.Receipt.TooLong",
        }
    }
}

impl From<ReceiptValidationError> for ReceiptRefusal {
    fn from(error: ReceiptValidationError) -> Self {
        use ReceiptValidationError as Chain;
        let named = |field, account_id| Self::AccountIdInvalid { field, account_id };
        match error {
            Chain::InvalidPredecessorId { account_id } => named("predecessor", account_id),
            Chain::InvalidReceiverId { account_id } => named("receiver", account_id),
            Chain::InvalidSignerId { account_id } => named("signer", account_id),
            Chain::InvalidDataReceiverId { account_id } => named("data receiver", account_id),
            Chain::InvalidRefundTo { account_id } => named("refund receiver", account_id),
            Chain::ReturnedValueLengthExceeded { length, limit } => {
                Self::ResultTooLong { length, limit }
            }
            Chain::NumberInputDataDependenciesExceeded {
                number_of_input_data_dependencies: count,
                limit,
            } => Self::TooManyInputs { count, limit },
            Chain::ActionsValidation(error) => Self::Actions(error.into()),
            Chain::ReceiptSizeExceeded { size, limit } => Self::TooLong { size, limit },
        }
    }
}
