//! The trace of a transaction that is in a block.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::rerun::abis::{self, Abis};
use crate::rerun::budget::MAX_GAS;
use crate::rerun::build::Parts;
use crate::rerun::changes::{self, Changes};
use crate::rerun::error::TraceError;
use crate::rerun::recording::Recording;
use keyway_trace::Trace;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, RawStateChangesWithTrieKey};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

impl Chain {
    /// Everything that the transaction `hash` did: its blocks are applied again, and nothing is
    /// changed. Receipts that have not run are in it as pending.
    ///
    /// # Errors
    /// See [`TraceError`].
    pub fn trace(&self, hash: &CryptoHash) -> Result<Trace, TraceError> {
        let Some(entry) = self.transaction(hash)? else { return Err(self.no_trace(hash)) };
        let recording = Recording::of(*hash);
        let mut found = HashMap::new();
        let mut blocks = BTreeMap::from([(entry.block.height(), entry.block.clone())]);
        let (mut gas, mut impersonated) = (0_u64, false);
        while let Some((height, block)) = blocks.pop_first() {
            gas = gas.saturating_add(block.gas_used.as_gas());
            if gas > MAX_GAS {
                return Err(TraceError::TooMuch { gas, limit: MAX_GAS });
            }
            recording.begin_block(height);
            let (again, output) = self.run_again(&block, &recording)?;
            impersonated |= again.input.impersonated.iter().any(|tx| tx.get_hash() == *hash);
            collect(&recording, height, hash, &output.changes, &again.prev, &mut found)?;
            self.add_next(&recording, height, &mut blocks)?;
        }
        let parts = Parts {
            protocol: &self.spec.protocol,
            tx: &entry.transaction,
            impersonated,
            height: entry.block.height(),
            block_hash: Some(*entry.block.hash()),
            seen: recording.into_seen(),
            changes: found,
            waiting: &|id| self.receipt(id),
            code: &|height, account_id, contract| {
                let block = self.block_by_height(height).ok()??;
                let prev = self.block_by_hash(block.header.prev_hash()).ok()??;
                abis::code_in(&prev.state, account_id, contract)
            },
            abis: Abis::default(),
        };
        Ok(parts.build()?)
    }

    fn no_trace(&self, hash: &CryptoHash) -> TraceError {
        match self.refusal(hash) {
            Some(refusal) => TraceError::Refused { refusal: Box::new(refusal.clone()) },
            None => TraceError::UnknownTransaction { hash: *hash },
        }
    }

    /// Adds the later blocks that ran receipts which the block at `height` made.
    fn add_next(
        &self,
        recording: &Recording,
        height: BlockHeight,
        blocks: &mut BTreeMap<BlockHeight, Arc<SealedBlock>>,
    ) -> Result<(), TraceError> {
        let made = recording.seen().made_at(height);
        for id in made {
            if let Some(ran) = self.outcome(&id)?
                && ran.block.height() > height
            {
                blocks.insert(ran.block.height(), ran.block);
            }
        }
        Ok(())
    }
}

/// Collects what the wanted transaction and its receipts changed in the block at `height`.
pub(crate) fn collect(
    recording: &Recording,
    height: BlockHeight,
    tx_hash: &CryptoHash,
    block_changes: &[RawStateChangesWithTrieKey],
    prev: &SealedBlock,
    found: &mut HashMap<CryptoHash, Changes>,
) -> Result<(), TraceError> {
    let mut wanted = recording.seen().receipt_hashes_at(height);
    wanted.insert(*tx_hash, *tx_hash);
    Ok(changes::collect(block_changes, &prev.state, &wanted, found)?)
}

#[cfg(test)]
mod tests {
    use crate::history::archive::CachedArchive;
    use crate::inputs::input::Input;
    use crate::tests::chain::{Drive, MemoryArchive, NOW, account_record, chain, transfer};

    /// Counted in nodes of the trie and long values that are read from a store without a cache.
    #[test]
    fn tracing_reads_at_most_five_times_what_the_run_read() {
        let mut chain = chain();
        let name = |number| format!("account-{number}.near");
        let records = (0..2_000).map(|number| account_record(&name(number), 7, None));
        chain.apply(Input::Patch(records.collect()), NOW).unwrap();
        let (memory, _) = MemoryArchive::opened();
        let archive = CachedArchive::new(memory.clone(), 0);
        let checkpoint = chain.checkpoint(memory.next_row()).unwrap();
        memory.put(&checkpoint);
        let mut chain = chain.evict(&checkpoint.written(&archive)).unwrap();
        let sent = transfer(1, *chain.head().hash());
        let before = memory.rows_read();
        chain.submit(sent.clone(), NOW + 1).unwrap();
        let run = memory.rows_read() - before;
        let trace = chain.trace(&sent.get_hash()).unwrap();
        let traced = memory.rows_read() - before - run;
        assert!(run >= 8 && (1..=5 * run).contains(&traced), "{run} for the run, {traced} traced");
        assert_eq!(trace.frames.len(), 2);
    }
}
