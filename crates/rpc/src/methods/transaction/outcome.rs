//! The outcomes of a transaction as a tree, and how far its execution is.

use crate::error::internal;
use crate::methods::reply::Reply;
use keyway_chain::{Chain, OutcomeEntry, TransactionEntry};
use keyway_engine::StateError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::Gas;
use near_primitives::views::{
    ExecutionOutcomeWithIdView, ExecutionStatusView, FinalExecutionOutcomeView,
    FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus, TxExecutionStatus,
};
use std::collections::{HashMap, HashSet};

/// The answer of `tx` about a transaction that `chain` has, with the level that it reached.
///
/// # Errors
/// When the chain does not have it, or its archive cannot be read.
pub(crate) fn answer_of(chain: &Chain, hash: &CryptoHash) -> Reply {
    let entry = chain.transaction(hash).map_err(internal)?;
    let found = entry.map(|entry| outcome(chain, entry)).transpose().map_err(internal)?;
    let found = found.flatten().ok_or_else(|| internal("the transaction is in no block"))?;
    let reached = progress(chain, &found).map_err(internal)?.reached;
    let ceilings = ceilings(chain, &found).map_err(internal)?;
    super::text::answer(&found, ceilings.as_ref(), None, &reached)
}

/// The outcomes of the transaction named `hash`, with its receipts, as `EXPERIMENTAL_tx_status`
/// shows it; none when `chain` does not have it.
///
/// Receipts that have not run are not in it yet.
///
/// # Errors
/// When the chain's archive cannot be read.
pub fn final_outcome(
    chain: &Chain,
    hash: &CryptoHash,
) -> Result<Option<FinalExecutionOutcomeWithReceiptView>, StateError> {
    let outcome = chain.transaction(hash)?.map(|entry| outcome(chain, entry)).transpose()?;
    outcome.flatten().map(|outcome| with_receipts(chain, outcome)).transpose()
}

/// The outcomes of a transaction and of all its receipts that ran, parents before children.
pub(super) fn outcome(
    chain: &Chain,
    entry: TransactionEntry,
) -> Result<Option<FinalExecutionOutcomeView>, StateError> {
    let hash = entry.transaction.get_hash();
    let mut outcomes = collect(chain, hash)?;
    if outcomes.is_empty() {
        return Ok(None);
    }
    let status = status(&outcomes, hash);
    let transaction_outcome = outcomes.remove(0);
    Ok(Some(FinalExecutionOutcomeView {
        status,
        transaction: entry.transaction.into(),
        transaction_outcome,
        receipts_outcome: outcomes,
    }))
}

/// The most gas that outcomes would have burnt on the network that their chain is a fork of, by id.
pub(super) type Ceilings = HashMap<CryptoHash, Gas>;

/// The most gas that each of the outcomes would have burnt on the network; none if `chain` is no fork.
pub(super) fn ceilings(
    chain: &Chain,
    outcome: &FinalExecutionOutcomeView,
) -> Result<Option<Ceilings>, StateError> {
    if chain.forked_from().is_none() {
        return Ok(None);
    }
    let ran = std::iter::once(&outcome.transaction_outcome).chain(&outcome.receipts_outcome);
    let band = |id| Ok(chain.gas_band(&id)?.map(|band| (id, band.high)));
    ran.map(|ran| ran.id).filter_map(|id| band(id).transpose()).collect::<Result<_, _>>().map(Some)
}

/// Adds the receipts that ran; the first one of a transaction to its own signer is never sent, so
/// it is not shown.
pub(super) fn with_receipts(
    chain: &Chain,
    final_outcome: FinalExecutionOutcomeView,
) -> Result<FinalExecutionOutcomeWithReceiptView, StateError> {
    let transaction = &final_outcome.transaction;
    let first = final_outcome.transaction_outcome.outcome.receipt_ids.first();
    let local = first.filter(|_| transaction.signer_id == transaction.receiver_id);
    let receipts = final_outcome
        .receipts_outcome
        .iter()
        .filter(|outcome| Some(&outcome.id) != local)
        .filter_map(|outcome| chain.receipt(&outcome.id).transpose())
        .map(|receipt| receipt.map(Into::into))
        .collect::<Result<_, _>>()?;
    Ok(FinalExecutionOutcomeWithReceiptView { final_outcome, receipts })
}

/// How far the execution of a transaction is, and which receipts it waits for.
pub(super) struct Progress {
    pub(super) reached: TxExecutionStatus,
    /// Receipts that were made and have not run.
    pending: Vec<CryptoHash>,
    /// Whether the block that has the transaction is final.
    included_final: bool,
}

impl Progress {
    /// Whether it may be further in `chain`, a later one: false only when it waits for receipts of
    /// which none has run. This is cheaper than reading all outcomes again.
    pub(super) fn may_change(&self, chain: &Chain) -> Result<bool, StateError> {
        if !self.included_final || self.pending.is_empty() {
            return Ok(true);
        }
        for id in &self.pending {
            if chain.outcome(id)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// How far the execution of the transaction of `outcome` is.
pub(super) fn progress(
    chain: &Chain,
    outcome: &FinalExecutionOutcomeView,
) -> Result<Progress, StateError> {
    let pending = pending(outcome);
    let mut only_refunds = true;
    for id in &pending {
        only_refunds &= is_refund(chain, id)?;
    }
    let included_final = is_final(chain, &outcome.transaction_outcome.block_hash)?;
    let reached = match (included_final, pending.is_empty(), only_refunds) {
        (false, _, false) => TxExecutionStatus::Included,
        (false, _, true) => TxExecutionStatus::ExecutedOptimistic,
        (true, _, false) => TxExecutionStatus::IncludedFinal,
        (true, false, true) => TxExecutionStatus::Executed,
        (true, true, true) => {
            let mut all_final = true;
            for ran in &outcome.receipts_outcome {
                all_final &= is_final(chain, &ran.block_hash)?;
            }
            if all_final { TxExecutionStatus::Final } else { TxExecutionStatus::Executed }
        }
    };
    Ok(Progress { reached, pending, included_final })
}

/// Whether a request that waits for `wanted` can be answered at `reached`.
pub(super) fn satisfies(reached: &TxExecutionStatus, wanted: &TxExecutionStatus) -> bool {
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, IncludedFinal, None};
    match wanted {
        None => true,
        Included => *reached != None,
        ExecutedOptimistic => matches!(reached, ExecutedOptimistic | Executed | Final),
        IncludedFinal => matches!(reached, IncludedFinal | Executed | Final),
        Executed => matches!(reached, Executed | Final),
        Final => *reached == Final,
    }
}

fn collect(chain: &Chain, root: CryptoHash) -> Result<Vec<ExecutionOutcomeWithIdView>, StateError> {
    let mut outcomes = Vec::new();
    let mut next = vec![root];
    while let Some(id) = next.pop() {
        if let Some(entry) = chain.outcome(&id)? {
            let view = shown(&entry);
            next.extend(view.outcome.receipt_ids.iter().rev());
            outcomes.push(view);
        }
    }
    Ok(outcomes)
}

/// An outcome with its proof.
pub(in crate::methods) fn shown(entry: &OutcomeEntry) -> ExecutionOutcomeWithIdView {
    ExecutionOutcomeWithIdView {
        proof: entry.proof(),
        block_hash: *entry.block.hash(),
        id: entry.outcome.id,
        outcome: entry.outcome.outcome.clone().into(),
    }
}

/// The status at the end of the chain of `SuccessReceiptId`s that starts at the transaction.
fn status(outcomes: &[ExecutionOutcomeWithIdView], hash: CryptoHash) -> FinalExecutionStatus {
    let mut wanted = hash;
    for outcome in outcomes {
        if outcome.id != wanted {
            continue;
        }
        match &outcome.outcome.status {
            ExecutionStatusView::Unknown if outcomes.len() == 1 => {
                return FinalExecutionStatus::NotStarted;
            }
            ExecutionStatusView::Unknown => return FinalExecutionStatus::Started,
            ExecutionStatusView::Failure(error) => {
                return FinalExecutionStatus::Failure(error.clone());
            }
            ExecutionStatusView::SuccessValue(value) => {
                return FinalExecutionStatus::SuccessValue(value.clone());
            }
            ExecutionStatusView::SuccessReceiptId(id) => wanted = *id,
        }
    }
    FinalExecutionStatus::Started
}

/// Receipts that were made and have not run.
fn pending(outcome: &FinalExecutionOutcomeView) -> Vec<CryptoHash> {
    let ran: HashSet<_> = outcome.receipts_outcome.iter().map(|ran| ran.id).collect();
    std::iter::once(&outcome.transaction_outcome)
        .chain(&outcome.receipts_outcome)
        .flat_map(|outcome| &outcome.outcome.receipt_ids)
        .filter(|id| !ran.contains(*id))
        .copied()
        .collect()
}

fn is_refund(chain: &Chain, receipt_id: &CryptoHash) -> Result<bool, StateError> {
    let receipt = chain.receipt(receipt_id)?;
    Ok(receipt.is_some_and(|receipt| receipt.predecessor_id().is_system()))
}

fn is_final(chain: &Chain, block_hash: &CryptoHash) -> Result<bool, StateError> {
    Ok(chain.block_by_hash(block_hash)?.is_some_and(|block| chain.is_final(&block)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, IncludedFinal, None};

    #[test]
    fn included_final_and_executed_optimistic_do_not_satisfy_each_other() {
        let levels = [None, Included, ExecutedOptimistic, IncludedFinal, Executed, Final];
        let table = [
            [true, false, false, false, false, false],
            [true, true, false, false, false, false],
            [true, true, true, false, false, false],
            [true, true, false, true, false, false],
            [true, true, true, true, true, false],
            [true, true, true, true, true, true],
        ];
        for (reached, row) in levels.iter().zip(table) {
            for (wanted, expected) in levels.iter().zip(row) {
                assert_eq!(satisfies(reached, wanted), expected, "{reached:?} for {wanted:?}");
            }
        }
    }
}
