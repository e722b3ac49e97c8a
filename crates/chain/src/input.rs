//! What changes a chain.

use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Action, SignedTransaction};
use near_primitives::types::{AccountId, BlockHeightDelta};

/// One change to a chain. The same inputs at the same times give the same chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Include a transaction and run it to its end.
    Transaction(Box<SignedTransaction>),
    /// Seal a block without transactions.
    Tick,
    /// Write records into the state.
    Patch(Vec<StateRecord>),
    /// Move the chain ahead.
    FastForward {
        /// How many blocks.
        delta_height: BlockHeightDelta,
        /// By how much the time moves for each of them, nanoseconds. Part of the input so that a
        /// journal gives the same chain when the node's settings have changed.
        block_delay_ns: u64,
    },
    /// Include several transactions in one block and seal nothing besides: their receipts run in
    /// the blocks that follow.
    Block(Vec<SignedTransaction>),
    /// Include several transactions in one block, all of them or none, and run them to their end:
    /// what became of transactions that arrived together.
    Together(Vec<SignedTransaction>),
    /// Act as an account without its key, and run that to its end.
    Impersonate(Impersonation),
}

/// What an account is made to do without its key: a sandbox's power, which no network has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonation {
    /// Who acts, and pays.
    pub signer_id: AccountId,
    /// The receiver of the actions.
    pub receiver_id: AccountId,
    /// What is done there.
    pub actions: Vec<Action>,
}
