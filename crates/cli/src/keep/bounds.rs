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
const MOST_BEHIND: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway_node::{LocalChain, local_genesis};
    use near_primitives::version::PROTOCOL_VERSION;
    use near_vm_runner::NoContractRuntimeCache;
    use std::sync::Arc;

    #[test]
    fn blocks_may_be_too_many_or_too_long() {
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]);
        let mut chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
        chain.tick(1_900_000_000_000_000_000).unwrap();
        let (blocks, bytes) = (chain.blocks_in_memory(), chain.bytes_in_memory());
        let passed = |blocks, bytes| Bounds { blocks, bytes }.are_passed_by(&chain);
        assert_eq!((blocks, passed(blocks, bytes)), (2, false));
        assert!(passed(blocks - 1, bytes) && passed(blocks, bytes - 1));
        assert!(!Bounds { blocks: 1, bytes: bytes - 1 }.meanwhile().are_passed_by(&chain));
    }
}
