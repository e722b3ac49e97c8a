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
    /// The Merkle path from the outcome to the root of its block's outcomes. Computed by each call.
    pub fn proof(&self) -> MerklePath {
        let (_, mut paths) = self.block.outcome_paths();
        paths.swap_remove(self.index)
    }
}

/// Everything that a chain remembers.
#[derive(Clone, Default)]
pub(crate) struct History {
    by_height: imbl::OrdMap<BlockHeight, Arc<SealedBlock>>,
    by_hash: imbl::HashMap<CryptoHash, Arc<SealedBlock>>,
    by_chunk: imbl::HashMap<ChunkHash, Arc<SealedBlock>>,
    transactions: imbl::HashMap<CryptoHash, Place>,
    outcomes: imbl::HashMap<CryptoHash, Place>,
    receipts: imbl::HashMap<CryptoHash, ReceiptPlace>,
    origins: imbl::HashMap<CryptoHash, CryptoHash>,
}

#[derive(Clone)]
struct Place {
    block: Arc<SealedBlock>,
    index: usize,
}

#[derive(Clone)]
enum ReceiptPlace {
    Outgoing(Place),
    Processed(Place),
}

impl History {
    /// Remembers a block with all that is in it.
    pub(crate) fn push(&mut self, block: &Arc<SealedBlock>) {
        self.by_height.insert(block.height(), block.clone());
        self.by_hash.insert(*block.hash(), block.clone());
        self.by_chunk.insert(block.chunk_hash().clone(), block.clone());
        let place = |index| Place { block: block.clone(), index };
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
        self.by_hash.get(hash)
    }

    pub(crate) fn by_chunk(&self, hash: &ChunkHash) -> Option<&Arc<SealedBlock>> {
        self.by_chunk.get(hash)
    }

    /// The oldest block, which is the genesis.
    pub(crate) fn oldest(&self) -> Option<&Arc<SealedBlock>> {
        self.by_height.get_min().map(|(_, block)| block)
    }

    pub(crate) fn transaction(&self, hash: &CryptoHash) -> Option<TransactionEntry<'_>> {
        let Place { block, index } = self.transactions.get(hash)?;
        Some(TransactionEntry { transaction: block.transactions.get(*index)?, block })
    }

    pub(crate) fn outcome(&self, id: &CryptoHash) -> Option<OutcomeEntry<'_>> {
        let Place { block, index } = self.outcomes.get(id)?;
        Some(OutcomeEntry { outcome: block.outcomes.get(*index)?, block, index: *index })
    }

    pub(crate) fn receipt(&self, id: &CryptoHash) -> Option<&Receipt> {
        match self.receipts.get(id)? {
            ReceiptPlace::Outgoing(place) => place.block.outgoing.get(place.index),
            ReceiptPlace::Processed(place) => place.block.processed.get(place.index),
        }
    }

    pub(crate) fn origin(&self, receipt_id: &CryptoHash) -> Option<&CryptoHash> {
        self.origins.get(receipt_id)
    }
}
