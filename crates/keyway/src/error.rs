//! Everything that can go wrong, as one tree of types.

use crate::outcome::Outcome;
use crate::transport::{EndpointError, TransportError};
use near_crypto::PublicKey;
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight};

/// Anything that can go wrong.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was written makes no sense; nothing was sent.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// The chain refused the transaction: it never runs.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The transaction ran and failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A question has no good answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// No node answered.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The transaction may run or may not.
    #[error(transparent)]
    Fate(#[from] Fate),
}

/// An argument that makes no sense.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// No account id.
    #[error("{text:?} is no account id: {reason}")]
    AccountId {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Arguments that cannot be written.
    #[error("the arguments of a call could not be written: {0}")]
    Arguments(String),
    /// An endpoint that cannot be used.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

/// The chain's refusal of a transaction.
#[derive(Clone, Debug, thiserror::Error)]
#[error(transparent)]
pub struct Refusal(pub InvalidTxError);

/// A transaction that ran and failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the transaction failed")]
pub struct Failure {
    /// What became of it.
    pub outcome: Box<Outcome>,
}

/// A transaction whose fate is not known.
#[derive(Clone, Debug, thiserror::Error)]
#[error("transaction {hash} may run or may not: send the same bytes again, or ask for it later")]
pub struct Fate {
    /// The transaction.
    pub hash: CryptoHash,
    /// What was heard last.
    #[source]
    pub cause: Box<Error>,
}

/// A question without a good answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The account does not exist.
    #[error("account {account_id} does not exist")]
    UnknownAccount {
        /// The account.
        account_id: AccountId,
    },
    /// The account has no such key.
    #[error("{account_id} has no access key {public_key}")]
    UnknownAccessKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The account has no such gas key.
    #[error("{account_id} has no gas key {public_key}")]
    UnknownGasKey {
        /// The account.
        account_id: AccountId,
        /// The key.
        public_key: PublicKey,
    },
    /// The account has no contract.
    #[error("{account_id} has no contract")]
    NoContract {
        /// The account.
        account_id: AccountId,
    },
    /// The contract has no such method.
    #[error("the contract of {account_id} has no method {method}")]
    UnknownMethod {
        /// The account.
        account_id: AccountId,
        /// The method.
        method: String,
    },
    /// The contract failed while it was viewed.
    #[error("{method} of {account_id} failed: {reason}")]
    ContractFailed {
        /// The account.
        account_id: AccountId,
        /// The method.
        method: String,
        /// In the contract's or the VM's words.
        reason: String,
    },
    /// The node does not know the block.
    #[error("the node does not know the block {reference}")]
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
    #[error("the node has not seen transaction {hash}")]
    UnknownTransaction {
        /// The transaction.
        hash: CryptoHash,
    },
    /// The node waited and nothing came.
    #[error("the node stopped waiting: {0}")]
    Timeout(String),
    /// The node does not serve this.
    #[error("the node does not know the method {method}")]
    UnknownRpcMethod {
        /// The method of the RPC.
        method: String,
    },
    /// The node did not understand the question.
    #[error("the node did not understand the question: {0}")]
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
    #[error("the answer to {question} is not understood: {reason}")]
    Unexpected {
        /// What was asked.
        question: String,
        /// What is wrong with the answer.
        reason: String,
    },
}
