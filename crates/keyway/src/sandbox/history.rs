//! Bounds the history that a sandbox keeps in memory.

use keyway_chain::Chain;
use keyway_node::Checkpoints;
use std::io;
use std::mem;
use std::sync::Arc;

/// Prunes old blocks from memory, with no store to move them to.
#[derive(Debug)]
pub(super) struct NewestBlocks {
    keep: u64,
    /// The number of blocks of the chain after the previous input.
    sealed: u64,
}

impl NewestBlocks {
    /// Keeps at least this many blocks.
    pub(super) fn new(keep: u64) -> Self {
        Self { keep, sealed: 0 }
    }
}

impl Checkpoints for NewestBlocks {
    fn evict(&mut self, chain: &Arc<Chain>, _position: u64) -> io::Result<Option<Chain>> {
        let sealed = chain.head().header.block_ordinal();
        // The outcome of the last input is read after this.
        let of_last_input = sealed.saturating_sub(mem::replace(&mut self.sealed, sealed));
        let keep = self.keep.max(of_last_input);
        let most = keep.saturating_add(keep / 2).saturating_add(BATCH);
        let in_memory = u64::try_from(chain.blocks_in_memory()).unwrap_or(u64::MAX);
        if in_memory <= most {
            return Ok(None);
        }
        let mut pruned = Chain::clone(chain);
        pruned.prune_memory(keep);
        Ok(Some(pruned))
    }

    fn finish(&mut self, _chain: &Arc<Chain>, _position: u64) -> io::Result<()> {
        Ok(())
    }
}

/// Pruning visits each block that stays, so several blocks are pruned together.
const BATCH: u64 = 64;
