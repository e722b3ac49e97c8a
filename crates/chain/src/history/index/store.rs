//! What an archive gets of a history, and what is left of it then.

use super::{History, Kept};
use crate::blocks::block::SealedBlock;
use crate::history::archive::CachedArchive;
use crate::history::made::MadeStates;
use crate::history::stored::Named;
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, Gas};
use std::sync::Arc;

impl History {
    /// The index entries of the blocks and chunks in memory from `first` on, by name and branch.
    pub(crate) fn block_names_from(
        &self,
        first: BlockHeight,
    ) -> impl Iterator<Item = ((CryptoHash, u64), Named)> {
        let blocks = self.heights.iter().chain(self.chunk_heights.iter());
        let blocks = blocks.filter(move |(_, height)| *height >= first);
        blocks.map(|(name, height)| {
            let named = Named { height: Some(*height), ..Named::default() };
            ((*name, self.lineage.position(*height).branch), named)
        })
    }

    /// The index entries of what is in the blocks in memory from `first` on, by name and branch. Of
    /// several with one name, each adds something to those before it.
    pub(crate) fn names_from(&self, first: BlockHeight) -> Vec<((CryptoHash, u64), Named)> {
        let mut names = Vec::new();
        let mut add = |name: &CryptoHash, height: BlockHeight, named: Named| {
            if height >= first {
                names.push(((*name, self.lineage.position(height).branch), named));
            }
        };
        let sent = |height, origin| Named { height: Some(height), ran: None, origin };
        for (hash, place) in self.transactions.iter() {
            add(hash, place.height, sent(place.height, Some(*hash)));
        }
        for (id, place) in self.receipts.iter() {
            let origin = self.origins.get(id).map(|origin| origin.transaction);
            add(id, place.block().height, sent(place.block().height, origin));
        }
        // After those, which replace the entry of a transaction or receipt that is sent again.
        for (id, place) in self.outcomes.iter() {
            add(id, place.height, Named { ran: Some(place.height), ..Named::default() });
        }
        names
    }

    /// The archive's entry of `name` on a branch, if `known` lacks something that it can have.
    pub(crate) fn archived_on(
        &self,
        branch: u64,
        name: &CryptoHash,
        known: &Named,
    ) -> Result<Option<Named>, StateError> {
        // If the origin is in memory, so is the block that sent it, and the archive has no entry.
        let complete = known.height.is_some() && known.origin.is_some();
        match &self.archive {
            Some(archive) if !complete => archive.named_on(branch, name),
            _ => Ok(None),
        }
    }

    /// The states that were made again.
    pub(crate) fn made(&self) -> &MadeStates {
        &self.made
    }

    /// The same history with the blocks from `first` on in memory, and with all others in `archive`.
    pub(crate) fn evicted(
        &self,
        archive: CachedArchive,
        genesis: Arc<SealedBlock>,
        first: BlockHeight,
    ) -> Self {
        let by_height: imbl::OrdMap<_, _> =
            self.by_height.range(first..).map(|(height, kept)| (*height, kept.clone())).collect();
        let mut history = Self {
            first: Some(genesis),
            first_whole: self.first_whole,
            by_height,
            archive: Some(archive),
            lineage: self.lineage.clone(),
            heights: self.heights.clone(),
            chunk_heights: self.chunk_heights.clone(),
            transactions: self.transactions.clone(),
            outcomes: self.outcomes.clone(),
            receipts: self.receipts.clone(),
            origins: self.origins.clone(),
            made: self.made.clone(),
            subtrees: self.subtrees.clone(),
            ..Self::default()
        };
        history.heights.retain(|_, height| *height >= first);
        history.chunk_heights.retain(|_, height| *height >= first);
        history.transactions.retain(|_, at| at.height >= first);
        history.outcomes.retain(|_, at| at.height >= first);
        history.receipts.retain(|_, place| place.block().height >= first);
        history.origins.retain(|_, origin| origin.height >= first);
        history.subtrees.keep_newest(history.by_height.len());
        history.weigh();
        history
    }

    /// Puts the same block with another form of its state into the place of a whole one.
    pub(crate) fn replace(&mut self, block: Arc<SealedBlock>) {
        self.by_height.insert(block.height(), Kept::Whole(block));
    }

    /// The whole blocks from `first` on, lowest first.
    pub(crate) fn whole_from(&self, first: BlockHeight) -> Vec<Arc<SealedBlock>> {
        self.by_height.range(first..).filter_map(|(_, kept)| kept.whole().cloned()).collect()
    }

    /// Adds up what the blocks in memory take and burnt.
    pub(super) fn weigh(&mut self) {
        let blocks = || self.by_height.values();
        self.weight = blocks().map(Kept::weight).sum();
        self.whole_weight = blocks().filter_map(Kept::whole).map(|block| block.weight()).sum();
        self.gas_burnt = blocks().map(Kept::gas_used).fold(Gas::ZERO, Gas::saturating_add);
    }

    /// The blocks in memory from `height` on, lowest first.
    #[cfg(test)]
    pub(crate) fn recent_from(
        &self,
        height: BlockHeight,
    ) -> impl Iterator<Item = Arc<SealedBlock>> {
        let blocks = self.by_height.range(height..);
        blocks.map(|(_, kept)| self.unpacked(kept).expect("bytes in memory are not damaged"))
    }
}
