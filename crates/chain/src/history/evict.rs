//! Evicting from memory what an archive has.

use crate::blocks::block::SealedBlock;
use crate::chain::{Carried, Chain};
use crate::epochs::schedule::Epoch;
use crate::history::archive::CachedArchive;
use crate::history::lineage::Position;
use crate::history::snapshots::ArchivedSnapshots;
use crate::history::work::Work;
use keyway_engine::StateError;
use keyway_state::StoredAddresses;
use near_primitives::types::{BlockHeight, EpochId};
use std::sync::Arc;

/// What a written checkpoint lets a chain evict.
#[derive(Clone, Debug)]
pub struct Archived {
    pub(crate) archive: CachedArchive,
    pub(crate) addresses: Arc<StoredAddresses>,
    /// The first position that the checkpoint does not cover.
    pub(crate) end: Position,
    pub(crate) snapshots: ArchivedSnapshots,
    /// The epochs that are new or were changed, by branch and id.
    pub(crate) epochs: Vec<((u64, EpochId), Arc<Epoch>)>,
    /// All that was done up to it.
    pub(crate) work: Work,
}

impl Chain {
    /// The same chain without what a checkpoint has written, except for blocks that are not final. The
    /// checkpoint is the last one of this chain, and may have been begun some inputs ago.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn evict(&self, archived: &Archived) -> Result<Self, StateError> {
        let carried = &self.carried;
        // Snapshots are whole chains; those of the checkpoint are not needed in memory any more.
        let evict = |chain: &Self| chain.without_archived(archived, chain.carried.clone());
        let carried = Carried {
            snapshots: carried.snapshots.evicted(&archived.snapshots, evict)?,
            first_unarchived: archived.end,
            first_new_branch: archived.end.branch + 1,
            epochs: carried.epochs.extended(archived.epochs.iter().cloned()),
            addresses: archived.addresses.clone(),
            work: carried.work,
            archived_work: archived.work,
        };
        self.without_archived(archived, carried)
    }

    fn without_archived(&self, archived: &Archived, carried: Carried) -> Result<Self, StateError> {
        let lineage = self.history.lineage();
        let genesis = archived.without(self.genesis_block());
        let archive = archived.archive.beside(&self.head.state);
        let first_new = lineage.first_from(archived.end).unwrap_or(BlockHeight::MAX);
        let first = self.first_kept().min(first_new);
        let mut history = self.history.evicted(archive, genesis, first);
        for block in history.whole_from(first) {
            // Newer blocks are evicted after the next checkpoint.
            if block.height() < first_new || block.hash() == self.head.hash() {
                history.replace(archived.without(&block));
            }
        }
        let head = history.recent(self.head.hash()).unwrap_or(&self.head).clone();
        Ok(Self { head, history, carried, ..self.clone() })
    }

    /// The height of the oldest block that stays in memory.
    fn first_kept(&self) -> BlockHeight {
        self.final_head().height()
    }
}

impl Archived {
    /// The block, with its state evicted to the archive.
    fn without(&self, block: &SealedBlock) -> Arc<SealedBlock> {
        let state = block.state.evict(&self.addresses, &self.archive.nodes);
        Arc::new(SealedBlock { state, ..block.clone() })
    }
}
