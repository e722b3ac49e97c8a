//! Pruning of the blocks in memory.

use super::{History, Same};
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;

/// What stays of a pruned block.
#[derive(Clone, Copy)]
pub(super) struct PrunedBlock {
    pub(super) hash: CryptoHash,
    /// Nanoseconds since the Unix epoch.
    timestamp_ns: u64,
}

impl History {
    /// Drops the blocks below `first` and all that happened in them. The genesis block stays, and so
    /// does the tree of all blocks. Those for which `is_base` holds, given height and time, are
    /// still found by [`History::base`].
    pub(crate) fn prune(&mut self, first: BlockHeight, is_base: impl Fn(BlockHeight, u64) -> bool) {
        let old = self.by_height.range(..first).map(|(height, block)| {
            let timestamp_ns = block.timestamp_ns();
            (*height, PrunedBlock { hash: *block.hash(), timestamp_ns })
        });
        self.pruned.extend(old);
        while let Some((height, block)) = self.pruned.get_min()
            && !is_base(*height, block.timestamp_ns)
        {
            self.pruned = self.pruned.without(&height.clone());
        }
        let packed = self.by_height.range(..first).filter_map(|(_, kept)| kept.packed());
        self.unpacked.remove(packed.map(|packed| Same(packed.clone())));
        let kept = self.by_height.range(first..);
        self.by_height = kept.map(|(height, block)| (*height, block.clone())).collect();
        self.weigh();
        let genesis = self.first.as_ref().map(|block| block.height());
        let is_kept = |height| height >= first || Some(height) == genesis;
        let pruned = &self.pruned;
        let is_pruned_base =
            |height| pruned.get(&height).is_some_and(|block| is_base(height, block.timestamp_ns));
        self.heights.retain(|_, height| is_kept(*height) || is_pruned_base(*height));
        self.chunk_heights.retain(|_, height| is_kept(*height));
        self.transactions.retain(|_, at| at.height >= first);
        // The receipts that a pending receipt will send come from the same transaction.
        let (transactions, outcomes) = (&self.transactions, &self.outcomes);
        self.origins.retain(|id, origin| {
            transactions.contains(&origin.transaction) || !outcomes.contains(id)
        });
        self.outcomes.retain(|_, at| at.height >= first);
        self.receipts.retain(|_, place| place.block().height >= first);
    }

    /// The height and time (nanoseconds since the Unix epoch) of the block with this hash, pruned or
    /// not.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(crate) fn base(
        &self,
        hash: &CryptoHash,
    ) -> Result<Option<(BlockHeight, u64)>, keyway_engine::StateError> {
        if let Some(height) = self.heights.get(hash)
            && let Some(block) = self.pruned.get(height).filter(|block| block.hash == *hash)
        {
            return Ok(Some((*height, block.timestamp_ns)));
        }
        let block = self.by_hash(hash)?;
        Ok(block.map(|block| (block.height(), block.header.raw_timestamp())))
    }
}
