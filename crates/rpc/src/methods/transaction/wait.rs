//! Waiting until a transaction has come as far as its caller asks.

use super::outcome::{outcome, progress, satisfies, with_receipts};
use super::{Json, Reply, invalid};
use crate::error::timed_out;
use crate::ledger::{Ledger, WriteError};
use keyway_node::Chain;
use near_jsonrpc_primitives::types::transactions::{
    RpcTransactionError, RpcTransactionResponse, RpcTransactionStatusRequest,
};
use near_primitives::views::{FinalExecutionOutcomeViewEnum, TxExecutionStatus};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Answers when the transaction is as far as `request` asks, was refused, or `patience` ends.
pub(super) async fn wait(
    ledger: &Ledger,
    patience: Duration,
    request: RpcTransactionStatusRequest,
    receipts: bool,
) -> Reply {
    let deadline = Instant::now() + patience;
    let mut news = ledger.subscribe();
    loop {
        if let Some(reply) = look(&ledger.snapshot(), &request, receipts) {
            return reply;
        }
        if !matches!(timeout_at(deadline, news.changed()).await, Ok(Ok(()))) {
            return Err(timed_out());
        }
    }
}

/// The answer, if there is one yet.
fn look(chain: &Chain, request: &RpcTransactionStatusRequest, receipts: bool) -> Option<Reply> {
    let (hash, _) = request.transaction_info.to_tx_hash_and_account();
    if let Some(seen) = chain.transaction(&hash).and_then(|entry| outcome(chain, &entry)) {
        let reached = progress(chain, &seen);
        let answer = || {
            let outcome = if receipts {
                let outcome = with_receipts(chain, seen);
                FinalExecutionOutcomeViewEnum::FinalExecutionOutcomeWithReceipt(outcome)
            } else {
                FinalExecutionOutcomeViewEnum::FinalExecutionOutcome(seen)
            };
            Json::of(&RpcTransactionResponse {
                final_execution_outcome: Some(outcome),
                final_execution_status: reached.clone(),
            })
        };
        return satisfies(&reached, &request.wait_until).then(answer);
    }
    if let Some(refused) = chain.refusal(&hash) {
        return Some(Err(invalid(refused.clone())));
    }
    let admitted =
        request.transaction_info.to_signed_tx().map(|transaction| chain.admit(transaction));
    if let Some(Err(refused)) = admitted {
        return Some(Err(WriteError::from(refused).into()));
    }
    let unknown = RpcTransactionError::UnknownTransaction { requested_transaction_hash: hash };
    (request.wait_until == TxExecutionStatus::None).then(|| Err(unknown.into()))
}
