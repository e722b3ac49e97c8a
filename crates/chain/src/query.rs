//! Queries, which leave a chain unchanged.

use crate::blocks::block::SealedBlock;
use crate::blocks::header::whole_block;
use crate::blocks::sign;
use crate::blocks::timing::Timing;
use crate::chain::Chain;
use crate::epochs::view::EpochViews;
use crate::history::index::{OutcomeEntry, TransactionEntry};
use crate::inputs::input::Input;
use keyway_engine::{BlockContext, StateError, ViewCall, ViewError, view_call};
use keyway_rules::Protocol;
use keyway_state::read;
use near_chain_configs::GenesisConfig;
use near_primitives::block::{Block, BlockHeader};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::sharding::{ChunkHash, ShardChunkHeader};
use near_primitives::types::{AccountId, BlockHeight, BlockHeightDelta, EpochId};
use near_primitives::views::EpochValidatorInfo;
use std::sync::Arc;

impl Chain {
    /// The genesis without its records.
    pub fn genesis(&self) -> &GenesisConfig {
        &self.spec.genesis
    }

    /// The rules and prices in force.
    pub fn protocol(&self) -> &Protocol {
        &self.spec.protocol
    }

    /// The account that produces every block.
    pub fn author(&self) -> &AccountId {
        &self.spec.author
    }

    /// The newest block (finality `optimistic`).
    pub fn head(&self) -> &Arc<SealedBlock> {
        &self.head
    }

    /// The newest final block (finality `final`): two below the head unless heights were skipped.
    pub fn final_head(&self) -> &Arc<SealedBlock> {
        self.block_or_genesis(self.head.header.last_final_block())
    }

    /// Whether there were blocks before the chain's first one, which it does not have: a fork's are on
    /// the network, and those of a chain that was loaded from a dump are gone.
    pub fn begins_late(&self) -> bool {
        !self.genesis_block().header.is_genesis()
    }

    /// The height of the newest final block. Where the first blocks name blocks that the chain does not have,
    /// it is taken to have skipped no height.
    pub(crate) fn final_height(&self) -> BlockHeight {
        let last_final = self.head.header.last_final_block();
        match self.history.recent(last_final) {
            None if self.begins_late() => self.head.height().saturating_sub(2),
            _ => self.final_head().height(),
        }
    }

    /// The newest block that is final but for one more (finality `near-final`).
    pub fn near_final(&self) -> &Arc<SealedBlock> {
        self.block_or_genesis(self.head.header.last_ds_final_block())
    }

    /// The first block.
    pub fn genesis_block(&self) -> &Arc<SealedBlock> {
        self.history.oldest().unwrap_or(&self.head)
    }

    /// The hash by which clients tell chains apart: that of the genesis block, on a fork the network's.
    pub fn genesis_hash(&self) -> CryptoHash {
        let own = || self.spec.genesis_hash.unwrap_or(*self.genesis_block().hash());
        self.forked_from().map_or_else(own, |origin| origin.genesis_hash)
    }

    /// Whether `block` is the network's block that the chain was forked from. Its transactions,
    /// receipts and writes are not known.
    pub fn is_of_network(&self, block: &SealedBlock) -> bool {
        self.forked_from().is_some_and(|origin| origin.block.header.hash == *block.hash())
    }

    /// The oldest block after which none is missing: the genesis block, unless the blocks after it
    /// were pruned.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn earliest_block(&self) -> Result<Arc<SealedBlock>, StateError> {
        let genesis = self.genesis_block();
        let next = self.next_block(genesis)?;
        let gap = next.filter(|next| next.header.prev_hash() != genesis.hash());
        Ok(gap.unwrap_or_else(|| genesis.clone()))
    }

    /// The block at `height`; none if a fast-forward skipped it or it was pruned.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn block_by_height(
        &self,
        height: BlockHeight,
    ) -> Result<Option<Arc<SealedBlock>>, StateError> {
        self.history.by_height(height)
    }

    /// The block with this hash.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn block_by_hash(&self, hash: &CryptoHash) -> Result<Option<Arc<SealedBlock>>, StateError> {
        self.history.by_hash(hash)
    }

    /// The block that carries the chunk with this hash.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn chunk(&self, hash: &ChunkHash) -> Result<Option<Arc<SealedBlock>>, StateError> {
        self.history.by_chunk(hash)
    }

    /// An included transaction and its block.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn transaction(&self, hash: &CryptoHash) -> Result<Option<TransactionEntry>, StateError> {
        self.history.transaction(hash)
    }

    /// The first height after the running epoch, if all blocks from now on count.
    pub fn epoch_end_height(&self) -> BlockHeight {
        self.schedule.end(&self.spec)
    }

    /// Whether a transaction is in a block that is in memory: then what became of it is told without
    /// the archive.
    pub fn has_in_memory(&self, transaction: &CryptoHash) -> bool {
        self.history.has_in_memory(transaction)
    }

    /// Why a transaction was refused. Only the latest refusals are known.
    pub fn refusal(&self, hash: &CryptoHash) -> Option<&InvalidTxError> {
        self.refusals.get(hash)
    }

    /// The outcome of a transaction or receipt, named by hash or id.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn outcome(&self, id: &CryptoHash) -> Result<Option<OutcomeEntry>, StateError> {
        self.history.outcome(id)
    }

    /// A receipt that ran, or was sent and will run.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn receipt(&self, id: &CryptoHash) -> Result<Option<Receipt>, StateError> {
        self.history.receipt(id)
    }

    /// The hash of the transaction that caused a receipt, directly or through other receipts.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn transaction_of_receipt(
        &self,
        receipt_id: &CryptoHash,
    ) -> Result<Option<CryptoHash>, StateError> {
        Ok(self.history.origin(receipt_id)?.filter(|origin| origin != receipt_id))
    }

    /// A block's header with its producer's signature. The genesis is unsigned, as everywhere.
    pub fn signed_header(&self, block: &SealedBlock) -> BlockHeader {
        sign::signed_header(block, self.spec.options.signer.as_ref())
    }

    /// A chunk's header with its producer's signature.
    pub fn signed_chunk(&self, block: &SealedBlock) -> ShardChunkHeader {
        sign::signed_chunk(block, self.spec.options.signer.as_ref())
    }

    /// Block and chunk header, both signed, in the form that views are made from.
    pub fn signed_block(&self, block: &SealedBlock) -> Block {
        whole_block(self.signed_header(block), self.signed_chunk(block))
    }

    /// The epoch `id`, running or ended; the running one when no id is given. None for an epoch
    /// that has not begun.
    pub fn validators(&self, id: Option<&EpochId>) -> Option<EpochValidatorInfo> {
        self.epochs().validators(id)
    }

    /// The height of an epoch's first block; none when the epoch has not begun.
    pub fn epoch_start_height(&self, id: &EpochId) -> Option<BlockHeight> {
        self.epochs().first_height(id)
    }

    /// The input that moves the chain `delta_height` blocks ahead, by the delay between blocks of
    /// the chain's options.
    pub fn fast_forward_input(&self, delta_height: BlockHeightDelta) -> Input {
        let block_delay_ns = self.timing.step_ns().unwrap_or_else(|| self.spec.block_delay_ns());
        Input::FastForward { delta_height, block_delay_ns }
    }

    /// True when `block` is the newest final block or one before it.
    pub fn is_final(&self, block: &SealedBlock) -> bool {
        block.height() <= self.final_head().height()
    }

    /// Whether the next blocks run nothing but what is put into them: no receipt is on its way, and no
    /// call's time to wait for data can end.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn is_idle(&self) -> Result<bool, StateError> {
        Ok(!self.head.leaves_work() && !read::has_yields(&self.head.state)?)
    }

    /// How the times of blocks follow from the caller's.
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// How far the chain's time runs ahead of its caller's, nanoseconds; negative if it is behind.
    /// Zero while it does not run.
    pub fn time_offset_ns(&self) -> i128 {
        match self.timing {
            Timing::Running { offset_ns } => offset_ns,
            Timing::Frozen { .. } | Timing::Stepped { .. } => 0,
        }
    }

    /// Calls a contract's method on the state after block `at`, with that block's height and time;
    /// the seed of its random numbers is the state's root.
    ///
    /// # Errors
    /// See [`ViewError`].
    pub fn view_call(
        &self,
        at: &SealedBlock,
        account_id: &AccountId,
        method: &str,
        args: &[u8],
    ) -> Result<ViewCall, ViewError> {
        let context = BlockContext { random_value: at.state.root(), ..self.context_at(at) };
        view_call(&at.state, &context, account_id, method, args)
    }

    /// What contracts saw of `block` while it was applied.
    pub fn context_at(&self, block: &SealedBlock) -> BlockContext {
        BlockContext {
            height: block.height(),
            paced_height: block.height(),
            timestamp_ns: block.header.raw_timestamp(),
            gas_price: block.gas_price,
            gas_limit: self.spec.genesis.gas_limit,
            random_value: *block.header.random_value(),
            epoch_height: block.epoch_height,
            chain_id: self.spec.chain_id.clone(),
            protocol: self.spec.protocol.clone(),
            stakes: block.stakes.clone(),
            contracts: self.spec.contracts.clone(),
            give_up_after: None,
        }
    }

    fn epochs(&self) -> EpochViews<'_> {
        EpochViews { schedule: &self.schedule, author: &self.spec.author }
    }

    /// The block with this hash, which the head names as (nearly) final; the genesis block if none. The
    /// first blocks of a fork name blocks of the network; the block that it begins with is final.
    fn block_or_genesis(&self, hash: &CryptoHash) -> &Arc<SealedBlock> {
        let genesis = self.genesis_block();
        if *hash == CryptoHash::default() || hash == genesis.hash() {
            return genesis;
        }
        match self.history.recent(hash) {
            None if self.begins_late() => genesis,
            block => block.expect("the newest final block and newer ones are in memory"),
        }
    }
}
