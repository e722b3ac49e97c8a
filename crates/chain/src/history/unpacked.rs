//! Blocks that were unpacked a short while ago.

use crate::blocks::block::SealedBlock;
use lru::LruCache;
use std::fmt;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Unpacked blocks by `K`. Clones share them.
#[derive(Clone)]
pub(crate) struct UnpackedBlocks<K: Hash + Eq>(Arc<Mutex<Unpacked<K>>>);

impl<K: Hash + Eq> Default for UnpackedBlocks<K> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Unpacked { blocks: LruCache::new(BLOCKS), bytes: 0 })))
    }
}

impl<K: Hash + Eq> UnpackedBlocks<K> {
    /// The block at `key`, if it is here.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<SealedBlock>> {
        self.locked().blocks.get(key).map(|(block, _)| block.clone())
    }

    /// Keeps a block for a while.
    pub(crate) fn put(&self, key: K, block: &Arc<SealedBlock>) {
        self.locked().put(key, block.clone(), block.weight());
    }

    /// Forgets blocks.
    pub(crate) fn remove(&self, keys: impl Iterator<Item = K>) {
        let mut unpacked = self.locked();
        keys.for_each(|key| unpacked.remove(&key));
    }

    fn locked(&self) -> MutexGuard<'_, Unpacked<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> fmt::Debug for UnpackedBlocks<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnpackedBlocks").finish_non_exhaustive()
    }
}

/// The blocks that were used last.
struct Unpacked<K: Hash + Eq> {
    /// With the weight of each, bytes.
    blocks: LruCache<K, (Arc<SealedBlock>, usize)>,
    bytes: usize,
}

impl<K: Hash + Eq> Unpacked<K> {
    fn remove(&mut self, key: &K) {
        self.bytes -= self.blocks.pop(key).map_or(0, |(_, bytes)| bytes);
    }

    fn put(&mut self, key: K, block: Arc<SealedBlock>, bytes: usize) {
        self.bytes += bytes;
        let mut gone = self.blocks.push(key, (block, bytes));
        loop {
            self.bytes -= gone.map_or(0, |(_, (_, bytes))| bytes);
            if self.bytes <= BYTES {
                return;
            }
            gone = self.blocks.pop_lru();
        }
    }
}

/// How many blocks stay.
const BLOCKS: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// The most memory that they take together, bytes.
const BYTES: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::chain;

    #[test]
    fn few_long_blocks_stay_unpacked_and_many_short_ones() {
        let block = chain().head().clone();
        let held = |bytes: usize| {
            let unpacked = UnpackedBlocks::default();
            let mut unpacked = unpacked.locked();
            for height in (0..1_000).chain(900..1_000) {
                unpacked.put(height, block.clone(), bytes);
                assert_eq!(unpacked.bytes, unpacked.blocks.len() * bytes);
            }
            unpacked.blocks.len()
        };
        assert_eq!([held(1_000), held(1 << 20), held(16 << 20)], [256, 8, 0]);
    }
}
