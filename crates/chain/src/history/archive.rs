//! Blocks and states outside of memory.

use crate::blocks::block::SealedBlock;
use crate::blocks::seal::written;
use crate::history::lineage::{Lineage, Position};
use crate::history::made::MadeStates;
use crate::history::stored::{self, Named, StoredBlock, StoredState};
use crate::history::unpacked::UnpackedBlocks;
use keyway_engine::StateError;
use keyway_state::{Address, NodeStore, RemadeState, StoredNodes, Trie};
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::fmt::{self, Debug};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// The rows of these leaves of the tree of blocks, by branch and leaf, in the same order; none where it
    /// has none, as in an older format.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn subtrees(&self, leaves: &[(u64, u64)]) -> Result<Vec<Option<Vec<u8>>>, StateError>;

    /// The first leaf of a branch that has a row.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn first_leaf(&self, branch: u64) -> Result<Option<u64>, StateError>;

    /// The hashes of the blocks on a branch with these heights, oldest first. An archive of an older
    /// format, which has no rows of the tree, also has those of pruned blocks.
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

    /// The branch with this number.
    ///
    /// # Errors
    /// As [`Archive::block`].
    fn branch(&self, number: u64) -> Result<Option<Vec<u8>>, StateError>;

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
    blocks: UnpackedBlocks<Position>,
    made: MadeStates,
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
        let (blocks, made, second) =
            (UnpackedBlocks::default(), MadeStates::default(), Arc::default());
        Self { source: archive, nodes, blocks, made, second }
    }

    /// The same archive, for a chain whose state is `state`: a fork's blocks have states over a base.
    pub(crate) fn beside(&self, state: &Trie) -> Self {
        Self { nodes: state.store_beside(&self.nodes), ..self.clone() }
    }

    /// The block at a position.
    pub(crate) fn block(&self, at: Position) -> Result<Option<Arc<SealedBlock>>, StateError> {
        if let Some(block) = self.blocks.get(&at) {
            return Ok(Some(block));
        }
        // Outside the lock, so that other threads need not wait for this read.
        let Some(block) = self.read(at)? else { return Ok(None) };
        let block = Arc::new(block);
        self.blocks.put(at, &block);
        Ok(Some(block))
    }

    /// The block at a position, without caching it.
    pub(crate) fn read(&self, at: Position) -> Result<Option<SealedBlock>, StateError> {
        let Some(bytes) = self.source.block(at)? else { return Ok(None) };
        let block = StoredBlock::read(&bytes)?.unpacked(|state| self.state(at, state))?;
        Ok(Some(block))
    }

    fn state(&self, at: Position, state: StoredState) -> Trie {
        let stored = |address| Trie::stored(address, &self.nodes);
        match state {
            StoredState::Empty => stored(None),
            StoredState::Row(row, hash) => stored(Some(Address { row, hash })),
            StoredState::Remade(root) => stored(None).remade(Arc::new(Remade {
                at,
                root,
                source: self.source.clone(),
                nodes: self.nodes.clone(),
                made: self.made.clone(),
            })),
        }
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
        self.blocks.remove(blocks);
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
}

impl Debug for CachedArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedArchive").field("source", &self.source).finish_non_exhaustive()
    }
}

/// The state after a block of the archive, made from an earlier one.
struct Remade {
    at: Position,
    root: CryptoHash,
    source: Arc<dyn Archive>,
    nodes: StoredNodes,
    made: MadeStates,
}

impl RemadeState for Remade {
    fn root(&self) -> CryptoHash {
        self.root
    }

    fn make(&self) -> Result<Trie, StateError> {
        self.made.get_or_make(&self.root, || {
            let (mut at, mut later) = (self.at, Vec::new());
            let mut state = loop {
                let missing =
                    || StateError::Corrupt { what: format!("block {}: missing", at.height) };
                let bytes = self.source.block(at)?.ok_or_else(missing)?;
                let stored = StoredBlock::read(&bytes)?;
                let kept = stored.state()?;
                if !matches!(kept, StoredState::Remade(_)) {
                    break Trie::stored(kept.address(), &self.nodes);
                }
                let block = stored.unpacked(|_| Trie::empty())?;
                let before = block.header.prev_height().filter(|before| *before < at.height);
                at.height = before.ok_or_else(missing)?;
                later.push(block.changes);
            };
            for changes in later.iter().rev() {
                state = written(&state, changes)?;
            }
            Ok(state)
        })
    }
}

impl Debug for Remade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remade").field("at", &self.at).finish_non_exhaustive()
    }
}
