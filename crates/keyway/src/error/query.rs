//! Questions without a good answer.

use super::ContractFailure;
use near_crypto::PublicKey;
use near_primitives::action::GlobalContractIdentifier;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight};

/// A question that a node understood, and has no good answer to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The account does not exist.
    #[error("the account {account_id} does not exist; see that the network is the right one")]
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
        /// The most that are told at once.
        limit: u32,
    },
    /// The account has no contract.
    #[error("{account_id} has no contract; see that the account is the right one")]
    NoContract {
        /// The account.
        account_id: AccountId,
    },
    /// There is no such global contract.
    #[error("there is no global contract {}; see that its name is right", super::identifier_words(.identifier))]
    NoGlobalContract {
        /// Its name.
        identifier: GlobalContractIdentifier,
    },
    /// The contract has no such function.
    #[error("the contract of {account_id} has no function {method:?}; see its list of functions")]
    UnknownMethod {
        /// The account.
        account_id: AccountId,
        /// The function.
        method: String,
    },
    /// The contract failed while it was viewed.
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
    /// The contract's state is too long for one answer.
    #[error(
        "the contract of {account_id} has more state than is told at once; ask for a prefix of its keys"
    )]
    TooMuchState {
        /// The account.
        account_id: AccountId,
    },
    /// The node does not know the block.
    #[error(
        "the node does not know the block {reference}; see that it is on this chain, or ask an archival node"
    )]
    UnknownBlock {
        /// How the block was asked for.
        reference: String,
    },
    /// The node no longer has the block.
    #[error("the node no longer has block {block_height}; ask an archival node")]
    ForgottenBlock {
        /// Its height.
        block_height: BlockHeight,
    },
    /// The node has not seen the transaction.
    #[error("the node has not seen transaction {hash}; ask later, or send the same bytes again")]
    UnknownTransaction {
        /// The transaction.
        hash: CryptoHash,
    },
    /// The node waited and nothing came.
    #[error("the node stopped waiting ({0}); ask again later")]
    Timeout(String),
    /// The node does not serve this.
    #[error("the node does not know the RPC method {method:?}; ask another node")]
    UnknownRpcMethod {
        /// The method of the RPC.
        method: String,
    },
    /// The node did not understand the question.
    #[error("the node did not understand the question ({0}); see its parameters")]
    Malformed(String),
    /// Any other error of the node.
    #[error("the node answered {name}: {message}")]
    Other {
        /// The error's name.
        name: String,
        /// The error's words.
        message: String,
    },
    /// The answer has another form than expected.
    #[error("the answer to {question} is not understood ({reason}); read it as another type")]
    Unexpected {
        /// What was asked.
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
            Self::UnknownBlock { .. } => "Query.Block.NotFound",
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
