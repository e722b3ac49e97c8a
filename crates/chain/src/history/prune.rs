//! Which old blocks and names a store may drop.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::history::archive::CachedArchive;
use crate::history::checkpoint::{Checkpoint, Pruned};
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use std::collections::BTreeSet;

impl Checkpoint {
    /// Lets the archive forget old blocks with all that happened in them, save the genesis block,
    /// the newest `keep` blocks of `chain`, which this is a checkpoint of, and those that are in
    /// its memory.
    ///
    /// No verdict depends on it: a block that a transaction may still be based on stays too. What
    /// there is to forget may take several checkpoints.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn prune(&mut self, chain: &Chain, keep: u64) -> Result<(), StateError> {
        let most = self.blocks.len().saturating_mul(2).saturating_add(MORE);
        self.pruned = match chain.history.archive() {
            Some(archive) => chain.needless(archive, keep, most)?,
            None => Pruned::default(),
        };
        Ok(())
    }
}

impl Chain {
    /// At most `most` blocks that are only on the archive and not needed, oldest first.
    fn needless(
        &self,
        archive: &CachedArchive,
        keep: u64,
        most: usize,
    ) -> Result<Pruned, StateError> {
        let (mut blocks, mut names) = (Vec::new(), BTreeSet::new());
        let mut last = self.genesis_block().height();
        while blocks.len() < most
            && let Some(height) = archive.source.height_above(last)?
            && self.history.lowest_in_memory().is_none_or(|lowest| height < lowest)
            && let Some(block) = archive.read(height)?
            && self.is_needless(&block, keep)
        {
            blocks.push((height, *block.hash()));
            names.extend(block.names());
            last = height;
        }
        let mut forgotten = Vec::new();
        for name in names {
            // What ran later, or was sent again, is known of another block too.
            let known = archive.named(&name)?;
            if known.is_some_and(|known| known.height.max(known.ran) <= Some(last)) {
                forgotten.push(name);
            }
        }
        Ok(Pruned { blocks, names: forgotten })
    }

    fn is_needless(&self, block: &SealedBlock, keep: u64) -> bool {
        let newer = self.head.header.block_ordinal().saturating_sub(block.header.block_ordinal());
        newer >= keep && self.is_too_old(block)
    }
}

impl SealedBlock {
    /// All names that are known of the block.
    fn names(&self) -> impl Iterator<Item = CryptoHash> {
        let transactions = self.transactions.iter().map(|transaction| transaction.get_hash());
        let receipts = self.processed.iter().chain(&*self.outgoing);
        [*self.hash(), self.chunk_hash().0]
            .into_iter()
            .chain(transactions)
            .chain(self.outcomes.iter().map(|outcome| outcome.id))
            .chain(receipts.map(|receipt| *receipt.receipt_id()))
    }
}

/// How many blocks a checkpoint may forget besides two for each that it adds.
const MORE: usize = 1_000;
