//! Why a transaction cannot be traced.

use keyway_engine::StateError;
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;

/// Why a transaction cannot be traced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// No block has it.
    #[error(
        "no block has the transaction {hash}; check the hash, and that the node is the right one"
    )]
    UnknownTransaction {
        /// The transaction.
        hash: CryptoHash,
    },
    /// It was refused, so no block has it.
    #[error("the transaction was refused and is in no block: {refusal}")]
    Refused {
        /// The rule that it broke.
        refusal: Box<InvalidTxError>,
    },
    /// The state that a block started from is gone.
    #[error(
        "the state before block {height} is no longer kept; trace sooner, or keep more blocks (--keep-blocks)"
    )]
    Pruned {
        /// The block.
        height: BlockHeight,
    },
    /// It spans too much.
    #[error(
        "tracing it would run {gas} gas of blocks again, and {limit} is the limit; trace a receipt's own transaction"
    )]
    TooMuch {
        /// Gas that its blocks burnt.
        gas: u64,
        /// The most that a trace runs again.
        limit: u64,
    },
    /// A block gave other outcomes than it had.
    #[error("block {height} gave other outcomes when it was applied again; please report this")]
    Differs {
        /// The block.
        height: BlockHeight,
    },
    /// A change asked for is not possible.
    #[error("{reason}")]
    Change {
        /// Why.
        reason: String,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}
