//! Builds the tree from the lists that nodes return.

use super::{Content, Execution, ExecutionStatus, GasCost, Outcome, Status};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::views::{
    CostGasUsed, ExecutionMetadataView, ExecutionOutcomeWithIdView, ExecutionStatusView,
    FinalExecutionOutcomeView, FinalExecutionOutcomeViewEnum, FinalExecutionOutcomeWithReceiptView,
    FinalExecutionStatus, ReceiptEnumView, ReceiptView, SignedTransactionView,
};
use std::collections::HashMap;

impl From<FinalExecutionOutcomeViewEnum> for Outcome {
    fn from(view: FinalExecutionOutcomeViewEnum) -> Self {
        match view {
            FinalExecutionOutcomeViewEnum::FinalExecutionOutcomeWithReceipt(view) => view.into(),
            FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(view) => view.into(),
        }
    }
}

impl From<FinalExecutionOutcomeWithReceiptView> for Outcome {
    fn from(view: FinalExecutionOutcomeWithReceiptView) -> Self {
        build(view.final_outcome, view.receipts)
    }
}

impl From<FinalExecutionOutcomeView> for Outcome {
    fn from(view: FinalExecutionOutcomeView) -> Self {
        build(view, Vec::new())
    }
}

fn build(view: FinalExecutionOutcomeView, receipts: Vec<ReceiptView>) -> Outcome {
    let status = match view.status {
        FinalExecutionStatus::NotStarted | FinalExecutionStatus::Started => Status::Pending,
        FinalExecutionStatus::Failure(error) => Status::Failed(Box::new(error)),
        FinalExecutionStatus::SuccessValue(value) => Status::Succeeded(value),
    };
    let transaction = &view.transaction;
    let mut tree = Tree {
        ran: view.receipts_outcome.into_iter().map(|ran| (ran.id, ran)).collect(),
        receipts: receipts.into_iter().map(|receipt| (receipt.receipt_id, receipt)).collect(),
        executions: Vec::new(),
    };
    tree.grow(transaction, view.transaction_outcome);
    Outcome {
        hash: view.transaction.hash,
        receiver_id: view.transaction.receiver_id,
        public_key: view.transaction.public_key,
        status,
        executions: tree.executions,
    }
}

/// Executions that have no place in the tree yet, and those that have one.
struct Tree {
    ran: HashMap<CryptoHash, ExecutionOutcomeWithIdView>,
    receipts: HashMap<CryptoHash, ReceiptView>,
    executions: Vec<Execution>,
}

/// An empty place in the tree.
struct Place {
    id: CryptoHash,
    depth: usize,
}

impl Tree {
    /// Depth first, without recursion, because nodes determine the depth. Each outcome is used once, so cycles in the lists
    /// end.
    fn grow(&mut self, transaction: &SignedTransactionView, outcome: ExecutionOutcomeWithIdView) {
        let first = match &outcome.outcome.status {
            ExecutionStatusView::SuccessReceiptId(id) => Some(*id),
            _ => None,
        };
        let mut ahead = places_below(&outcome, 0);
        let actions = Content::Actions(transaction.actions.clone());
        self.executions.push(ran(outcome, 0, Sent { predecessor_id: None, content: actions }));
        while let Some(Place { id, depth }) = ahead.pop() {
            let receipt = self.receipts.remove(&id);
            let Some(outcome) = self.ran.remove(&id) else {
                self.executions.extend(receipt.map(|receipt| pending(receipt, depth)));
                continue;
            };
            let sent = match receipt {
                Some(receipt) => sent(receipt),
                // Nodes leave out the receipt of a transaction to oneself; its content is known.
                None if first == Some(id) => Sent {
                    predecessor_id: Some(transaction.signer_id.clone()),
                    content: Content::Actions(transaction.actions.clone()),
                },
                None => Sent { predecessor_id: None, content: Content::Unknown },
            };
            ahead.extend(places_below(&outcome, depth));
            self.executions.push(ran(outcome, depth, sent));
        }
    }
}

/// The places for the receipts of an execution, last one first.
fn places_below(outcome: &ExecutionOutcomeWithIdView, depth: usize) -> Vec<Place> {
    let ids = outcome.outcome.receipt_ids.iter().rev();
    ids.map(|id| Place { id: *id, depth: depth + 1 }).collect()
}

/// The predecessor and the content of a receipt.
struct Sent {
    predecessor_id: Option<AccountId>,
    content: Content,
}

fn sent(receipt: ReceiptView) -> Sent {
    let content = match receipt.receipt {
        ReceiptEnumView::Action { actions, .. } => Content::Actions(actions),
        ReceiptEnumView::Data { .. } | ReceiptEnumView::GlobalContractDistribution { .. } => {
            Content::Unknown
        }
    };
    Sent { predecessor_id: Some(receipt.predecessor_id), content }
}

fn ran(view: ExecutionOutcomeWithIdView, depth: usize, sent: Sent) -> Execution {
    let outcome = view.outcome;
    let status = match outcome.status {
        ExecutionStatusView::Unknown => ExecutionStatus::Pending,
        ExecutionStatusView::Failure(error) => ExecutionStatus::Failed(Box::new(error)),
        ExecutionStatusView::SuccessValue(value) => ExecutionStatus::Returned(value),
        ExecutionStatusView::SuccessReceiptId(id) => ExecutionStatus::Continued(id),
    };
    Execution {
        id: view.id,
        depth,
        predecessor_id: sent.predecessor_id,
        executor_id: outcome.executor_id,
        content: sent.content,
        status,
        logs: outcome.logs,
        gas_burnt: outcome.gas_burnt,
        gas_burnt_at_most: None,
        gas_profile: gas_profile(outcome.metadata),
        tokens_burnt: outcome.tokens_burnt,
        block_hash: Some(view.block_hash),
    }
}

fn gas_profile(metadata: ExecutionMetadataView) -> Vec<GasCost> {
    let costs = metadata.gas_profile.unwrap_or_default().into_iter();
    let cost = |used: CostGasUsed| GasCost {
        category: used.cost_category,
        cost: used.cost,
        gas: used.gas_used,
    };
    costs.map(cost).filter(|cost| cost.gas > Gas::ZERO).collect()
}

fn pending(receipt: ReceiptView, depth: usize) -> Execution {
    let (id, executor_id) = (receipt.receipt_id, receipt.receiver_id.clone());
    let Sent { predecessor_id, content } = sent(receipt);
    Execution {
        id,
        depth,
        predecessor_id,
        executor_id,
        content,
        status: ExecutionStatus::Pending,
        logs: Vec::new(),
        gas_burnt: Gas::ZERO,
        gas_burnt_at_most: None,
        gas_profile: Vec::new(),
        tokens_burnt: Balance::ZERO,
        block_hash: None,
    }
}
