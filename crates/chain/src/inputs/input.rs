//! The kinds of input.

use crate::inputs::edit::Edit;
use crate::inputs::time::TimeChange;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{Action, SignedTransaction};
use near_primitives::types::{AccountId, BlockHeightDelta};

/// One change to a chain. The same inputs at the same times give the same chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Include transactions.
    Batch(Batch),
    /// Seal a block without transactions, because somebody asked for one: where the protocol counts
    /// blocks, all that were sealed so far count from then on.
    Tick,
    /// Write records into the state, in a block of its own, and make it final.
    Patch(Vec<StateRecord>),
    /// Move the chain ahead, and its time. Heights between are skipped; only the ends of epochs are
    /// sealed block by block. The block at the end is final two blocks later, as any other.
    FastForward {
        /// How many blocks.
        delta_height: BlockHeightDelta,
        /// By how much the time moves for each of them, nanoseconds. Part of the input so that a
        /// journal gives the same chain when the node's settings have changed.
        block_delay_ns: u64,
    },
    /// Act as an account without its key, and run that to its end.
    Impersonate(Impersonation),
    /// Seal a block without transactions because the node's block interval has passed. Blocks that
    /// were sealed for transactions count only as time passes.
    IntervalTick,
    /// Change the time, and seal a block that has it.
    Time(TimeChange),
    /// Write and delete rows of the state, in a block of its own, and make it final.
    Edit(Edit),
    /// Seal blocks by hand, as many ticks in one.
    Mine {
        /// How many.
        blocks: u64,
        /// By how much the time moves for each of them, nanoseconds; none: as it would anyway.
        interval_ns: Option<u64>,
    },
    /// Save the chain as a snapshot, to go back to. No block is sealed.
    SaveSnapshot {
        /// Its name: 1 to 64 visible ASCII characters and spaces between them.
        name: String,
        /// Anything that helps to tell it from others, at most 1,024 bytes.
        note: String,
    },
    /// Go back to a snapshot: blocks, state and time. All snapshots stay.
    Revert {
        /// The snapshot's name.
        name: String,
    },
    /// Delete a snapshot. The chain stays as it is.
    DeleteSnapshot {
        /// Its name.
        name: String,
    },
    /// Go back to the chain's first block, and delete all snapshots.
    Reset,
}

/// Transactions that are put into one block, all of them or, when one is refused, none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they run.
    pub transactions: Vec<SignedTransaction>,
    /// Whether blocks are sealed until all of their receipts ran and are final. If not, the receipts
    /// run in the blocks that follow.
    pub finalize: bool,
}

impl Input {
    /// Includes a transaction in a block of its own, and runs it to a final end. Sent again after it
    /// was included, it does nothing and succeeds.
    #[must_use]
    pub fn transaction(transaction: SignedTransaction) -> Self {
        Self::Batch(Batch { transactions: vec![transaction], finalize: true })
    }

    /// Includes transactions in one block, and seals nothing besides.
    #[must_use]
    pub fn block(transactions: Vec<SignedTransaction>) -> Self {
        Self::Batch(Batch { transactions, finalize: false })
    }
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
