//! Blocks in memory that are not among the newest, packed.
//!
//! A packed block has the bytes that the archive will get, and most have no state of their own: it is
//! made again from the state before it by the block's changes. Every so many changes a block keeps its
//! state, so that little work is ever needed.

use crate::blocks::block::SealedBlock;
use crate::history::made::MadeStates;
use crate::history::stored;
use keyway_engine::StateError;
use keyway_state::{RemadeState, Trie};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochId, Gas};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A block in memory.
#[derive(Clone)]
pub(crate) enum Kept {
    /// One of the newest.
    Whole(Arc<SealedBlock>),
    /// An older one.
    Packed(Arc<PackedBlock>),
}

/// A block as the archive will have it, and what is asked for most often.
pub(crate) struct PackedBlock {
    pub(crate) hash: CryptoHash,
    pub(crate) prev_hash: CryptoHash,
    height: BlockHeight,
    timestamp_ns: u64,
    gas_used: Gas,
    epochs: [EpochId; 2],
    /// See [`stored::pack`].
    pub(crate) content: Box<[u8]>,
    state: PackedState,
    /// An estimate of its memory, bytes.
    weight: usize,
}

/// A packed block as a key. Its hash does not tell it from all others: two blocks with other patches
/// can have the same header.
#[derive(Clone)]
pub(crate) struct Same(pub(crate) Arc<PackedBlock>);

impl PartialEq for Same {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Same {}

impl Hash for Same {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        Arc::as_ptr(&self.0).hash(hasher);
    }
}

/// The state after a packed block.
enum PackedState {
    /// It has it.
    Kept(Trie),
    /// Made from that of the block before.
    Remade { before: Arc<PackedBlock>, root: CryptoHash, distance: Distance },
}

/// How far a block is from the one whose state is kept.
#[derive(Clone, Copy, Default)]
struct Distance {
    blocks: usize,
    changes: usize,
    /// Memory of the nodes that were new, bytes.
    bytes: usize,
}

impl Kept {
    /// The block, if it is whole.
    pub(crate) fn whole(&self) -> Option<&Arc<SealedBlock>> {
        match self {
            Self::Whole(block) => Some(block),
            Self::Packed(_) => None,
        }
    }

    /// The block, if it is packed.
    pub(crate) fn packed(&self) -> Option<&Arc<PackedBlock>> {
        match self {
            Self::Whole(_) => None,
            Self::Packed(block) => Some(block),
        }
    }

    pub(crate) fn hash(&self) -> &CryptoHash {
        match self {
            Self::Whole(block) => block.hash(),
            Self::Packed(block) => &block.hash,
        }
    }

    pub(crate) fn prev_hash(&self) -> &CryptoHash {
        match self {
            Self::Whole(block) => block.header.prev_hash(),
            Self::Packed(block) => &block.prev_hash,
        }
    }

    /// Nanoseconds since the Unix epoch.
    pub(crate) fn timestamp_ns(&self) -> u64 {
        match self {
            Self::Whole(block) => block.header.raw_timestamp(),
            Self::Packed(block) => block.timestamp_ns,
        }
    }

    /// The gas that it burnt.
    pub(crate) fn gas_used(&self) -> Gas {
        match self {
            Self::Whole(block) => block.gas_used,
            Self::Packed(block) => block.gas_used,
        }
    }

    /// Its epoch, and the next one.
    pub(crate) fn epochs(&self) -> [EpochId; 2] {
        match self {
            Self::Whole(block) => [*block.header.epoch_id(), *block.header.next_epoch_id()],
            Self::Packed(block) => block.epochs,
        }
    }

    /// An estimate of its memory, bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Whole(block) => block.weight(),
            Self::Packed(block) => block.weight,
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kept").field(self.hash()).finish()
    }
}

impl PackedBlock {
    /// Packs `block`; `before` is the packed block before it, on the same branch.
    pub(crate) fn new(block: &SealedBlock, before: Option<&Arc<Self>>) -> Self {
        let (state, of_state) = PackedState::after(block, before);
        let content = stored::pack(block).into_boxed_slice();
        let names = 2 + block.transactions.len() + block.outcomes.len() + block.outgoing.len();
        Self {
            hash: *block.hash(),
            prev_hash: *block.header.prev_hash(),
            height: block.height(),
            timestamp_ns: block.header.raw_timestamp(),
            gas_used: block.gas_used,
            epochs: [*block.header.epoch_id(), *block.header.next_epoch_id()],
            weight: size_of::<Self>() + content.len() + names * NAME + of_state,
            content,
            state,
        }
    }

    /// The block.
    ///
    /// # Errors
    /// [`StateError::Corrupt`], which does not happen to bytes in memory.
    pub(crate) fn unpacked(self: &Arc<Self>, made: &MadeStates) -> Result<SealedBlock, StateError> {
        stored::unpack_block(&self.content, self.state(made))
    }

    /// Whether its state is made again from that of the block before.
    pub(crate) fn is_remade(&self) -> bool {
        matches!(self.state, PackedState::Remade { .. })
    }

    /// The root of its state.
    pub(crate) fn root(&self) -> CryptoHash {
        match &self.state {
            PackedState::Kept(state) => state.root(),
            PackedState::Remade { root, .. } => *root,
        }
    }

    /// Its state, perhaps one that is made again when it is read.
    pub(crate) fn state(self: &Arc<Self>, made: &MadeStates) -> Trie {
        let (kept, _) = self.way();
        match &self.state {
            PackedState::Kept(state) => state.clone(),
            PackedState::Remade { .. } => {
                kept.remade(Arc::new(Remade { block: self.clone(), made: made.clone() }))
            }
        }
    }

    /// The state that was kept last, and the blocks after it up to this one, newest first.
    fn way(&self) -> (&Trie, Vec<&Self>) {
        let (mut at, mut way) = (self, Vec::new());
        loop {
            match &at.state {
                PackedState::Kept(state) => return (state, way),
                PackedState::Remade { before, .. } => {
                    way.push(at);
                    at = before;
                }
            }
        }
    }

    fn changes_state(&self) -> bool {
        match &self.state {
            PackedState::Kept(_) => true,
            PackedState::Remade { before, root, .. } => before.root() != *root,
        }
    }

    fn distance(&self) -> Distance {
        match &self.state {
            PackedState::Kept(_) => Distance::default(),
            PackedState::Remade { distance, .. } => *distance,
        }
    }
}

impl PackedState {
    /// The state of `block`, and the memory of the nodes that only it has, bytes.
    fn after(block: &SealedBlock, before: Option<&Arc<PackedBlock>>) -> (Self, usize) {
        let before = before.map(|before| (before, before.distance().after(block)));
        let bytes = before.map_or(Distance::default().after(block).bytes, |(_, far)| far.bytes);
        // What a fork knows of its network is not made again.
        let before = before.filter(|(_, far)| !far.is_too_far() && !block.state.is_fork());
        let Some((before, distance)) = before else {
            return (Self::Kept(block.state.clone()), bytes);
        };
        let root = block.state.root();
        match &before.state {
            Self::Kept(state) if state.root() == root => (Self::Kept(state.clone()), 0),
            _ => (Self::Remade { before: before.clone(), root, distance }, 0),
        }
    }
}

impl Distance {
    fn after(self, block: &SealedBlock) -> Self {
        let lengths = block.changes.iter().map(|entry| {
            let last = entry.changes.last().and_then(|change| change.data.as_ref());
            CHANGE + last.map_or(0, Vec::len)
        });
        Self {
            blocks: self.blocks + 1,
            changes: self.changes + block.changes.len(),
            bytes: self.bytes + lengths.sum::<usize>(),
        }
    }

    fn is_too_far(self) -> bool {
        self.blocks > BLOCKS || self.changes > CHANGES || self.bytes > BYTES
    }
}

/// The state of a packed block.
struct Remade {
    block: Arc<PackedBlock>,
    made: MadeStates,
}

impl RemadeState for Remade {
    fn root(&self) -> CryptoHash {
        self.block.root()
    }

    fn make(&self) -> Result<Trie, StateError> {
        self.made.get_or_make(&self.root(), || {
            let (kept, way) = self.block.way();
            let mut state = kept.clone();
            for block in way.into_iter().rev().filter(|block| block.changes_state()) {
                state = stored::unpack_changes(&block.content, &state)?;
            }
            Ok(state)
        })
    }
}

impl fmt::Debug for Remade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remade").field("height", &self.block.height).finish_non_exhaustive()
    }
}

/// How many changes of blocks are applied to a kept state at most.
const CHANGES: usize = if cfg!(test) { 12 } else { 1_024 };

/// In how many blocks.
const BLOCKS: usize = if cfg!(test) { 6 } else { 64 };

/// The memory of the nodes that they make, bytes: enough for as many changes of short values.
const BYTES: usize = 2 << 20;

/// The memory of the nodes above a change, bytes.
const CHANGE: usize = 3 << 9;

/// The memory of a name, with those that are being merged, bytes.
const NAME: usize = 64;
