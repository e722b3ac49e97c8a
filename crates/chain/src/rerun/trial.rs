//! Transactions that are tried and not kept: a past one with something changed, and one that was
//! never sent.

use crate::chain::Chain;
use crate::inputs::applied::Refused;
use crate::inputs::input::{Impersonation, Input};
use crate::rerun::abis::{self, Abis};
use crate::rerun::block::Again;
use crate::rerun::budget::MAX_GAS;
use crate::rerun::build::Parts;
use crate::rerun::change::{Change, changed_state, changed_transaction};
use crate::rerun::changes::{self, Changes};
use crate::rerun::error::TraceError;
use crate::rerun::recording::Recording;
use keyway_engine::{BlockContext, BlockInput, BlockOutput, OnRefusal, Written, rerun_block};
use keyway_rules::check_form_unsigned;
use keyway_state::Trie;
use keyway_trace::Trace;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::transaction::SignedTransaction;
use std::collections::HashMap;
use std::sync::Arc;

impl Chain {
    /// The trace of the past transaction `hash` if `changes` had been so. The other transactions of its
    /// block and of the following ones run as they did; where the chain ends, empty blocks follow.
    ///
    /// Without changes it is the transaction's own trace, except for the block hash, which is none.
    ///
    /// # Errors
    /// See [`TraceError`]. A transaction that the changed key or balance refuses has a trace, which
    /// says so.
    pub fn what_if(&self, hash: &CryptoHash, changes: &[Change]) -> Result<Trace, TraceError> {
        let entry =
            self.transaction(hash)?.ok_or(TraceError::UnknownTransaction { hash: *hash })?;
        let changed = changed_transaction(&entry.transaction, changes)?;
        let form = check_form_unsigned(&self.spec.protocol, &changed);
        form.map_err(|refusal| TraceError::Refused { refusal: Box::new(refusal) })?;
        let first = self.again(&entry.block)?;
        let time = changes.iter().rev().find_map(|change| match change {
            Change::Time { timestamp_ns } => Some(*timestamp_ns),
            _ => None,
        });
        let ahead_ns = time.map(|time| i128::from(time) - i128::from(first.context.timestamp_ns));
        let mut trial = Trial {
            chain: self,
            replaced: *hash,
            tx: &changed,
            ahead_ns: ahead_ns.unwrap_or(0),
            state: changed_state(&first.prev.state, changes)?,
            recording: Recording::of(changed.get_hash()),
            changes: HashMap::new(),
            waiting: HashMap::new(),
            impersonated: first.input.impersonated.iter().any(|tx| tx.get_hash() == *hash),
        };
        trial.run(&entry.block, first)?;
        trial.trace(entry.block.height())
    }

    /// The trace of actions as an account would execute them now, without its key. Nothing is kept.
    ///
    /// # Errors
    /// [`TraceError::Refused`] when a rule that is not about keys refuses them; see [`TraceError`].
    pub fn trace_impersonated(&self, impersonation: Impersonation) -> Result<Trace, TraceError> {
        let (mut trial, now_ns) = (self.clone(), self.head.header.raw_timestamp());
        trial.refused_or(|trial| trial.impersonate(impersonation, now_ns))
    }

    /// The trace of a signed transaction as it would run now. Nothing is kept.
    ///
    /// # Errors
    /// As [`Chain::trace_impersonated`], with the rules about keys.
    pub fn trace_transaction(&self, tx: SignedTransaction) -> Result<Trace, TraceError> {
        let (mut trial, now_ns) = (self.clone(), self.head.header.raw_timestamp());
        let hash = tx.get_hash();
        trial.refused_or(|trial| trial.apply(Input::transaction(tx), now_ns).map(|_| hash))
    }

    fn refused_or(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<CryptoHash, Refused>,
    ) -> Result<Trace, TraceError> {
        match act(self) {
            Ok(hash) => {
                let mut trace = self.trace(&hash)?;
                trace.transaction.block_hash = None;
                Ok(trace)
            }
            Err(Refused::Transaction(refusal)) => Err(TraceError::Refused { refusal }),
            Err(Refused::State(error)) => Err(error.into()),
            Err(other) => Err(TraceError::Change { reason: other.to_string() }),
        }
    }
}

/// A transaction that takes the place of a past one.
struct Trial<'c> {
    chain: &'c Chain,
    replaced: CryptoHash,
    tx: &'c SignedTransaction,
    /// By how much the blocks' times are moved, nanoseconds.
    ahead_ns: i128,
    state: Trie,
    recording: Recording,
    changes: HashMap<CryptoHash, Changes>,
    /// Receipts that were made.
    waiting: HashMap<CryptoHash, Receipt>,
    impersonated: bool,
}

impl Trial<'_> {
    /// Runs blocks until every receipt of the transaction has run, within a limit.
    fn run(&mut self, first: &crate::SealedBlock, again: Again) -> Result<(), TraceError> {
        let mut context = again.context;
        let mut input = again.input;
        let mut written = again.written;
        self.replace(&mut input);
        let (mut at, mut gas, mut empty) = (Some(first.height()), 0_u64, 0);
        loop {
            let output = self.step(&context, &input, &written)?;
            gas = gas.saturating_add(output.gas_used.as_gas());
            if gas > MAX_GAS {
                return Err(TraceError::TooMuch { gas, limit: MAX_GAS });
            }
            let incoming = Arc::new(output.outgoing);
            if self.recording.seen().is_done() || empty >= MAX_EMPTY_BLOCKS {
                return Ok(());
            }
            let next = at.map(|height| self.chain.history.after(height)).transpose()?.flatten();
            at = next.as_ref().map(|block| block.height());
            match next {
                Some(block) => {
                    let again = self.chain.again(&block)?;
                    (context, input, written) = (again.context, again.input, again.written);
                    input.incoming = incoming;
                }
                None => {
                    empty += 1;
                    context = after(&context);
                    input =
                        BlockInput { incoming, refused: OnRefusal::Keep, ..BlockInput::default() };
                    written = Written::default();
                }
            }
        }
    }

    fn step(
        &mut self,
        context: &BlockContext,
        input: &BlockInput,
        written: &Written,
    ) -> Result<BlockOutput, TraceError> {
        let time = i128::from(context.timestamp_ns).saturating_add(self.ahead_ns);
        let timestamp_ns = u64::try_from(time.max(0)).unwrap_or(u64::MAX);
        let context = BlockContext { timestamp_ns, ..context.clone() };
        self.recording.begin_block(context.height);
        let output = rerun_block(&self.state, &context, input, written, &self.recording)?;
        let mut wanted = self.recording.seen().receipt_hashes_at(context.height);
        wanted.insert(self.tx.get_hash(), self.tx.get_hash());
        changes::collect(&output.changes, &self.state, &wanted, &mut self.changes)?;
        let made = output.outgoing.iter().chain(&output.processed);
        let made = made.filter(|made| self.recording.seen().wants(made.receipt_id()));
        self.waiting.extend(made.map(|made| (*made.receipt_id(), made.clone())));
        self.state = crate::blocks::seal::written(&self.state, &output.changes)?;
        Ok(output)
    }

    fn replace(&self, input: &mut BlockInput) {
        let all = input.transactions.iter_mut().chain(&mut input.impersonated);
        for tx in all.filter(|tx| tx.get_hash() == self.replaced) {
            tx.clone_from(self.tx);
        }
    }

    fn trace(self, height: u64) -> Result<Trace, TraceError> {
        let parts = Parts {
            protocol: &self.chain.spec.protocol,
            tx: self.tx,
            impersonated: self.impersonated,
            height,
            block_hash: None,
            seen: self.recording.into_seen(),
            changes: self.changes,
            waiting: &|id| Ok(self.waiting.get(id).cloned()),
            code: &|_, account_id, contract| abis::code_in(&self.state, account_id, contract),
            abis: Abis::default(),
        };
        Ok(parts.build()?)
    }
}

/// The context of an empty block after the one of `before`.
fn after(before: &BlockContext) -> BlockContext {
    BlockContext {
        height: before.height.saturating_add(1),
        timestamp_ns: before.timestamp_ns.saturating_add(SECOND_NS),
        ..before.clone()
    }
}

/// Blocks after the chain's end that a trial runs.
const MAX_EMPTY_BLOCKS: usize = 64;

/// Between these blocks, nanoseconds.
const SECOND_NS: u64 = 1_000_000_000;
