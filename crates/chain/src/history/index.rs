//! The history: blocks, transactions, outcomes and receipts by hash.
//!
//! The maps are values: a snapshot of a chain shares them with the chain. They do not contain what
//! was evicted to the archive.

mod pack;
mod prune;
mod store;
mod tree;

use crate::blocks::block::SealedBlock;
use crate::history::archive::CachedArchive;
use crate::history::lineage::{Lineage, Position};
use crate::history::made::MadeStates;
use crate::history::names::Names;
use crate::history::packed::{Kept, Same};
use crate::history::stored::Named as ArchivedName;
use crate::history::subtrees::Subtrees;
use crate::history::unpacked::UnpackedBlocks;
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::MerklePath;
use near_primitives::receipt::Receipt;
use near_primitives::sharding::ChunkHash;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::types::{BlockHeight, Gas};
use prune::PrunedBlock;
use std::collections::{HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

/// A transaction and the block that carries it.
#[derive(Clone, Debug)]
pub struct TransactionEntry {
    /// The transaction as it was sent.
    pub transaction: SignedTransaction,
    /// The block that carries it.
    pub block: Arc<SealedBlock>,
}

/// An outcome and its block.
#[derive(Clone, Debug)]
pub struct OutcomeEntry {
    /// The outcome, with the hash of its transaction or the id of its receipt.
    pub outcome: ExecutionOutcomeWithId,
    /// The block that ran it.
    pub block: Arc<SealedBlock>,
    index: usize,
}

impl OutcomeEntry {
    /// The Merkle path from the outcome to the root of its block's outcomes.
    pub fn proof(&self) -> MerklePath {
        let (_, paths) = self.block.outcome_paths();
        paths[self.index].clone()
    }
}

/// The history of a chain, in memory and in an archive.
#[derive(Clone, Default)]
pub(crate) struct History {
    first: Option<Arc<SealedBlock>>,
    by_height: imbl::OrdMap<BlockHeight, Kept>,
    /// The height from which on blocks are whole; see `pack`.
    first_whole: BlockHeight,
    /// An estimate of the memory of whole blocks, bytes.
    whole_weight: usize,
    /// Blocks that were pruned from memory, of a chain without an archive.
    pruned: imbl::OrdMap<BlockHeight, PrunedBlock>,
    /// An estimate of the memory of these blocks, bytes.
    weight: usize,
    /// The gas that these blocks burnt.
    gas_burnt: Gas,
    heights: Names<BlockHeight>,
    chunk_heights: Names<BlockHeight>,
    transactions: Names<Place>,
    outcomes: Names<Place>,
    receipts: Names<ReceiptPlace>,
    origins: Names<Origin>,
    unpacked: UnpackedBlocks<Same>,
    made: MadeStates,
    subtrees: Subtrees,
    archive: Option<CachedArchive>,
    /// Where its blocks are.
    lineage: Lineage,
}

/// A block, and the index of something in one of its lists.
#[derive(Clone, Copy)]
struct Place {
    height: BlockHeight,
    index: usize,
}

/// The transaction that caused a receipt, and the block that sent it.
#[derive(Clone, Copy)]
struct Origin {
    transaction: CryptoHash,
    height: BlockHeight,
}

#[derive(Clone, Copy)]
enum ReceiptPlace {
    Outgoing(Place),
    Processed(Place),
}

impl ReceiptPlace {
    fn block(&self) -> Place {
        let (ReceiptPlace::Outgoing(at) | ReceiptPlace::Processed(at)) = self;
        *at
    }
}

type Found<T> = Result<Option<T>, StateError>;

impl History {
    /// Only the first block is in memory; the others are in the archive. There are `leaves` in all.
    pub(crate) fn on(
        archive: CachedArchive,
        first: Arc<SealedBlock>,
        lineage: Lineage,
        leaves: u64,
    ) -> Self {
        let subtrees = Subtrees::after(leaves);
        Self { first: Some(first), archive: Some(archive), lineage, subtrees, ..Self::default() }
    }

    /// The branches of its blocks.
    pub(crate) fn lineage(&self) -> &Lineage {
        &self.lineage
    }

    /// The blocks from `first` on are on `branch`, a new one. Those in memory may move there; others
    /// have been abandoned.
    pub(crate) fn branch(&mut self, first: BlockHeight, branch: u64) {
        self.lineage = self.lineage.branched(first, branch);
    }

    /// Adds a block and everything in it.
    ///
    /// # Errors
    /// When the archive cannot be read. Nothing is added then.
    pub(crate) fn push(&mut self, block: &Arc<SealedBlock>) -> Result<(), StateError> {
        let origins = self.origins_in(block)?;
        let height = block.height();
        self.first.get_or_insert_with(|| block.clone());
        self.by_height.insert(height, Kept::Whole(block.clone()));
        let weight = block.weight();
        self.weight += weight;
        self.whole_weight += weight;
        self.gas_burnt = self.gas_burnt.saturating_add(block.gas_used);
        self.heights.extend([(*block.hash(), height)]);
        self.chunk_heights.extend([(block.chunk_hash().0, height)]);
        let places = || (0..).map(|index| Place { height, index });
        self.transactions
            .extend(block.transactions.iter().map(SignedTransaction::get_hash).zip(places()));
        self.outcomes.extend(block.outcomes.iter().map(|outcome| outcome.id).zip(places()));
        self.receipts.extend(self.receipts_in(block));
        let origin = |(id, transaction)| (id, Origin { transaction, height });
        self.origins.extend(origins.into_iter().map(origin));
        Ok(())
    }

    /// The places of receipts that no earlier block has.
    fn receipts_in(&self, block: &SealedBlock) -> Vec<(CryptoHash, ReceiptPlace)> {
        let places = || (0..).map(|index| Place { height: block.height(), index });
        let processed = block.processed.iter().zip(places());
        let outgoing = block.outgoing.iter().zip(places());
        processed
            .map(|(receipt, at)| (*receipt.receipt_id(), ReceiptPlace::Processed(at)))
            // A delayed receipt has a place already, in the block that sent it.
            .filter(|(id, _)| !self.receipts.contains(id))
            .chain(outgoing.map(|(sent, at)| (*sent.receipt_id(), ReceiptPlace::Outgoing(at))))
            .collect()
    }

    /// The transaction that caused each new receipt: the one that caused the outcome that sent it.
    fn origins_in(
        &self,
        block: &SealedBlock,
    ) -> Result<HashMap<CryptoHash, CryptoHash>, StateError> {
        let sent: HashSet<_> = block.transactions.iter().map(SignedTransaction::get_hash).collect();
        let mut origins = HashMap::new();
        for outcome in block.outcomes.iter().filter(|entry| !entry.outcome.receipt_ids.is_empty()) {
            let origin = match origins.get(&outcome.id) {
                Some(origin) => Some(*origin),
                None if sent.contains(&outcome.id) => Some(outcome.id),
                None => self.origin(&outcome.id)?,
            };
            let Some(origin) = origin else { continue };
            origins.extend(outcome.outcome.receipt_ids.iter().map(|id| (*id, origin)));
        }
        Ok(origins)
    }

    pub(crate) fn by_height(&self, height: BlockHeight) -> Found<Arc<SealedBlock>> {
        match (self.by_height.get(&height), &self.archive) {
            (Some(kept), _) => self.unpacked(kept).map(Some),
            (None, Some(archive)) => archive.block(self.lineage.position(height)),
            // The genesis block outlives pruning.
            (None, None) => Ok(self.first.clone().filter(|first| first.height() == height)),
        }
    }

    pub(crate) fn by_hash(&self, hash: &CryptoHash) -> Found<Arc<SealedBlock>> {
        let height = match self.heights.get(hash) {
            Some(height) => Some(*height),
            None => self.archived(hash)?.and_then(|named| named.height),
        };
        let Some(height) = height else { return Ok(None) };
        Ok(self.by_height(height)?.filter(|block| block.hash() == hash))
    }

    pub(crate) fn by_chunk(&self, hash: &ChunkHash) -> Found<Arc<SealedBlock>> {
        let height = match self.chunk_heights.get(&hash.0) {
            Some(height) => Some(*height),
            None => self.archived(&hash.0)?.and_then(|named| named.height),
        };
        let Some(height) = height else { return Ok(None) };
        Ok(self.by_height(height)?.filter(|block| block.chunk_hash() == hash))
    }

    /// Whether a transaction is in a whole block.
    pub(crate) fn has_in_memory(&self, transaction: &CryptoHash) -> bool {
        self.transactions.get(transaction).is_some_and(|at| at.height >= self.first_whole)
    }

    /// A whole block in memory. The newest final block and all newer ones are.
    pub(crate) fn recent(&self, hash: &CryptoHash) -> Option<&Arc<SealedBlock>> {
        self.by_height.get(self.heights.get(hash)?)?.whole()
    }

    /// The heights of the blocks in memory, lowest first.
    pub(crate) fn heights_in_memory(&self) -> impl Iterator<Item = BlockHeight> {
        self.by_height.keys().copied()
    }

    /// The blocks in memory from a position on, newest first.
    pub(crate) fn newest_from(&self, first: Position) -> impl Iterator<Item = (Position, &Kept)> {
        let blocks = self.by_height.iter().rev();
        let blocks = blocks.map(|(height, block)| (self.lineage.position(*height), block));
        blocks.take_while(move |(at, _)| *at >= first)
    }

    /// How many blocks are in memory.
    pub(crate) fn in_memory(&self) -> usize {
        self.by_height.len()
    }

    /// The lowest height of a block in memory.
    pub(crate) fn lowest_in_memory(&self) -> Option<BlockHeight> {
        self.by_height.get_min().map(|(lowest, _)| *lowest)
    }

    /// The archive with the older blocks.
    pub(crate) fn archive(&self) -> Option<&CachedArchive> {
        self.archive.as_ref()
    }

    /// An estimate of their memory, bytes.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// The gas that the blocks in memory burnt.
    pub(crate) fn gas_burnt(&self) -> Gas {
        self.gas_burnt
    }

    /// The first block above `height`.
    pub(crate) fn after(&self, height: BlockHeight) -> Found<Arc<SealedBlock>> {
        let lowest = self.lowest_in_memory();
        if let Some(archive) = &self.archive
            && lowest.is_none_or(|lowest| height < lowest)
        {
            let above = match self.first.as_ref().is_some_and(|first| first.height() == height) {
                true => archive.second(&self.lineage, height)?,
                false => archive
                    .above(&self.lineage, height)?
                    .map_or(Ok(None), |at| self.by_height(at.height))?,
            };
            if above.is_some() {
                return Ok(above);
            }
        }
        let above = (Bound::Excluded(height), Bound::Unbounded);
        self.by_height.range(above).next().map(|(_, kept)| self.unpacked(kept)).transpose()
    }

    /// The genesis block.
    pub(crate) fn oldest(&self) -> Option<&Arc<SealedBlock>> {
        self.first.as_ref()
    }

    pub(crate) fn transaction(&self, hash: &CryptoHash) -> Found<TransactionEntry> {
        if let Some(Place { height, index }) = self.transactions.get(hash) {
            let Some(block) = self.in_memory_at(*height)? else { return Ok(None) };
            let transaction = block.transactions.get(*index).cloned();
            return Ok(transaction.map(|transaction| TransactionEntry { transaction, block }));
        }
        let Some(block) = self.archived_block(hash, |named| named.height)? else { return Ok(None) };
        let found = block.transactions.iter().find(|transaction| transaction.get_hash() == *hash);
        let found = found.cloned();
        Ok(found.map(|transaction| TransactionEntry { transaction, block }))
    }

    pub(crate) fn outcome(&self, id: &CryptoHash) -> Found<OutcomeEntry> {
        let (block, index) = match self.outcomes.get(id) {
            Some(at) => (self.in_memory_at(at.height)?, Some(at.index)),
            None => {
                let block = self.archived_block(id, |named| named.ran)?;
                let place = |block: &Arc<SealedBlock>| {
                    block.outcomes.iter().position(|outcome| outcome.id == *id)
                };
                let index = block.as_ref().and_then(place);
                (block, index)
            }
        };
        let (Some(block), Some(index)) = (block, index) else { return Ok(None) };
        let outcome = block.outcomes.get(index).cloned();
        Ok(outcome.map(|outcome| OutcomeEntry { outcome, block, index }))
    }

    pub(crate) fn receipt(&self, id: &CryptoHash) -> Found<Receipt> {
        if let Some(place) = self.receipts.get(id) {
            let Some(block) = self.in_memory_at(place.block().height)? else { return Ok(None) };
            let receipt = match place {
                ReceiptPlace::Outgoing(at) => block.outgoing.get(at.index),
                ReceiptPlace::Processed(at) => block.processed.get(at.index),
            };
            return Ok(receipt.cloned());
        }
        let Some(block) = self.archived_block(id, |named| named.height)? else { return Ok(None) };
        let mut receipts = block.outgoing.iter().chain(&block.processed);
        Ok(receipts.find(|receipt| receipt.receipt_id() == id).cloned())
    }

    /// The transaction that caused the receipt `id`; `id` itself if it is a transaction's hash.
    pub(crate) fn origin(&self, id: &CryptoHash) -> Found<CryptoHash> {
        if let Some(origin) = self.origins.get(id) {
            return Ok(Some(origin.transaction));
        }
        if self.transactions.contains(id) {
            return Ok(Some(*id));
        }
        Ok(self.archived(id)?.and_then(|named| named.origin))
    }

    fn in_memory_at(&self, height: BlockHeight) -> Found<Arc<SealedBlock>> {
        self.by_height.get(&height).map(|kept| self.unpacked(kept)).transpose()
    }

    fn archived(&self, name: &CryptoHash) -> Found<ArchivedName> {
        self.archive.as_ref().map_or(Ok(None), |archive| archive.named(&self.lineage, name))
    }

    fn archived_block(
        &self,
        name: &CryptoHash,
        at: impl FnOnce(ArchivedName) -> Option<BlockHeight>,
    ) -> Found<Arc<SealedBlock>> {
        match self.archived(name)?.and_then(at) {
            Some(height) => self.by_height(height),
            None => Ok(None),
        }
    }
}
