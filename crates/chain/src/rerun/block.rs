//! A recorded block, applied again.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::rerun::error::TraceError;
use keyway_engine::{
    BlockContext, BlockInput, BlockOutput, OnRefusal, Recorder, Row, Written, rerun_block,
};
use near_crypto::{KeyType, PublicKey};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StateChangeCause;
use std::collections::HashSet;
use std::sync::Arc;

/// What a block was applied with, as far as its record tells.
pub(crate) struct Again {
    /// The block before, whose state it started from.
    pub(crate) prev: Arc<SealedBlock>,
    pub(crate) context: BlockContext,
    pub(crate) input: BlockInput,
    pub(crate) written: Written,
}

impl Chain {
    /// What `block` was applied with.
    ///
    /// # Errors
    /// [`TraceError::Pruned`] when the block before is gone.
    pub(crate) fn again(&self, block: &SealedBlock) -> Result<Again, TraceError> {
        let prev = self.block_by_hash(block.header.prev_hash())?;
        let prev = prev.ok_or(TraceError::Pruned { height: block.height() })?;
        let (impersonated, transactions) = split(block);
        let context = BlockContext {
            paced_height: self.paced_height(block, &prev)?,
            ..self.context_at(block)
        };
        let input = BlockInput {
            transactions,
            impersonated,
            refused: OnRefusal::Keep,
            incoming: block.incoming.clone(),
            ..BlockInput::default()
        };
        let written = Written {
            before: rows(block, &StateChangeCause::ValidatorAccountsUpdate),
            after: rows(block, &StateChangeCause::Migration),
        };
        Ok(Again { prev, context, input, written })
    }

    /// Applies `block` again while `recorder` watches.
    ///
    /// # Errors
    /// As [`Chain::again`]; [`TraceError::Differs`] when the outcomes are not those of the block.
    pub(crate) fn run_again(
        &self,
        block: &SealedBlock,
        recorder: &dyn Recorder,
    ) -> Result<(Again, BlockOutput), TraceError> {
        let again = self.again(block)?;
        let Again { prev, context, input, written } = &again;
        let output = rerun_block(&prev.state, context, input, written, recorder)?;
        let same = output.outcomes.len() == block.outcomes.len()
            && output.outcomes.iter().zip(&block.outcomes).all(|(new, old)| is_same(new, old));
        if !same {
            return Err(TraceError::Differs { height: block.height() });
        }
        Ok((again, output))
    }
}

/// The block's transactions: impersonated ones and others. No key was charged for the former.
fn split(block: &SealedBlock) -> (Vec<SignedTransaction>, Vec<SignedTransaction>) {
    let blank = PublicKey::empty(KeyType::ED25519);
    if block.transactions.iter().all(|tx| *tx.transaction.public_key() != blank) {
        return (Vec::new(), block.transactions.clone());
    }
    let with_key: HashSet<CryptoHash> = block
        .changes
        .iter()
        .filter(|entry| matches!(entry.trie_key, TrieKey::AccessKey { .. }))
        .flat_map(|entry| &entry.changes)
        .filter_map(|change| match change.cause {
            StateChangeCause::TransactionProcessing { tx_hash } => Some(tx_hash),
            _ => None,
        })
        .collect();
    block
        .transactions
        .iter()
        .cloned()
        .partition(|tx| *tx.transaction.public_key() == blank && !with_key.contains(tx.hash()))
}

/// The rows that the block wrote because of `cause`, with the last value that it gave each.
fn rows(block: &SealedBlock, cause: &StateChangeCause) -> Vec<Row> {
    let of_cause = |entry: &near_primitives::types::RawStateChangesWithTrieKey| {
        let change = entry.changes.iter().rfind(|change| change.cause == *cause)?;
        Some((entry.trie_key.clone(), change.data.clone()))
    };
    block.changes.iter().filter_map(of_cause).collect()
}

/// Whether two outcomes are equal in all that a block keeps of them. An archive does not keep the
/// compute usage.
fn is_same(new: &ExecutionOutcomeWithId, old: &ExecutionOutcomeWithId) -> bool {
    let (a, b) = (&new.outcome, &old.outcome);
    new.id == old.id
        && a.logs == b.logs
        && a.receipt_ids == b.receipt_ids
        && a.gas_burnt == b.gas_burnt
        && a.tokens_burnt == b.tokens_burnt
        && a.executor_id == b.executor_id
        && a.status == b.status
        && a.metadata == b.metadata
}
