//! How much waits in memory for a store.

use keyway_node::Chain;

/// What a chain may have in memory before a checkpoint is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    blocks: usize,
    bytes: usize,
}

impl Bounds {
    /// So many blocks, as long as they are not too long.
    pub(super) fn of(blocks: usize) -> Self {
        Self { blocks, bytes: BYTES }
    }

    /// Whether `chain` has more in memory.
    pub(super) fn are_passed_by(self, chain: &Chain) -> bool {
        chain.blocks_in_memory() > self.blocks || chain.bytes_in_memory() > self.bytes
    }

    /// What may be in memory while a checkpoint is being written.
    pub(super) fn meanwhile(self) -> Self {
        let Self { blocks, bytes } = self;
        Self { blocks: blocks.saturating_mul(MOST_BEHIND), bytes: bytes * MOST_BEHIND }
    }
}

/// What blocks take together, bytes.
const BYTES: usize = 512 << 20;

/// How many times a checkpoint's blocks.
const MOST_BEHIND: usize = 4;
