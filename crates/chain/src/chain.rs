//! The chain: one value that inputs change and queries read.

use crate::blocks::block::SealedBlock;
use crate::blocks::pace::Pace;
use crate::blocks::timing::Timing;
use crate::epochs::archived::ArchivedEpochs;
use crate::epochs::schedule::Schedule;
use crate::history::index::History;
use crate::history::lineage::Position;
use crate::history::snapshots::SnapshotTree;
use crate::history::work::Work;
use crate::inputs::refusals::Refusals;
use crate::spec::ChainSpec;
use keyway_state::StoredAddresses;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::types::Gas;
use std::sync::Arc;

/// A NEAR chain of one shard and one block producer.
///
/// Times are nanoseconds since the Unix epoch and come from the caller. Block times always grow, even
/// if the caller's time goes backwards.
#[derive(Clone)]
pub struct Chain {
    pub(crate) spec: Arc<ChainSpec>,
    pub(crate) head: Arc<SealedBlock>,
    pub(crate) history: History,
    pub(crate) schedule: Schedule,
    pub(crate) refusals: Refusals,
    /// The Merkle tree over the hashes of all blocks before the head.
    pub(crate) ancestors: PartialMerkleTree,
    /// How the times of blocks follow from the caller's.
    pub(crate) timing: Timing,
    /// The height where the protocol counts blocks.
    pub(crate) pace: Pace,
    /// What no revert takes back.
    pub(crate) carried: Carried,
    /// While [`Chain::include_if_short`] tries a transaction: the gas that its blocks may still burn.
    pub(crate) give_up_after: Option<Gas>,
}

/// What a chain has besides its blocks and state, and what a revert carries over to the chain that it
/// goes back to.
#[derive(Clone)]
pub(crate) struct Carried {
    /// A chain in it has an empty tree.
    pub(crate) snapshots: SnapshotTree<Chain>,
    /// No block from this position on is in the archive; all before it are, if the chain or a
    /// snapshot has them.
    pub(crate) first_unarchived: Position,
    /// All branches below this number that the chain or a snapshot has are in the archive.
    pub(crate) first_new_branch: u64,
    /// The epochs in the archive.
    pub(crate) epochs: ArchivedEpochs,
    /// The rows of the last checkpoint. Tries in memory may still hold the same nodes.
    pub(crate) addresses: Arc<StoredAddresses>,
    /// All that was done since the chain was created or opened.
    pub(crate) work: Work,
    /// The part of it that the last checkpoint has.
    pub(crate) archived_work: Work,
}

impl Carried {
    /// For a chain whose blocks from `first_unarchived` on are not in an archive.
    pub(crate) fn new(snapshots: SnapshotTree<Chain>, first_unarchived: Position) -> Self {
        Self {
            snapshots,
            first_unarchived,
            first_new_branch: 0,
            epochs: ArchivedEpochs::default(),
            addresses: Arc::default(),
            work: Work::default(),
            archived_work: Work::default(),
        }
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain")
            .field("chain_id", &self.spec.chain_id)
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
