//! Blocks and states outside of memory.

use crate::blocks::block::SealedBlock;
use crate::history::stored::{self, Named};
use keyway_engine::StateError;
use keyway_state::{NodeStore, StoredNodes, Trie};
use lru::LruCache;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::fmt::{self, Debug};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Stores [`Checkpoint`](crate::Checkpoint)s. Only the next checkpoint changes its content.
pub trait Archive: NodeStore {
    /// The block at `height`, in the bytes of its checkpoint; none when it was pruned.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when the archive cannot be read.
    fn block(&self, height: BlockHeight) -> Result<Option<Vec<u8>>, StateError>;

    /// The lowest height above `height` with a block that was not pruned.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn height_above(&self, height: BlockHeight) -> Result<Option<BlockHeight>, StateError>;

    /// The hashes of all blocks below `height`, including pruned ones, oldest first.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn hashes_below(&self, height: BlockHeight) -> Result<Vec<CryptoHash>, StateError>;

    /// The index entry of a hash, as the last checkpoint with that hash has it.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn name(&self, name: &CryptoHash) -> Result<Option<Vec<u8>>, StateError>;

    /// The numbers of the existing state rows in `numbers`, ascending, at most `most` of them.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError>;

    /// All epochs, in any order.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn epochs(&self) -> Result<Vec<(CryptoHash, Vec<u8>)>, StateError>;

    /// The head of the newest checkpoint.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn head(&self) -> Result<Option<Vec<u8>>, StateError>;
}

/// An archive behind caches. Clones share both.
#[derive(Clone)]
pub struct CachedArchive {
    pub(crate) source: Arc<dyn Archive>,
    pub(crate) nodes: StoredNodes,
    blocks: Arc<Mutex<Decoded>>,
    /// The block after the genesis block, which changes only when blocks are pruned.
    second: Arc<Mutex<Option<Arc<SealedBlock>>>>,
}

impl CachedArchive {
    /// Reads from `archive`. The rows of states that were used last stay in memory, about
    /// `cache_bytes` of them.
    pub fn new(archive: Arc<impl Archive + 'static>, cache_bytes: usize) -> Self {
        let nodes = StoredNodes::new(archive.clone(), cache_bytes);
        Self { source: archive, nodes, blocks: Arc::default(), second: Arc::default() }
    }

    /// The same archive, for a chain whose state is `state`: a fork's blocks have states over a base.
    pub(crate) fn beside(&self, state: &Trie) -> Self {
        Self { nodes: state.store_beside(&self.nodes), ..self.clone() }
    }

    /// The block at `height`.
    pub(crate) fn block(
        &self,
        height: BlockHeight,
    ) -> Result<Option<Arc<SealedBlock>>, StateError> {
        if let Some(block) = self.blocks().get(&height) {
            return Ok(Some(block.clone()));
        }
        // Outside the lock, so that other threads need not wait for this read.
        let Some(bytes) = self.source.block(height)? else { return Ok(None) };
        let block = Arc::new(stored::decode_block(&bytes, &self.nodes)?);
        // The bytes are packed, so their length says little.
        self.blocks().put(height, block.clone(), block.weight());
        Ok(Some(block))
    }

    /// The block at `height`, without caching it.
    pub(crate) fn read(&self, height: BlockHeight) -> Result<Option<SealedBlock>, StateError> {
        let bytes = self.source.block(height)?;
        bytes.map(|bytes| stored::decode_block(&bytes, &self.nodes)).transpose()
    }

    /// The oldest block above the genesis block, which is at `genesis_height`. Everybody who asks how
    /// the node is asks for it, so it stays in memory.
    pub(crate) fn second(
        &self,
        genesis_height: BlockHeight,
    ) -> Result<Option<Arc<SealedBlock>>, StateError> {
        // Held while the archive is read: what a checkpoint prunes meanwhile is forgotten after that.
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        if second.is_none()
            && let Some(height) = self.source.height_above(genesis_height)?
        {
            *second = self.block(height)?;
        }
        Ok(second.clone())
    }

    /// Removes `blocks` from the cache.
    pub(crate) fn forget(&self, blocks: &[(BlockHeight, CryptoHash)]) {
        let mut decoded = self.blocks();
        blocks.iter().for_each(|(height, _)| decoded.remove(height));
        drop(decoded);
        if !blocks.is_empty() {
            *self.second.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// The index entry of a hash.
    pub(crate) fn named(&self, name: &CryptoHash) -> Result<Option<Named>, StateError> {
        let bytes = self.source.name(name)?;
        bytes.map(|bytes| stored::decode(&bytes, || format!("the name {name}"))).transpose()
    }

    fn blocks(&self) -> MutexGuard<'_, Decoded> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for CachedArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedArchive").field("source", &self.source).finish_non_exhaustive()
    }
}

/// The blocks that were read last, decoded.
struct Decoded {
    /// With the weight of each, bytes.
    blocks: LruCache<BlockHeight, (Arc<SealedBlock>, usize)>,
    bytes: usize,
}

impl Default for Decoded {
    fn default() -> Self {
        Self { blocks: LruCache::new(BLOCKS), bytes: 0 }
    }
}

impl Decoded {
    fn get(&mut self, height: &BlockHeight) -> Option<&Arc<SealedBlock>> {
        self.blocks.get(height).map(|(block, _)| block)
    }

    fn remove(&mut self, height: &BlockHeight) {
        self.bytes -= self.blocks.pop(height).map_or(0, |(_, bytes)| bytes);
    }

    fn put(&mut self, height: BlockHeight, block: Arc<SealedBlock>, bytes: usize) {
        self.bytes += bytes;
        let mut gone = self.blocks.push(height, (block, bytes));
        loop {
            self.bytes -= gone.map_or(0, |(_, (_, bytes))| bytes);
            if self.bytes <= BYTES {
                return;
            }
            gone = self.blocks.pop_lru();
        }
    }
}

/// How many blocks stay decoded.
const BLOCKS: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// The most memory that they take together, bytes.
const BYTES: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::chain;

    #[test]
    fn few_long_blocks_stay_decoded_and_many_short_ones() {
        let block = chain().head().clone();
        let held = |bytes: usize| {
            let mut decoded = Decoded::default();
            for height in (0..1_000).chain(900..1_000) {
                decoded.put(height, block.clone(), bytes);
                assert_eq!(decoded.bytes, decoded.blocks.len() * bytes);
            }
            decoded.blocks.len()
        };
        assert_eq!([held(1_000), held(4 << 20), held(64 << 20)], [256, 8, 0]);
    }
}
