//! Queries without a result.

use super::ContractFailure;
use near_crypto::PublicKey;
use near_primitives::account::id::AccountType;
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight};
use serde::Serialize;
use std::time::Duration;

/// A query that a node understood, but could not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[non_exhaustive]
#[serde(untagged)]
pub enum QueryError {
    /// The account does not exist.
    #[error("{}", missing_account(.account_id))]
    UnknownAccount {
        /// The account.
        account_id: AccountId,
    },
    /// The account has no such key.
    #[error("{account_id} has no access key {public_key}; see its list of keys")]
    UnknownAccessKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The account has no such gas key.
    #[error("{account_id} has no gas key {public_key}; see its list of keys")]
    UnknownGasKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The account has too many keys for one answer.
    #[error("{account_id} has more than {limit} access keys; ask for them page by page")]
    TooManyAccessKeys {
        /// The account.
        account_id: AccountId,
        /// The most that one answer lists.
        limit: u32,
    },
    /// The account has no contract.
    #[error("{account_id} has no contract; check the account")]
    NoContract {
        /// The account.
        account_id: AccountId,
    },
    /// There is no such global contract.
    #[error("there is no global contract {}; check its name", super::identifier_words(.identifier))]
    NoGlobalContract {
        /// Its name.
        identifier: GlobalContractIdentifier,
    },
    /// The contract has no such function.
    #[error("the contract of {account_id} has no function {method:?}; names must match exactly")]
    UnknownMethod {
        /// The account.
        account_id: AccountId,
        /// The function.
        method: String,
    },
    /// The contract failed in a view call.
    #[error("{method:?} of {account_id}: {failure}")]
    ContractFailed {
        /// The account.
        account_id: AccountId,
        /// The function.
        method: String,
        /// Why.
        #[source]
        failure: ContractFailure,
    },
    /// The contract has too much data for one answer.
    #[error(
        "the contract of {account_id} has more data than the node lists in one answer; ask for a prefix of its keys"
    )]
    TooMuchState {
        /// The account.
        account_id: AccountId,
    },
    /// The node does not know the block.
    #[error(
        "the node does not know block {reference}; check that it is on this chain, or ask an archival node"
    )]
    UnknownBlock {
        /// The block of the query.
        reference: String,
    },
    /// One node reported a block that others behind the same address do not have.
    #[error(
        "the nodes behind this endpoint disagree: one reported block {block}, and another did not have it after {} seconds; try again, or use another endpoint",
        waited.as_secs()
    )]
    Disagreement {
        /// The block's hash or height.
        block: String,
        /// How long it was asked for.
        waited: Duration,
    },
    /// The endpoint serves another chain than expected; nothing was queried or sent.
    #[error(
        "the endpoint serves the chain {found:?}, but {expected:?} is expected; check its address"
    )]
    WrongChain {
        /// The expected chain id.
        expected: String,
        /// The chain id that the endpoint reports.
        found: String,
    },
    /// The node no longer has the block.
    #[error("the node no longer has block {block_height}; ask an archival node")]
    ForgottenBlock {
        /// Its height.
        block_height: BlockHeight,
    },
    /// The node has not seen the transaction.
    #[error(
        "no such transaction here: {hash}; check the hash, the signer and the network (old transactions are at archival nodes only)"
    )]
    UnknownTransaction {
        /// The transaction.
        hash: CryptoHash,
    },
    /// The node timed out.
    #[error("the node stopped waiting ({0}); ask again later")]
    Timeout(String),
    /// The node does not serve this.
    #[error("the node does not know the RPC method {method:?}; ask another node")]
    UnknownRpcMethod {
        /// The method of the RPC.
        method: String,
    },
    /// The node did not understand the request.
    #[error("the node did not understand the request ({0}); see its parameters")]
    Malformed(String),
    /// Any other error of the node.
    #[error("the node answered {name}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Other {
        /// The error's name, or a substitute.
        name: String,
        /// The error's text.
        message: String,
    },
    /// The answer has another form than expected.
    #[error("the answer to {question} is not understood ({reason}); read it as another type")]
    Unexpected {
        /// The query.
        question: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl QueryError {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownAccount { .. } => "Query.Account.NotFound",
            Self::UnknownAccessKey { .. } => "Query.AccessKey.NotFound",
            Self::UnknownGasKey { .. } => "Query.GasKey.NotFound",
            Self::TooManyAccessKeys { .. } => "Query.AccessKeys.TooMany",
            Self::NoContract { .. } => "Query.ContractWasm.NotFound",
            Self::NoGlobalContract { .. } => "Query.GlobalContract.NotFound",
            Self::UnknownMethod { .. } => "Query.Function.NotFound",
            Self::ContractFailed { failure, .. } => failure.names()[1],
            Self::TooMuchState { .. } => "Query.State.TooMuch",
            Self::UnknownBlock { .. } | Self::Disagreement { .. } => "Query.Block.NotFound",
            Self::WrongChain { .. } => "Query.Chain.Wrong",
            Self::ForgottenBlock { .. } => "Query.Block.GarbageCollected",
            Self::UnknownTransaction { .. } => "Query.Transaction.NotFound",
            Self::Timeout(_) => "Query.Transaction.Timeout",
            Self::UnknownRpcMethod { .. } => "Query.MethodNotFound",
            Self::Malformed(_) => "Query.ParseFailed",
            Self::Other { .. } => "Query.Other",
            Self::Unexpected { .. } => "Query.Answer.Unexpected",
        }
    }
}

/// The text for an account that does not exist. A transfer creates implicit accounts.
pub(super) fn missing_account(account_id: &AccountId) -> String {
    if account_id.get_account_type() == AccountType::NamedAccount {
        return format!("the account {account_id} does not exist; check the name and the network");
    }
    format!("there is no account {account_id} yet; a transfer to it creates it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(account_id: &str, text: &str) {
        let account_id = account_id.parse().unwrap();
        let error = QueryError::UnknownAccount { account_id }.to_string();
        assert!(error.contains(text), "{error}");
    }

    #[test]
    fn accounts_that_a_transfer_creates_are_told_from_others() {
        check(&"a1".repeat(32), "yet; a transfer to it creates it");
        check(&format!("0x{}", "a1".repeat(20)), "yet; a transfer to it creates it");
        check("nobody.near", "nobody.near does not exist");
    }
}
