//! The chain: one value that inputs change and queries read.

use crate::blocks::block::SealedBlock;
use crate::blocks::pace::Pace;
use crate::blocks::timing::Timing;
use crate::epochs::schedule::Schedule;
use crate::history::index::History;
use crate::inputs::refusals::Refusals;
use crate::spec::ChainSpec;
use keyway_state::StoredAddresses;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::types::BlockHeight;
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
    /// No block from this height on is in the archive.
    pub(crate) first_unarchived: BlockHeight,
    /// The rows of the last checkpoint. Tries in memory may still hold the same nodes.
    pub(crate) addresses: Arc<StoredAddresses>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain")
            .field("chain_id", &self.spec.chain_id)
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
