//! Sealing a block: header, chunk, application, bookkeeping.

use crate::blocks::block::SealedBlock;
use crate::blocks::header::{
    BlockParts, ChunkParts, block_header, chunk_header, encode_chunk, outgoing_root,
};
use crate::blocks::next_block::NextBlock;
use crate::blocks::pace::Reason;
use crate::chain::Chain;
use crate::epochs::stake_update::stake_update;
use crate::history::work::Work;
use keyway_engine::{
    BlockContext, BlockInput, BlockOutput, LeftOut, OnRefusal, StakeUpdate, StateError, apply_block,
};
use keyway_state::Trie;
use near_primitives::block::{Block, BlockHeader};
use near_primitives::sharding::ShardChunkHeader;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{Balance, BlockHeight, RawStateChangesWithTrieKey};
use std::mem::take;
use std::sync::{Arc, OnceLock};

/// The content of a block.
#[derive(Default)]
pub(crate) struct Content {
    /// In order; base block, form and signature were checked before.
    pub(crate) transactions: Vec<SignedTransaction>,
    /// How refused ones are treated.
    pub(crate) refused: OnRefusal,
    /// After those: signers that act without a key.
    pub(crate) impersonated: Vec<SignedTransaction>,
    /// Written after all receipts.
    pub(crate) patch: Vec<StateRecord>,
    /// Removed before that.
    pub(crate) removed: Vec<TrieKey>,
    /// Why the block is sealed.
    pub(crate) reason: Reason,
}

impl Chain {
    /// Seals a block on the head; returns the transactions that were left out. When all were, no
    /// block is sealed. On an error the chain is as it was.
    pub(crate) fn seal(
        &mut self,
        height: BlockHeight,
        content: Content,
        now_ns: u64,
    ) -> Result<Vec<LeftOut>, StateError> {
        let next = self.prepare_next(height, content.reason, now_ns);
        let prev = &self.head;
        let context = self.context_of(&next);
        let input = BlockInput {
            incoming: prev.outgoing.clone(),
            stake_update: self.stake_update(&next)?,
            transactions: content.transactions,
            refused: content.refused,
            impersonated: content.impersonated,
            patch: content.patch,
            removed: content.removed,
        };
        #[cfg(test)]
        tests::APPLICATIONS.set(tests::APPLICATIONS.get() + 1);
        let mut output = apply_block(&prev.state, &context, &input)?;
        let left_out = take(&mut output.left_out);
        if !left_out.is_empty() && left_out.len() == input.transactions.len() {
            return Ok(left_out);
        }
        let state = written(&prev.state, &output.changes)?;
        let mut transactions = without(input.transactions, &left_out);
        transactions.extend(input.impersonated);
        let chunk = self.chunk_header(&next, &transactions);
        let header = self.block_header(&next, &chunk);
        let block = self.sealed(header, chunk, context, transactions, output, state);
        self.history.push(&block)?;
        self.history.grow(&next.ancestors, *block.hash());
        self.give_up_after = self.give_up_after.map(|gas| gas.saturating_sub(block.gas_used));
        self.carried.work.add(Work { blocks: 1, bytes: block.weight(), gas: block.gas_used });
        self.schedule = next.schedule;
        self.ancestors = next.ancestors;
        self.pace = next.pace;
        self.timing = next.timing;
        self.head = block;
        let saved = self.history.pack(self.final_height());
        self.carried.work.bytes = self.carried.work.bytes.saturating_sub(saved);
        Ok(left_out)
    }

    /// Seals the next block without transactions.
    pub(crate) fn seal_empty(&mut self, reason: Reason, now_ns: u64) -> Result<(), StateError> {
        self.seal(self.next_height(), Content { reason, ..Content::default() }, now_ns).map(drop)
    }

    /// Seals blocks until no receipt is left to run, within a limit, and then until what ran is
    /// final.
    pub(crate) fn finalize(&mut self, now_ns: u64) -> Result<(), StateError> {
        for _ in 0..MAX_WORKING_BLOCKS {
            if !self.head.leaves_work() {
                break;
            }
            self.seal_empty(Reason::OnDemand, now_ns)?;
        }
        let last = self.head.height();
        while self.final_head().height() < last {
            self.seal_empty(Reason::OnDemand, now_ns)?;
        }
        Ok(())
    }

    pub(crate) fn next_height(&self) -> BlockHeight {
        self.head.height().saturating_add(1)
    }

    fn stake_update(&self, next: &NextBlock) -> Result<Option<StakeUpdate>, StateError> {
        if !next.begins {
            return Ok(None);
        }
        let prev = &self.head;
        let ended = prev.header.epoch_id();
        stake_update(&self.spec, &next.schedule, ended, &prev.proposals, &prev.state).map(Some)
    }

    /// The chunk's header: it starts from the state that the head's block left.
    fn chunk_header(
        &self,
        next: &NextBlock,
        transactions: &[SignedTransaction],
    ) -> ShardChunkHeader {
        let prev = &self.head;
        chunk_header(ChunkParts {
            version: self.spec.protocol.version,
            height: next.height,
            prev_block_hash: *prev.hash(),
            prev_state_root: prev.state.root(),
            prev_outcome_root: prev.outcome_paths().0,
            prev_outgoing_root: outgoing_root(&prev.outgoing),
            prev_gas_used: prev.gas_used,
            prev_balance_burnt: prev.balance_burnt,
            prev_proposals: prev.proposals.clone(),
            gas_limit: self.spec.genesis.gas_limit,
            encoded: encode_chunk(transactions, &prev.outgoing),
            transactions,
        })
    }

    fn block_header(&self, next: &NextBlock, chunk: &ShardChunkHeader) -> BlockHeader {
        let prev = &self.head.header;
        let follows = next.height == prev.height().saturating_add(1);
        let next_bp_hash =
            if next.begins { next.schedule.next_bp_hash(&self.spec) } else { *prev.next_bp_hash() };
        let parts = BlockParts {
            version: self.spec.protocol.version,
            height: next.height,
            prev_height: prev.height(),
            prev_hash: *prev.hash(),
            ordinal: prev.block_ordinal() + 1,
            timestamp_ns: next.timestamp_ns,
            random_value: next.random_value,
            epoch_id: next.schedule.running().id,
            next_epoch_id: next.schedule.running().next_id,
            next_bp_hash,
            next_gas_price: self.next_gas_price(chunk),
            total_supply: self.total_supply(next),
            last_final_block: *prev.last_final_block_for_height(next.height),
            last_ds_final_block: if follows { *prev.hash() } else { *prev.last_ds_final_block() },
            block_merkle_root: next.ancestors.root(),
        };
        block_header(parts, chunk)
    }

    /// The price for the block after: it follows the load that the chunk header reports.
    fn next_gas_price(&self, chunk: &ShardChunkHeader) -> Balance {
        let genesis = &self.spec.genesis;
        let price = self.head.header.next_gas_price();
        Block::compute_next_gas_price_checked(
            price,
            chunk.prev_gas_used(),
            chunk.gas_limit(),
            genesis.gas_price_adjustment_rate,
            self.spec.min_gas_price,
            genesis.max_gas_price,
        )
        .unwrap_or(price)
    }

    /// The supply after what the head's block burnt and what an epoch's first block mints.
    ///
    /// A patch may create yoctoNEAR outside the supply; burning those stops at zero.
    fn total_supply(&self, next: &NextBlock) -> Balance {
        let minted =
            if next.begins { next.schedule.next_info().rewards.minted } else { Balance::ZERO };
        let supply = self.head.header.total_supply().saturating_add(minted);
        supply.saturating_sub(self.head.balance_burnt)
    }

    fn sealed(
        &self,
        header: BlockHeader,
        chunk: ShardChunkHeader,
        context: BlockContext,
        transactions: Vec<SignedTransaction>,
        output: BlockOutput,
        state: Trie,
    ) -> Arc<SealedBlock> {
        Arc::new(SealedBlock {
            header,
            chunk,
            author: self.spec.author.clone(),
            transactions,
            incoming: self.head.outgoing.clone(),
            processed: shrunk(output.processed),
            outgoing: Arc::new(shrunk(output.outgoing)),
            outcomes: shrunk(output.outcomes),
            unknown_nodes: output.unknown_nodes,
            changes: output.changes,
            state,
            gas_used: output.gas_used,
            balance_burnt: output.balance_burnt,
            proposals: output.proposals,
            delayed: output.delayed,
            gas_price: context.gas_price,
            epoch_height: context.epoch_height,
            stakes: context.stakes,
            paths: OnceLock::new(),
        })
    }
}

/// The transactions without those that were left out, which are in the order of their positions.
fn without(transactions: Vec<SignedTransaction>, left_out: &[LeftOut]) -> Vec<SignedTransaction> {
    let mut gone = left_out.iter().map(|left| left.index).peekable();
    let stays = |(index, tx)| gone.next_if_eq(&index).is_none().then_some(tx);
    transactions.into_iter().enumerate().filter_map(stays).collect()
}

/// The state with a block's writes in it: of each key, the last change counts.
pub(crate) fn written(
    state: &Trie,
    changes: &[RawStateChangesWithTrieKey],
) -> Result<Trie, StateError> {
    state.apply(changes.iter().filter_map(|entry| {
        let last = entry.changes.last()?;
        Some((entry.trie_key.to_vec(), last.data.as_deref().map(Arc::from)))
    }))
}

/// Frees the unused capacity of a list: blocks are kept for long.
fn shrunk<T>(mut list: Vec<T>) -> Vec<T> {
    list.shrink_to_fit();
    list
}

/// How many blocks an input may seal for its receipts. Receipts that are left then run with later
/// inputs.
const MAX_WORKING_BLOCKS: usize = 500;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tests::chain::{Drive, NOW, chain, chain_with, transfer};
    use near_primitives::merkle::PartialMerkleTree;
    use near_primitives::receipt::Receipt;
    use near_primitives::trie_key::TrieKey;
    use near_primitives::types::{EpochId, Gas};
    use std::cell::Cell;

    std::thread_local! {
        /// How many blocks this thread has applied.
        pub(crate) static APPLICATIONS: Cell<usize> = const { Cell::new(0) };
    }

    fn ticked(blocks: usize) -> Chain {
        let mut chain = chain();
        for _ in 0..blocks {
            chain.tick(NOW).unwrap();
        }
        chain
    }

    #[test]
    fn finality_lags_two_blocks() {
        let chain = ticked(5);
        assert_eq!(chain.head().height(), 5);
        assert_eq!(chain.near_final().height(), 4);
        assert_eq!(chain.final_head().height(), 3);
        let fresh = ticked(0);
        assert_eq!(fresh.final_head().hash(), fresh.genesis_block().hash());
        assert_eq!(fresh.near_final().hash(), fresh.genesis_block().hash());
    }

    #[test]
    fn a_block_without_work_leaves_the_state_as_it_is() {
        let chain = ticked(3);
        assert_eq!(chain.head().state.root(), chain.genesis_block().state.root());
        assert!(chain.head().changes.is_empty());
    }

    #[test]
    fn a_skipped_height_delays_finality() {
        let mut chain = ticked(5);
        chain.seal(9, Content::default(), NOW).unwrap();
        assert_eq!((chain.near_final().height(), chain.final_head().height()), (4, 3));
        chain.tick(NOW).unwrap();
        assert_eq!((chain.near_final().height(), chain.final_head().height()), (9, 3));
        chain.tick(NOW).unwrap();
        assert_eq!((chain.near_final().height(), chain.final_head().height()), (10, 9));
    }

    #[test]
    fn blocks_hang_together() {
        // More epochs than nearcore keeps.
        let chain = ticked(400);
        for height in 1..=400 {
            let at = |height| chain.block_by_height(height).unwrap().unwrap();
            let (block, prev) = (at(height), at(height - 1));
            assert_eq!(block.header.prev_hash(), prev.hash());
            assert_eq!(block.header.block_ordinal(), height + 1);
            assert_eq!(block.chunk.prev_state_root(), prev.state.root());
            assert!(block.header.raw_timestamp() > prev.header.raw_timestamp());
            assert_eq!(block.block().check_validity(), Ok(()));
            assert_eq!(chain.block_by_hash(block.hash()).unwrap().unwrap().height(), height);
            assert_eq!(chain.chunk(block.chunk_hash()).unwrap().unwrap().height(), height);
        }
    }

    #[test]
    fn the_header_holds_the_merkle_root_of_all_ancestors() {
        let chain = ticked(3);
        let mut ancestors = PartialMerkleTree::default();
        for height in 0..3 {
            ancestors.insert(*chain.block_by_height(height).unwrap().unwrap().hash());
        }
        assert_eq!(*chain.head().header.block_merkle_root(), ancestors.root());
    }

    #[test]
    fn epochs_are_named_by_the_blocks_before_them() {
        let chain = ticked(125);
        let header = |height| chain.block_by_height(height).unwrap().unwrap().header.clone();
        let genesis = EpochId(*header(0).hash());
        assert_eq!(*header(1).epoch_id(), EpochId::default());
        assert_eq!(*header(1).next_epoch_id(), genesis);
        assert_eq!(*header(60).epoch_id(), EpochId::default());
        assert_eq!(*header(61).epoch_id(), genesis);
        assert_eq!(*header(61).next_epoch_id(), EpochId(*header(60).hash()));
        assert_eq!(*header(121).epoch_id(), EpochId(*header(60).hash()));
        assert_eq!(chain.head().epoch_height, 2);
        assert_eq!(chain.epoch_start_height(&genesis), Some(61));
    }

    #[test]
    fn an_epoch_mints_its_reward_in_the_next_ones_first_block() {
        const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;
        let mut chain = chain();
        for number in 1..=61 {
            chain.tick(NOW + number * DAY / 60).unwrap();
        }
        let supply = |height| chain.block_by_height(height).unwrap().unwrap().header.total_supply();
        assert_eq!(supply(60), supply(0));
        let minted = supply(61).checked_sub(supply(60)).unwrap();
        // 2,050,001,000 NEAR · 1/20 · 1/365 is 280,822.05 NEAR a day; the epoch lasts 1 s longer.
        assert_eq!(minted.as_near(), 280_825);
        let view = chain.validators(None).unwrap();
        assert_eq!(view.epoch_start_height, 61);
        assert_eq!(view.current_validators[0].stake.as_near(), 50_000_000);
        chain.tick(NOW + 3 * DAY).unwrap();
        let third = chain.schedule.next_info();
        assert_eq!(third.validators[0].stake().as_near(), 50_252_742);
    }

    #[test]
    fn the_gas_price_follows_the_load_within_its_bounds() {
        let mut chain = chain_with(|config| {
            config.min_gas_price = Balance::from_yoctonear(1_000);
            config.max_gas_price = Balance::from_yoctonear(1_010);
        });
        let used = |gas| {
            let mut chain = chain.clone();
            let mut head = SealedBlock::clone(&chain.head);
            head.gas_used = Gas::from_gas(gas);
            chain.head = Arc::new(head);
            chain.tick(NOW).unwrap();
            chain.head().header.next_gas_price().as_yoctonear()
        };
        assert_eq!(used(0), 1_000, "not below the minimum");
        assert_eq!(used(1_000_000_000_000_000), 1_005);
        assert_eq!(used(750_000_000_000_000), 1_002);
        chain.tick(NOW).unwrap();
        assert_eq!(chain.head().gas_price.as_yoctonear(), 1_000);
    }

    #[test]
    fn a_receipt_that_does_not_fit_waits_in_the_state_as_it_is() {
        let mut chain = chain_with(|config| config.gas_limit = Gas::from_gas(1));
        let base = *chain.head().hash();
        let transactions = vec![transfer(1, base), transfer(2, base)];
        chain.seal(1, Content { transactions, ..Content::default() }, NOW).unwrap();
        let second = chain.head().outgoing[1].clone();
        chain.tick(NOW).unwrap();
        assert!(chain.head().delayed);
        let row = TrieKey::DelayedReceipt { index: 0 }.to_vec();
        let stored = chain.head().state.get(&row).unwrap().unwrap();
        assert_eq!(borsh::from_slice::<Receipt>(&stored).unwrap(), second);
        chain.tick(NOW).unwrap();
        assert!(chain.outcome(second.receipt_id()).unwrap().is_some());
        assert!(chain.head().state.get(&row).unwrap().is_none());
    }

    #[test]
    fn burnt_balance_leaves_the_supply_one_block_later() {
        let mut chain = ticked(2);
        let before = chain.head().header.total_supply();
        let tx = transfer(1, *chain.head().hash());
        chain.submit(tx, NOW).unwrap();
        let at = |height| chain.block_by_height(height).unwrap().unwrap();
        let burnt = at(3).balance_burnt;
        assert!(!burnt.is_zero());
        assert_eq!(at(3).header.total_supply(), before);
        assert_eq!(at(4).header.total_supply(), before.checked_sub(burnt).unwrap());
        assert_eq!(at(4).chunk.prev_gas_used(), at(3).gas_used);
    }
}
