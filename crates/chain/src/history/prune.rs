//! Pruning: which old blocks and index entries a checkpoint, or a chain in memory, deletes.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::history::archive::CachedArchive;
use crate::history::checkpoint::{Checkpoint, Pruned};
use crate::history::holds::{Held, Holds};
use crate::history::lineage::Position;
use crate::history::snapshots::Extent;
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::collections::{BTreeSet, HashSet};
use std::mem;

/// Finds old blocks to delete, some with each checkpoint, and everything in them. It goes round the
/// archive: a checkpoint looks at two blocks for each that it adds and at 1,000 more, whatever the number
/// of blocks and snapshots, and the next one goes on after them. Where it is is in memory only.
#[derive(Clone, Debug)]
pub struct BlockPruner {
    pub(crate) keep: u64,
    /// It goes on after this position. No state after it is made from one before it.
    last: Position,
}

impl BlockPruner {
    /// Keeps the genesis block, the newest `blocks` blocks, and the blocks in memory.
    ///
    /// It also keeps every block that a transaction can still be based on, so that no verdict depends
    /// on pruning, and what each snapshot needs for the same after a revert to it. Blocks that a revert
    /// abandoned go, whatever their age.
    pub fn keeping(blocks: u64) -> Self {
        Self { keep: blocks, last: Position::default() }
    }

    /// Lets `checkpoint`, one of `chain`, delete what is found.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn prune(&mut self, chain: &Chain, checkpoint: &mut Checkpoint) -> Result<(), StateError> {
        let Some(archive) = chain.history.archive() else { return Ok(()) };
        let most = checkpoint.blocks.len().saturating_mul(2).saturating_add(MORE);
        let mut old = OldBlocks::default();
        let end = self.find(chain, archive, most, &mut old)?;
        self.last = end.unwrap_or_default();
        let OldBlocks { mut pruned, names, .. } = old;
        pruned.names = Chain::unused(archive, &pruned, names)?;
        checkpoint.pruned = pruned;
        Ok(())
    }

    /// Looks at `most` positions. Returns where to go on; none after the last position.
    fn find(
        &self,
        chain: &Chain,
        archive: &CachedArchive,
        most: usize,
        old: &mut OldBlocks,
    ) -> Result<Option<Position>, StateError> {
        let holds = chain.holds();
        let (mut last, mut go_on) = (self.last, self.last);
        for _ in 0..most {
            let Some(at) = archive.source.position_above(last)? else {
                old.let_go();
                return Ok(None);
            };
            let before = mem::replace(&mut last, at);
            let held = holds.at(at);
            if old.pending.is_empty() {
                go_on = before;
                if let Some((end, _)) = held.filter(|(_, held)| chain.is_recent(held, at.height)) {
                    last = end;
                    continue;
                }
            }
            if at.height == chain.genesis_block().height() {
                continue;
            }
            let Some(block) = archive.read(at)? else { continue };
            if !block.state.is_remade() {
                old.let_go();
                go_on = before;
            }
            match held {
                Some((end, held)) if chain.needs(&held, &block, self.keep) => {
                    old.pending.clear();
                    last = end;
                }
                _ => {
                    let abandoned = held.is_none().then(|| chain.leaf(&block));
                    old.pending.push((at, block, abandoned));
                }
            }
        }
        Ok(Some(if old.pending.is_empty() { last } else { go_on }))
    }
}

impl Chain {
    /// Drops old blocks and everything in them from memory. It keeps the genesis block, the newest
    /// `keep` blocks and those that are not final. States that only the dropped blocks had are freed.
    /// Does nothing on a chain with an archive, which a [`BlockPruner`] prunes.
    ///
    /// No verdict depends on it: the hash and time of a block are kept while a transaction can be
    /// based on it. The tree of all blocks is kept for good, for light-client proofs.
    pub fn prune_memory(&mut self, keep: u64) {
        if self.history.archive().is_some() {
            return;
        }
        let keep = usize::try_from(keep).unwrap_or(usize::MAX).max(1);
        let dropped = self.history.in_memory().saturating_sub(keep);
        let Some(first) = self.history.heights_in_memory().nth(dropped) else { return };
        let first = first.min(self.final_head().height());
        let mut history = self.history.clone();
        history.prune(first, |height, time_ns| !self.is_too_old(height, time_ns));
        self.history = history;
    }

    /// What the chain and its snapshots hold on to.
    fn holds(&self) -> Holds {
        let of_chain = Extent {
            // Those are in memory.
            needed_from: self.history.lowest_in_memory().unwrap_or(BlockHeight::MAX),
            ..self.extent()
        };
        let snapshots = self.carried.snapshots.iter().map(|saved| &saved.at);
        Holds::of([&of_chain].into_iter().chain(snapshots))
    }

    /// The names of pruned blocks that no other block of their branch has: a receipt that ran later is in
    /// two blocks, and so is a transaction that was sent again.
    fn unused(
        archive: &CachedArchive,
        pruned: &Pruned,
        names: BTreeSet<(CryptoHash, u64)>,
    ) -> Result<Vec<(CryptoHash, u64)>, StateError> {
        let gone: HashSet<_> = pruned.positions().collect();
        let mut unused = Vec::new();
        for (name, branch) in names {
            let Some(known) = archive.named_on(branch, &name)? else { continue };
            let mut used = false;
            for height in known.height.into_iter().chain(known.ran) {
                let at = Position { branch, height };
                used |= !gone.contains(&at) && archive.source.block(at)?.is_some();
            }
            if !used {
                unused.push((name, branch));
            }
        }
        Ok(unused)
    }

    /// Whether one of the chains that have a block needs it, to go on or to answer.
    fn needs(&self, held: &Held, block: &SealedBlock, keep: u64) -> bool {
        let newer = held.ordinal.saturating_sub(block.header.block_ordinal());
        let (height, timestamp_ns) = (block.height(), block.header.raw_timestamp());
        newer < keep
            || self.is_recent(held, height)
            || !self.is_too_old_at((held.height, held.timestamp_ns), height, timestamp_ns)
    }

    /// Whether its height alone says so.
    fn is_recent(&self, held: &Held, height: BlockHeight) -> bool {
        height >= held.needed_from || !self.is_too_old_at((held.height, u64::MAX), height, 0)
    }
}

impl SealedBlock {
    /// All hashes whose index entries refer to the block.
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

/// Blocks to be pruned.
#[derive(Default)]
struct OldBlocks {
    pruned: Pruned,
    names: BTreeSet<(CryptoHash, u64)>,
    /// Old as well, but states of blocks after them may be made from theirs: position, block, and, if a
    /// revert abandoned it, its leaf in the tree of blocks.
    pending: Vec<(Position, SealedBlock, Option<u64>)>,
}

impl OldBlocks {
    /// No state is made from those of the pending blocks.
    fn let_go(&mut self) {
        for (at, block, abandoned) in self.pending.drain(..) {
            match abandoned {
                Some(leaf) => self.pruned.abandoned.push((at, leaf)),
                None => self.pruned.blocks.push(at),
            }
            self.names.extend(block.names().map(|name| (name, at.branch)));
        }
    }
}

/// How many positions a checkpoint may look at besides two for each block that it adds.
const MORE: usize = if cfg!(test) { 100 } else { 1_000 };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::input::Input;
    use crate::tests::chain::{Drive, NOW, chain, transfer};
    use near_primitives::merkle::verify_hash;

    const SECOND: u64 = 1_000_000_000;

    /// A chain with a transfer in every tenth second, and its twin that keeps 20 blocks.
    fn twins(seconds: u64) -> (Chain, Chain) {
        let (mut plain, mut pruned) = (chain(), chain());
        for second in 1..=seconds {
            let now_ns = NOW + second * SECOND;
            let input = match second % 10 {
                0 => Input::block(vec![transfer(second, *plain.head().hash())]),
                _ => Input::Tick,
            };
            plain.apply(input.clone(), now_ns).unwrap();
            pruned.apply(input, now_ns).unwrap();
            pruned.prune_memory(20);
        }
        (plain, pruned)
    }

    #[test]
    fn memory_holds_the_newest_blocks_and_the_genesis() {
        let (plain, pruned) = twins(400);
        assert_eq!(pruned.head().hash(), plain.head().hash());
        assert_eq!((plain.blocks_in_memory(), pruned.blocks_in_memory()), (401, 20));
        assert_eq!(pruned.earliest_block().unwrap().height(), 381);
        assert_eq!(
            pruned.block_by_height(0).unwrap().unwrap().hash(),
            plain.genesis_block().hash()
        );
        for height in 1..=400 {
            let block = plain.block_by_height(height).unwrap().unwrap();
            let found = pruned.block_by_height(height).unwrap().map(|block| *block.hash());
            assert_eq!(found, (height > 380).then_some(*block.hash()));
            assert_eq!(pruned.block_by_hash(block.hash()).unwrap().is_some(), height > 380);
            assert_eq!(pruned.chunk(block.chunk_hash()).unwrap().is_some(), height > 380);
            for outcome in &block.outcomes {
                assert_eq!(pruned.outcome(&outcome.id).unwrap().is_some(), height > 380);
            }
            for transaction in &block.transactions {
                let hash = transaction.get_hash();
                assert_eq!(pruned.transaction(&hash).unwrap().is_some(), height > 380);
            }
        }
    }

    #[test]
    fn a_pruned_block_is_freed() {
        let (_, mut pruned) = twins(30);
        let old = std::sync::Arc::downgrade(&pruned.block_by_height(15).unwrap().unwrap());
        assert!(old.upgrade().is_some());
        for second in 31..60 {
            pruned.tick(NOW + second * SECOND).unwrap();
        }
        pruned.prune_memory(20);
        assert!(old.upgrade().is_none());
    }

    #[test]
    fn verdicts_are_the_same_without_the_pruned_blocks() {
        let (plain, pruned) = twins(300);
        let verdict = |chain: &Chain, height| {
            let base = *plain.block_by_height(height).unwrap().unwrap().hash();
            chain.admit(&transfer(1_000 + height, base)).map_err(|refused| refused.to_string())
        };
        let accepted = (0..=300).filter(|height| verdict(&pruned, *height).is_ok()).count();
        assert_eq!(accepted, 101);
        assert!((0..=300).all(|height| verdict(&pruned, height) == verdict(&plain, height)));
    }

    #[test]
    fn proofs_still_lead_to_the_root_of_all_blocks() {
        let (plain, pruned) = twins(100);
        let head = pruned.head();
        for height in [0, 90] {
            let block = plain.block_by_height(height).unwrap().unwrap();
            let proof = pruned.block_proof(&block, head).unwrap().unwrap();
            assert!(verify_hash(*head.header.block_merkle_root(), &proof, *block.hash()));
        }
    }

    #[test]
    fn blocks_that_are_not_final_stay() {
        let mut chain = chain();
        (0..10).for_each(|_| chain.tick(NOW).unwrap());
        chain.prune_memory(0);
        assert_eq!(chain.blocks_in_memory(), 3);
        assert_eq!(chain.final_head().height(), 8);
        chain.tick(NOW).unwrap();
    }
}
