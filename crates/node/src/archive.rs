//! Blocks and states that rest outside of memory.

use crate::block::SealedBlock;
use crate::stored::{self, Named};
use keyway_engine::StateError;
use keyway_state::{NodeStore, StoredNodes};
use lru::LruCache;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::fmt::{self, Debug};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps what [`Checkpoint`](crate::Checkpoint)s hold.
///
/// Nothing in it changes but by the next checkpoint, and what a checkpoint adds was never asked for
/// before.
pub trait Archive: NodeStore {
    /// The block at `height`, as the checkpoint had it.
    ///
    /// # Errors
    /// [`StateError::Unreadable`] when the archive cannot say.
    fn block(&self, height: BlockHeight) -> Result<Option<Vec<u8>>, StateError>;

    /// The lowest height above `height` that has a block.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn height_above(&self, height: BlockHeight) -> Result<Option<BlockHeight>, StateError>;

    /// The hashes of all blocks below `height`, oldest first.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn hashes_below(&self, height: BlockHeight) -> Result<Vec<CryptoHash>, StateError>;

    /// What the last checkpoint that knew the name says of it.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn name(&self, name: &CryptoHash) -> Result<Option<Vec<u8>>, StateError>;

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

/// An archive with caches before it. Clones share all of it.
#[derive(Clone)]
pub struct Shelf {
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) nodes: StoredNodes,
    blocks: Arc<Mutex<LruCache<BlockHeight, Arc<SealedBlock>>>>,
}

impl Shelf {
    /// Reads from `archive`; the nodes of states that were used last stay in memory, `cached` of
    /// them.
    pub fn new(archive: Arc<impl Archive + 'static>, cached: NonZeroUsize) -> Self {
        let nodes = StoredNodes::new(archive.clone(), cached);
        Self { archive, nodes, blocks: Arc::new(Mutex::new(LruCache::new(BLOCKS))) }
    }

    /// The block at `height`.
    pub(crate) fn block(
        &self,
        height: BlockHeight,
    ) -> Result<Option<Arc<SealedBlock>>, StateError> {
        if let Some(block) = self.blocks().get(&height) {
            return Ok(Some(block.clone()));
        }
        // Not under the lock: others go on while this one reads.
        let Some(bytes) = self.archive.block(height)? else { return Ok(None) };
        let block = Arc::new(stored::decode_block(&bytes, &self.nodes)?);
        self.blocks().put(height, block.clone());
        Ok(Some(block))
    }

    /// What the archive knows of a name.
    pub(crate) fn named(&self, name: &CryptoHash) -> Result<Option<Named>, StateError> {
        let bytes = self.archive.name(name)?;
        bytes.map(|bytes| stored::decode(&bytes, || format!("the name {name}"))).transpose()
    }

    fn blocks(&self) -> MutexGuard<'_, LruCache<BlockHeight, Arc<SealedBlock>>> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("archive", &self.archive).finish_non_exhaustive()
    }
}

/// How many blocks stay decoded.
const BLOCKS: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");
