//! Which blocks in memory are packed.

use super::History;
use crate::blocks::block::SealedBlock;
use crate::history::packed::{Kept, PackedBlock, Same};
use keyway_engine::StateError;
use near_primitives::types::BlockHeight;
use std::sync::Arc;

impl History {
    /// Packs the oldest blocks below `height`, until whole ones take little memory. Returns how much
    /// less memory they take, bytes.
    pub(crate) fn pack(&mut self, height: BlockHeight) -> usize {
        let before = self.weight;
        self.pack_below(height);
        before.saturating_sub(self.weight)
    }

    fn pack_below(&mut self, height: BlockHeight) {
        while self.whole_weight > WHOLE_BYTES {
            let next = self.by_height.range(self.first_whole..height).next();
            let Some((at, block)) = next.and_then(|(at, kept)| Some((*at, kept.whole()?.clone())))
            else {
                return;
            };
            let before = self.by_height.range(..at).next_back();
            let before = before.and_then(|(height, kept)| Some((*height, kept.packed()?)));
            let before = before.filter(|(height, before)| {
                before.hash == *block.header.prev_hash()
                    && self.lineage.position(*height).branch == self.lineage.position(at).branch
            });
            let packed = PackedBlock::new(&block, before.map(|(_, before)| before));
            let packed = Kept::Packed(Arc::new(packed));
            self.whole_weight = self.whole_weight.saturating_sub(block.weight());
            self.weight = self.weight.saturating_sub(block.weight()) + packed.weight();
            self.by_height.insert(at, packed);
            self.first_whole = at + 1;
        }
    }

    /// A block in memory, unpacked.
    pub(super) fn unpacked(&self, kept: &Kept) -> Result<Arc<SealedBlock>, StateError> {
        let packed = match kept {
            Kept::Whole(block) => return Ok(block.clone()),
            Kept::Packed(packed) => packed,
        };
        let key = Same(packed.clone());
        if let Some(block) = self.unpacked.get(&key) {
            return Ok(block);
        }
        let block = Arc::new(packed.unpacked(&self.made)?);
        self.unpacked.put(key, &block);
        Ok(block)
    }
}

/// The memory of blocks that stay whole, bytes by an estimate. They are asked for when transactions
/// are answered.
const WHOLE_BYTES: usize = if cfg!(test) { 0 } else { 4 << 20 };
