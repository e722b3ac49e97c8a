//! Blocks and states outside of memory.

use crate::blocks::block::SealedBlock;
use crate::history::lineage::{Lineage, Position};
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
    /// The block at a position, in the bytes of its checkpoint; none when it was pruned.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when the archive cannot be read.
    fn block(&self, at: Position) -> Result<Option<Vec<u8>>, StateError>;

    /// The lowest position above `at` with a block that was not pruned, perhaps on another branch.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn position_above(&self, at: Position) -> Result<Option<Position>, StateError>;

    /// The hashes of all blocks on a branch with these heights, including pruned ones, oldest first.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn hashes(
        &self,
        branch: u64,
        heights: Range<BlockHeight>,
    ) -> Result<Vec<CryptoHash>, StateError>;

    /// The index entries of a hash by branch, ascending, each as the last checkpoint has it.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn names(&self, name: &CryptoHash) -> Result<Vec<(u64, Vec<u8>)>, StateError>;

    /// The numbers of the existing state rows in `numbers`, ascending, at most `most` of them.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn rows(&self, numbers: Range<u64>, most: usize) -> Result<Vec<u64>, StateError>;

    /// All epochs with their branches, in any order.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn epochs(&self) -> Result<Vec<(u64, CryptoHash, Vec<u8>)>, StateError>;

    /// All snapshots by number.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn snapshots(&self) -> Result<Vec<(u64, Vec<u8>)>, StateError>;

    /// The head of the snapshot with this number.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn snapshot_head(&self, number: u64) -> Result<Option<Vec<u8>>, StateError>;

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
    /// The block after the genesis block, on the branch that was asked for last. It changes only when
    /// blocks are pruned.
    second: Arc<Mutex<Option<Placed>>>,
}

/// A block, and where it is.
type Placed = (Position, Arc<SealedBlock>);

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

    /// The block at a position.
    pub(crate) fn block(&self, at: Position) -> Result<Option<Arc<SealedBlock>>, StateError> {
        if let Some(block) = self.blocks().get(&at) {
            return Ok(Some(block.clone()));
        }
        // Outside the lock, so that other threads need not wait for this read.
        let Some(bytes) = self.source.block(at)? else { return Ok(None) };
        let block = Arc::new(stored::decode_block(&bytes, &self.nodes)?);
        // The bytes are packed, so their length says little.
        self.blocks().put(at, block.clone(), block.weight());
        Ok(Some(block))
    }

    /// The block at a position, without caching it.
    pub(crate) fn read(&self, at: Position) -> Result<Option<SealedBlock>, StateError> {
        let bytes = self.source.block(at)?;
        bytes.map(|bytes| stored::decode_block(&bytes, &self.nodes)).transpose()
    }

    /// The lowest of a chain's blocks above `height`.
    pub(crate) fn above(
        &self,
        lineage: &Lineage,
        height: BlockHeight,
    ) -> Result<Option<Position>, StateError> {
        for (branch, heights) in lineage.parts(height.saturating_add(1)..BlockHeight::MAX) {
            let before = Position { branch, height: heights.start.saturating_sub(1) };
            let above = self.source.position_above(before)?;
            if let Some(at) = above.filter(|at| at.branch == branch && heights.contains(&at.height))
            {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The oldest of a chain's blocks above the genesis block, which is at `genesis_height`. Everybody
    /// who asks how the node is asks for it, so it stays in memory.
    pub(crate) fn second(
        &self,
        lineage: &Lineage,
        genesis_height: BlockHeight,
    ) -> Result<Option<Arc<SealedBlock>>, StateError> {
        // Held while the archive is read: what a checkpoint prunes meanwhile is forgotten after that.
        let mut second = self.second.lock().unwrap_or_else(PoisonError::into_inner);
        // Chains that share a block share those before it.
        second.take_if(|(at, _)| !lineage.holds(*at));
        if second.is_none()
            && let Some(at) = self.above(lineage, genesis_height)?
        {
            *second = self.block(at)?.map(|block| (at, block));
        }
        Ok(second.as_ref().map(|(_, block)| block.clone()))
    }

    /// Removes blocks from the cache.
    pub(crate) fn forget(&self, blocks: impl IntoIterator<Item = Position>) {
        let mut blocks = blocks.into_iter().peekable();
        if blocks.peek().is_none() {
            return;
        }
        let mut decoded = self.blocks();
        blocks.for_each(|at| decoded.remove(&at));
        drop(decoded);
        *self.second.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The index entry of a hash on the branches of a chain.
    pub(crate) fn named(
        &self,
        lineage: &Lineage,
        name: &CryptoHash,
    ) -> Result<Option<Named>, StateError> {
        let mut found: Option<Named> = None;
        for (branch, bytes) in self.source.names(name)? {
            let named: Named = stored::decode(&bytes, || format!("the name {name}"))?;
            let holds = |height| lineage.holds(Position { branch, height });
            let Some(named) = named.of_blocks(holds) else { continue };
            found = Some(found.map_or(named.clone(), |older| older.merged(named)));
        }
        Ok(found)
    }

    /// The index entry of a hash on one branch.
    pub(crate) fn named_on(
        &self,
        branch: u64,
        name: &CryptoHash,
    ) -> Result<Option<Named>, StateError> {
        let names = self.source.names(name)?.into_iter();
        let bytes = names.filter(|(on, _)| *on == branch).map(|(_, bytes)| bytes).next();
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
    blocks: LruCache<Position, (Arc<SealedBlock>, usize)>,
    bytes: usize,
}

impl Default for Decoded {
    fn default() -> Self {
        Self { blocks: LruCache::new(BLOCKS), bytes: 0 }
    }
}

impl Decoded {
    fn get(&mut self, at: &Position) -> Option<&Arc<SealedBlock>> {
        self.blocks.get(at).map(|(block, _)| block)
    }

    fn remove(&mut self, at: &Position) {
        self.bytes -= self.blocks.pop(at).map_or(0, |(_, bytes)| bytes);
    }

    fn put(&mut self, at: Position, block: Arc<SealedBlock>, bytes: usize) {
        self.bytes += bytes;
        let mut gone = self.blocks.push(at, (block, bytes));
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
                decoded.put(Position { branch: 0, height }, block.clone(), bytes);
                assert_eq!(decoded.bytes, decoded.blocks.len() * bytes);
            }
            decoded.blocks.len()
        };
        assert_eq!([held(1_000), held(4 << 20), held(64 << 20)], [256, 8, 0]);
    }
}
