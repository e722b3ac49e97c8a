//! Errors in genesis records.

use near_primitives::hash::CryptoHash;
use near_primitives::types::AccountId;
use std::io;

/// Why genesis records do not make a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// Keys, data or gas key nonces belong to an account without a record.
    #[error(
        "genesis has records that belong to {account_id} but no Account record for it: add one"
    )]
    NoAccount {
        /// The account.
        account_id: AccountId,
    },
    /// An account has two records.
    #[error("{account_id} has two Account records: keep one")]
    DuplicateAccount {
        /// The account.
        account_id: AccountId,
    },
    /// An account has two contracts.
    #[error("{account_id} has two Contract records: keep the one that its code_hash names")]
    DuplicateContract {
        /// The account.
        account_id: AccountId,
    },
    /// An uninitialized account owns more than tokens.
    #[error(
        "the uninitialized account {account_id} must not have {what}: leave those records out, or \
         its `state`"
    )]
    UninitializedOwner {
        /// The account.
        account_id: AccountId,
        /// What it has.
        what: &'static str,
    },
    /// A contract comes before the account that it belongs to.
    #[error("the Contract record of {account_id} comes before its Account record: put it after")]
    ContractBeforeAccount {
        /// The account.
        account_id: AccountId,
    },
    /// A contract is not the one that its account names.
    #[error(
        "the account {account_id} has code_hash {expected}, its Contract record has code with \
         hash {found}: make them equal"
    )]
    ContractMismatch {
        /// The account.
        account_id: AccountId,
        /// Hash in the Account record; all zero (32 ones in base58) when it names no code.
        expected: CryptoHash,
        /// Hash of the code in the Contract record.
        found: CryptoHash,
    },
    /// An account names code that no record has.
    #[error(
        "the account {account_id} has code_hash {code_hash} but no Contract record: add it, or \
         set code_hash to 11111111111111111111111111111111"
    )]
    NoContract {
        /// The account.
        account_id: AccountId,
        /// The hash it names.
        code_hash: CryptoHash,
    },
    /// A validator's account has no record.
    #[error("the validator {account_id} has no Account record: add one")]
    NoValidatorAccount {
        /// The validator.
        account_id: AccountId,
    },
    /// A validator's account cannot hold a stake.
    #[error("the validator {account_id} is an uninitialized account, which cannot hold a stake")]
    UninitializedValidator {
        /// The validator.
        account_id: AccountId,
    },
    /// A receipt is recorded as waiting for data, but all of it is there.
    #[error(
        "the PostponedReceipt {receipt_id} waits for no data: leave out one of its ReceivedData \
         records, or record it as DelayedReceipt"
    )]
    NothingToWaitFor {
        /// The receipt.
        receipt_id: CryptoHash,
    },
    /// A receipt of a kind that cannot be postponed.
    #[error("the PostponedReceipt {receipt_id} is neither an action receipt nor a promise yield")]
    NotPostponable {
        /// The receipt.
        receipt_id: CryptoHash,
    },
    /// A promise yield waits for exactly one piece of data.
    #[error("the promise yield {receipt_id} waits for {found} pieces of data, not 1")]
    YieldInputs {
        /// The receipt.
        receipt_id: CryptoHash,
        /// How many pieces of data its record names.
        found: usize,
    },
    /// A state that does not fit into memory could not be written to disk, or not be read back.
    #[error(
        "the genesis state could not be written to disk: {reason}; free disk space and try again"
    )]
    Disk {
        /// The system's reason.
        reason: String,
    },
    /// The state cannot be stored.
    #[error(transparent)]
    State(#[from] keyway_engine::StateError),
}

impl From<io::Error> for GenesisError {
    fn from(error: io::Error) -> Self {
        Self::Disk { reason: error.to_string() }
    }
}
