//! Applies one block: turns transactions into receipts, runs receipts, returns the writes.

mod delayed;
mod patch;
mod written;

pub use written::{Row, Written};

use crate::admit::Authority;
use crate::block_run::BlockRun;
use crate::context::BlockContext;
use crate::overlay::Overlay;
use crate::recorder::Recorder;
use crate::stakes::StakeUpdate;
use crate::state::{State, StateError};
use crate::transaction::{self, OnRefusal};
use crate::{contract, receipt, stakes};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::receipt::Receipt;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{Balance, Gas, RawStateChangesWithTrieKey, StateChangeCause};
use near_primitives::version::ProtocolFeature;
use std::collections::HashSet;
use std::sync::Arc;
use written::write_rows;

/// What a block applies.
#[derive(Clone, Debug, Default)]
pub struct BlockInput {
    /// Transactions in order. Their base block was checked by the caller.
    pub transactions: Vec<SignedTransaction>,
    /// Further transactions, which are impersonated: their signatures are ignored. Only a sandbox has
    /// them.
    pub impersonated: Vec<SignedTransaction>,
    /// How refused transactions are treated.
    pub refused: OnRefusal,
    /// Receipts that the previous block sent out.
    pub incoming: Arc<Vec<Receipt>>,
    /// Stake returns and rewards, in an epoch's first block.
    pub stake_update: Option<StakeUpdate>,
    /// Sandbox records written after all receipts (`sandbox_patch_state`).
    pub patch: Vec<StateRecord>,
    /// Rows removed before that.
    pub removed: Vec<TrieKey>,
}

/// A transaction that a block was given and does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its position among the transactions given.
    pub index: usize,
    /// The first rule it breaks; none when one before it, of its signer, was left out.
    pub refusal: Option<InvalidTxError>,
}

/// The result of a block.
#[derive(Debug, Default)]
pub struct BlockOutput {
    /// Every write with its cause, by trie key, in trie-key order. The last change of each key is the new value.
    pub changes: Vec<RawStateChangesWithTrieKey>,
    /// Transactions that were left out, by position.
    pub left_out: Vec<LeftOut>,
    /// Outcomes: all transactions, then receipts in the order they ran.
    pub outcomes: Vec<ExecutionOutcomeWithId>,
    /// Of the receipts whose contracts wrote to a state that does not know all trie nodes, in the order
    /// they ran: how many nodes they touched at most besides those that their gas pays for.
    pub unknown_nodes: Vec<(CryptoHash, u64)>,
    /// Receipts for the next block.
    pub outgoing: Vec<Receipt>,
    /// Local, delayed and instant receipts that were processed here, for the history (incoming ones are the caller's).
    pub processed: Vec<Receipt>,
    /// Gas burnt by the block.
    pub gas_used: Gas,
    /// yoctoNEAR that left the supply.
    pub balance_burnt: Balance,
    /// Stakes proposed by `Stake` actions.
    pub proposals: Vec<ValidatorStake>,
    /// True while receipts wait in the delayed queue, so that another block has work without input.
    pub delayed: bool,
}

/// Applies `input` to `state` and returns the writes; `state` itself is untouched.
///
/// # Errors
/// Only when the state cannot be read, or the block is [given up](BlockContext::give_up_after):
/// refusals and failures are in the outcomes.
pub fn apply_block(
    state: &dyn State,
    block: &BlockContext,
    input: &BlockInput,
) -> Result<BlockOutput, StateError> {
    let mut overlay = Overlay::new(state);
    if let Some(update) = &input.stake_update {
        stakes::apply(&mut overlay, update)?;
    }
    let mut run = BlockRun::new(block, overlay);
    let (processed, left_out) = run_all(&mut run, input)?;
    patch::apply(&mut run.overlay, &input.removed, &input.patch)?;
    let delayed = !delayed::is_empty(&run.overlay)?;
    Ok(BlockOutput { left_out, ..finish(run, processed, delayed) })
}

/// Applies a block again, as [`apply_block`] did, while `recorder` watches. `written` takes the
/// place of what the block wrote outside its receipts.
///
/// # Errors
/// When the state cannot be read.
pub fn rerun_block(
    state: &dyn State,
    block: &BlockContext,
    input: &BlockInput,
    written: &Written,
    recorder: &dyn Recorder,
) -> Result<BlockOutput, StateError> {
    let mut overlay = Overlay::watched(state, recorder);
    write_rows(&mut overlay, &written.before, &StateChangeCause::ValidatorAccountsUpdate);
    let mut run = BlockRun::new(block, overlay);
    let (processed, left_out) = run_all(&mut run, input)?;
    write_rows(&mut run.overlay, &written.after, &StateChangeCause::Migration);
    let delayed = !delayed::is_empty(&run.overlay)?;
    Ok(BlockOutput { left_out, ..finish(run, processed, delayed) })
}

/// Runs transactions and receipts. Returns the receipts processed and the transactions left out.
fn run_all(
    run: &mut BlockRun<'_, '_>,
    input: &BlockInput,
) -> Result<(Vec<Receipt>, Vec<LeftOut>), StateError> {
    let mut left_out = Vec::new();
    let mut local = convert_all(run, input, &mut left_out)?;
    for tx in &input.impersonated {
        let authority = Authority::Impersonation;
        match transaction::convert(run, tx, authority, OnRefusal::Keep)? {
            Ok(receipt) => route(run, &mut local, receipt),
            Err(refusal) => transaction::refuse(run, tx, refusal),
        }
    }
    let mut processed = run_or_delay(run, local)?;
    processed.extend(run_delayed(run)?);
    processed.extend(run_incoming(run, &input.incoming)?);
    time_out_yields(run)?;
    Ok((processed, left_out))
}

/// Turns every transaction into a receipt before any receipt runs. Returns those that an account
/// sent to itself: they run in this block.
fn convert_all(
    run: &mut BlockRun<'_, '_>,
    input: &BlockInput,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Receipt>, StateError> {
    let skip_copies = run.block.protocol.has(ProtocolFeature::UniqueChunkTransactions);
    let (mut seen, mut waiting) = (HashSet::new(), HashSet::new());
    let mut local = Vec::new();
    for (index, tx) in input.transactions.iter().enumerate() {
        let signer_id = tx.transaction.signer_id();
        if waiting.contains(signer_id) {
            left_out.push(LeftOut { index, refusal: None });
            continue;
        }
        if skip_copies && !seen.insert(*tx.hash()) {
            continue;
        }
        match (transaction::convert(run, tx, Authority::Key, input.refused)?, input.refused) {
            (Ok(receipt), _) => route(run, &mut local, receipt),
            (Err(refusal), OnRefusal::Keep) => transaction::refuse(run, tx, refusal),
            (Err(refusal), on_refusal) => {
                left_out.push(LeftOut { index, refusal: Some(refusal) });
                if on_refusal == OnRefusal::LeaveOutSigner {
                    waiting.insert(signer_id);
                }
            }
        }
    }
    Ok(local)
}

/// A receipt to its own sender runs in this block, any other in the next.
fn route(run: &mut BlockRun<'_, '_>, local: &mut Vec<Receipt>, receipt: Option<Receipt>) {
    match receipt {
        Some(receipt) if receipt.receiver_id() == receipt.predecessor_id() => local.push(receipt),
        Some(receipt) => run.outgoing.push(receipt),
        None => {}
    }
}

/// Runs receipts while the block has room. Returns those processed, instant ones included.
fn run_or_delay(
    run: &mut BlockRun<'_, '_>,
    receipts: Vec<Receipt>,
) -> Result<Vec<Receipt>, StateError> {
    let mut processed = Vec::new();
    for receipt in receipts {
        if run.is_full() {
            delayed::push(&mut run.overlay, &receipt)?;
            continue;
        }
        let instant = receipt::process(run, &receipt)?;
        processed.push(receipt);
        processed.extend(instant);
    }
    Ok(processed)
}

fn run_delayed(run: &mut BlockRun<'_, '_>) -> Result<Vec<Receipt>, StateError> {
    let mut processed = Vec::new();
    while !run.is_full() {
        let Some(receipt) = delayed::pop(&mut run.overlay)? else { break };
        let instant = receipt::process(run, &receipt)?;
        processed.push(receipt);
        processed.extend(instant);
    }
    Ok(processed)
}

/// As [`run_or_delay`]; the caller knows the incoming receipts, so only instant ones are returned.
fn run_incoming(
    run: &mut BlockRun<'_, '_>,
    receipts: &[Receipt],
) -> Result<Vec<Receipt>, StateError> {
    let mut instant = Vec::new();
    for receipt in receipts {
        if run.is_full() {
            delayed::push(&mut run.overlay, receipt)?;
        } else {
            instant.extend(receipt::process(run, receipt)?);
        }
    }
    Ok(instant)
}

fn time_out_yields(run: &mut BlockRun<'_, '_>) -> Result<(), StateError> {
    if run.is_full() {
        return Ok(());
    }
    let resumed = contract::time_out(&mut run.overlay, run.block)?;
    run.outgoing.extend(resumed);
    run.overlay.commit(&StateChangeCause::UpdatedDelayedReceipts);
    Ok(())
}

fn finish(run: BlockRun<'_, '_>, processed: Vec<Receipt>, delayed: bool) -> BlockOutput {
    let BlockRun {
        block: _,
        overlay,
        outcomes,
        unknown_nodes,
        outgoing,
        instant: _,
        proposals,
        gas_burnt,
        compute: _,
        balance,
    } = run;
    BlockOutput {
        changes: overlay.into_changes(),
        outcomes,
        unknown_nodes,
        outgoing,
        processed,
        gas_used: gas_burnt,
        balance_burnt: balance.burnt.saturating_sub(balance.subsidized),
        proposals,
        delayed,
        left_out: Vec::new(),
    }
}
