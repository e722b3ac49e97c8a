//! What became of a transaction: outcomes as a tree, and how far it has come.

use keyway_node::{Chain, OutcomeEntry, TransactionEntry};
use near_primitives::hash::CryptoHash;
use near_primitives::views::{
    ExecutionOutcomeWithIdView, ExecutionStatusView, FinalExecutionOutcomeView,
    FinalExecutionOutcomeWithReceiptView, FinalExecutionStatus, TxExecutionStatus,
};
use std::collections::HashSet;

/// What became of the transaction named `hash`, with its receipts, as `EXPERIMENTAL_tx_status`
/// shows it; none when `chain` does not have it.
///
/// Receipts that have not run are not in it yet.
pub fn final_outcome(
    chain: &Chain,
    hash: &CryptoHash,
) -> Option<FinalExecutionOutcomeWithReceiptView> {
    let outcome = outcome(chain, &chain.transaction(hash)?)?;
    Some(with_receipts(chain, outcome))
}

/// The outcomes of a transaction and of all its receipts that ran, parents before children.
pub(super) fn outcome(
    chain: &Chain,
    entry: &TransactionEntry<'_>,
) -> Option<FinalExecutionOutcomeView> {
    let hash = entry.transaction.get_hash();
    let mut outcomes = collect(chain, hash);
    if outcomes.is_empty() {
        return None;
    }
    let status = status(&outcomes, hash);
    let receipts_outcome = outcomes.split_off(1);
    let transaction_outcome = outcomes.pop()?;
    Some(FinalExecutionOutcomeView {
        status,
        transaction: entry.transaction.clone().into(),
        transaction_outcome,
        receipts_outcome,
    })
}

/// Adds the receipts that ran; the first one of a transaction to its own signer is never sent, so
/// it is not shown.
pub(super) fn with_receipts(
    chain: &Chain,
    final_outcome: FinalExecutionOutcomeView,
) -> FinalExecutionOutcomeWithReceiptView {
    let transaction = &final_outcome.transaction;
    let first = final_outcome.transaction_outcome.outcome.receipt_ids.first();
    let local = first.filter(|_| transaction.signer_id == transaction.receiver_id);
    let receipts = final_outcome
        .receipts_outcome
        .iter()
        .filter(|outcome| Some(&outcome.id) != local)
        .filter_map(|outcome| chain.receipt(&outcome.id))
        .map(|receipt| receipt.clone().into())
        .collect();
    FinalExecutionOutcomeWithReceiptView { final_outcome, receipts }
}

/// How far a transaction has come.
pub(super) fn progress(chain: &Chain, outcome: &FinalExecutionOutcomeView) -> TxExecutionStatus {
    let pending = pending(outcome);
    let only_refunds = pending.iter().all(|id| is_refund(chain, id));
    let included_final = is_final(chain, &outcome.transaction_outcome.block_hash);
    match (included_final, pending.is_empty(), only_refunds) {
        (false, _, false) => TxExecutionStatus::Included,
        (false, _, true) => TxExecutionStatus::ExecutedOptimistic,
        (true, _, false) => TxExecutionStatus::IncludedFinal,
        (true, false, true) => TxExecutionStatus::Executed,
        (true, true, true) => {
            let all_final =
                outcome.receipts_outcome.iter().all(|ran| is_final(chain, &ran.block_hash));
            if all_final { TxExecutionStatus::Final } else { TxExecutionStatus::Executed }
        }
    }
}

/// Whether somebody who waits for `wanted` may be answered at `reached`.
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

fn collect(chain: &Chain, root: CryptoHash) -> Vec<ExecutionOutcomeWithIdView> {
    let mut outcomes = Vec::new();
    let mut next = vec![root];
    while let Some(id) = next.pop() {
        if let Some(entry) = chain.outcome(&id) {
            let view = shown(&entry);
            next.extend(view.outcome.receipt_ids.iter().rev());
            outcomes.push(view);
        }
    }
    outcomes
}

/// An outcome with its proof.
pub(in crate::methods) fn shown(entry: &OutcomeEntry<'_>) -> ExecutionOutcomeWithIdView {
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

fn is_refund(chain: &Chain, receipt_id: &CryptoHash) -> bool {
    chain.receipt(receipt_id).is_some_and(|receipt| receipt.predecessor_id().is_system())
}

fn is_final(chain: &Chain, block_hash: &CryptoHash) -> bool {
    chain.block_by_hash(block_hash).is_some_and(|block| chain.is_final(block))
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
