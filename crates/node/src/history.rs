//! What happened: blocks, transactions, outcomes and receipts by name.
//!
//! The maps are persistent: a snapshot of a chain shares them with the chain it was taken from.

use crate::block::SealedBlock;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::MerklePath;
use near_primitives::receipt::Receipt;
use near_primitives::sharding::ChunkHash;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::types::BlockHeight;
use std::ops::Bound;
use std::sync::Arc;

/// A transaction and the block that carries it.
#[derive(Clone, Copy, Debug)]
pub struct TransactionEntry<'a> {
    /// The transaction as it was sent.
    pub transaction: &'a SignedTransaction,
    /// The block that carries it.
    pub block: &'a Arc<SealedBlock>,
}

/// An outcome and the block that it came about in.
#[derive(Clone, Copy, Debug)]
pub struct OutcomeEntry<'a> {
    /// The outcome, named by the transaction or receipt that it is of.
    pub outcome: &'a ExecutionOutcomeWithId,
    /// The block that ran it.
    pub block: &'a Arc<SealedBlock>,
    index: usize,
}

impl OutcomeEntry<'_> {
    /// The Merkle path from the outcome to the root of its block's outcomes.
    pub fn proof(&self) -> MerklePath {
        let (_, paths) = self.block.outcome_paths();
        paths[self.index].clone()
    }
}

/// Everything that a chain remembers.
#[derive(Clone, Default)]
pub(crate) struct History {
    by_height: imbl::OrdMap<BlockHeight, Arc<SealedBlock>>,
    heights: Named<BlockHeight>,
    chunk_heights: Named<BlockHeight>,
    transactions: Named<Place>,
    outcomes: Named<Place>,
    receipts: Named<ReceiptPlace>,
    origins: Named<CryptoHash>,
}

/// What is named by a hash. Values are plain numbers: a snapshot makes the next write copy nodes of
/// these trees, and counting references to blocks would be most of that work.
type Named<T> = imbl::OrdMap<CryptoHash, T>;

/// Where in the chain something is.
#[derive(Clone, Copy)]
struct Place {
    height: BlockHeight,
    index: usize,
}

#[derive(Clone, Copy)]
enum ReceiptPlace {
    Outgoing(Place),
    Processed(Place),
}

impl History {
    /// Remembers a block with all that is in it.
    pub(crate) fn push(&mut self, block: &Arc<SealedBlock>) {
        let height = block.height();
        self.by_height.insert(height, block.clone());
        self.heights.insert(*block.hash(), height);
        self.chunk_heights.insert(block.chunk_hash().0, height);
        let place = |index| Place { height, index };
        for (index, transaction) in block.transactions.iter().enumerate() {
            self.transactions.insert(transaction.get_hash(), place(index));
        }
        for (index, receipt) in block.processed.iter().enumerate() {
            // One that was delayed is remembered already, from the block that sent it.
            let id = *receipt.receipt_id();
            self.receipts.entry(id).or_insert_with(|| ReceiptPlace::Processed(place(index)));
        }
        for (index, receipt) in block.outgoing.iter().enumerate() {
            self.receipts.insert(*receipt.receipt_id(), ReceiptPlace::Outgoing(place(index)));
        }
        for (index, outcome) in block.outcomes.iter().enumerate() {
            self.outcomes.insert(outcome.id, place(index));
            self.trace(outcome);
        }
    }

    /// The receipts of an outcome come from the transaction that the outcome itself comes from.
    fn trace(&mut self, outcome: &ExecutionOutcomeWithId) {
        let origin = self
            .origins
            .get(&outcome.id)
            .copied()
            .or_else(|| self.transactions.contains_key(&outcome.id).then_some(outcome.id));
        let Some(origin) = origin else { return };
        for receipt_id in &outcome.outcome.receipt_ids {
            self.origins.insert(*receipt_id, origin);
        }
    }

    pub(crate) fn by_height(&self, height: BlockHeight) -> Option<&Arc<SealedBlock>> {
        self.by_height.get(&height)
    }

    pub(crate) fn by_hash(&self, hash: &CryptoHash) -> Option<&Arc<SealedBlock>> {
        self.by_height(*self.heights.get(hash)?)
    }

    pub(crate) fn by_chunk(&self, hash: &ChunkHash) -> Option<&Arc<SealedBlock>> {
        self.by_height(*self.chunk_heights.get(&hash.0)?)
    }

    /// The blocks below `height`, oldest first.
    pub(crate) fn before(&self, height: BlockHeight) -> impl Iterator<Item = &Arc<SealedBlock>> {
        self.by_height.range(..height).map(|(_, block)| block)
    }

    /// The first block above `height`.
    pub(crate) fn after(&self, height: BlockHeight) -> Option<&Arc<SealedBlock>> {
        let above = (Bound::Excluded(height), Bound::Unbounded);
        self.by_height.range(above).next().map(|(_, block)| block)
    }

    /// The oldest block, which is the genesis.
    pub(crate) fn oldest(&self) -> Option<&Arc<SealedBlock>> {
        self.by_height.get_min().map(|(_, block)| block)
    }

    pub(crate) fn transaction(&self, hash: &CryptoHash) -> Option<TransactionEntry<'_>> {
        let Place { height, index } = *self.transactions.get(hash)?;
        let block = self.by_height(height)?;
        Some(TransactionEntry { transaction: block.transactions.get(index)?, block })
    }

    pub(crate) fn outcome(&self, id: &CryptoHash) -> Option<OutcomeEntry<'_>> {
        let Place { height, index } = *self.outcomes.get(id)?;
        let block = self.by_height(height)?;
        Some(OutcomeEntry { outcome: block.outcomes.get(index)?, block, index })
    }

    pub(crate) fn receipt(&self, id: &CryptoHash) -> Option<&Receipt> {
        match *self.receipts.get(id)? {
            ReceiptPlace::Outgoing(at) => self.by_height(at.height)?.outgoing.get(at.index),
            ReceiptPlace::Processed(at) => self.by_height(at.height)?.processed.get(at.index),
        }
    }

    pub(crate) fn origin(&self, receipt_id: &CryptoHash) -> Option<&CryptoHash> {
        self.origins.get(receipt_id)
    }
}
