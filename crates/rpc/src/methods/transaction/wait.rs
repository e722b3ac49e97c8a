//! Waiting until a transaction has come as far as its caller asks.

use super::outcome::{outcome, progress, satisfies, with_receipts};
use super::{Reply, invalid, text};
use crate::error::{internal, timed_out};
use crate::ledger::{Ledger, WriteError};
use keyway_engine::StateError;
use keyway_node::Chain;
use near_jsonrpc_primitives::types::transactions::{
    RpcTransactionError, RpcTransactionStatusRequest,
};
use near_primitives::hash::CryptoHash;
use near_primitives::views::{FinalExecutionOutcomeView, TxExecutionStatus};
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
    match seen(chain, &hash) {
        Ok(Some((outcome, reached))) => {
            let answer = || show(chain, outcome, reached.clone(), receipts);
            return satisfies(&reached, &request.wait_until).then(answer);
        }
        Ok(None) => {}
        Err(error) => return Some(Err(internal(error))),
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

type Seen = (FinalExecutionOutcomeView, TxExecutionStatus);

/// What became of the transaction so far, and how far it has come.
fn seen(chain: &Chain, hash: &CryptoHash) -> Result<Option<Seen>, StateError> {
    let Some(entry) = chain.transaction(hash)? else { return Ok(None) };
    let Some(outcome) = outcome(chain, entry)? else { return Ok(None) };
    let reached = progress(chain, &outcome)?;
    Ok(Some((outcome, reached)))
}

fn show(
    chain: &Chain,
    outcome: FinalExecutionOutcomeView,
    reached: TxExecutionStatus,
    receipts: bool,
) -> Reply {
    if !receipts {
        return text::answer(&outcome, None, &reached);
    }
    let shown = with_receipts(chain, outcome).map_err(internal)?;
    text::answer(&shown.final_outcome, Some(&shown.receipts), &reached)
}
