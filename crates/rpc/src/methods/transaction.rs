//! Sending transactions and waiting for them.
//!
//! The chain runs a transaction to its end before it acknowledges it, so waiting matters for a
//! status call that overtakes the sending call (clients send both at once) and for contracts that
//! wait for something themselves.

mod outcome;
mod request;
mod text;
mod turn;
mod wait;

pub use outcome::final_outcome;
pub(super) use outcome::shown;

use super::{Json, Reply, reply};
use crate::ledger::{Ledger, WriteError};
use crate::queue::Queue;
use crate::settings::Settings;
use keyway_node::{Checked, Refused};
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::transactions::{
    RpcSendTransactionRequest, RpcTransactionError, RpcTransactionResponse,
    RpcTransactionStatusRequest, TransactionInfo,
};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::SignedTransaction;
use near_primitives::views::TxExecutionStatus;
use serde_json::Value;
use std::sync::Arc;
use wait::wait;

/// The methods around one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// `send_tx`: send, and wait as `wait_until` says.
    Send,
    /// `broadcast_tx_commit`: send, and wait until it ran.
    SendCommit,
    /// `broadcast_tx_async`: send, and answer with the hash whatever becomes of it.
    SendAsync,
    /// `tx`: what became of it.
    Status,
    /// `EXPERIMENTAL_tx_status`: the same with the receipts.
    StatusWithReceipts,
}

/// What the methods work with.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub(crate) ledger: &'a Arc<Ledger>,
    pub(crate) queue: &'a Arc<Queue>,
    pub(crate) settings: &'a Settings,
}

impl Transaction {
    /// Answers a request; waits as long as the settings allow.
    pub(crate) async fn answer(self, desk: Desk<'_>, params: Value) -> Reply {
        let (ledger, patience) = (desk.ledger, desk.settings.wait);
        match self {
            Transaction::Send => send(desk, request::sending(params)?).await,
            Transaction::SendCommit => {
                let wait_until = TxExecutionStatus::ExecutedOptimistic;
                let request = RpcSendTransactionRequest { wait_until, ..request::sending(params)? };
                send(desk, request).await
            }
            Transaction::SendAsync => {
                let transaction = request::sending(params)?.signed_transaction;
                let hash = transaction.get_hash();
                let _refusal_is_for_status_calls = hand_over(desk, transaction).await?;
                reply(hash)
            }
            Transaction::Status => wait(ledger, patience, request::asking(params)?, false).await,
            Transaction::StatusWithReceipts => {
                wait(ledger, patience, request::asking(params)?, true).await
            }
        }
    }
}

async fn send(desk: Desk<'_>, request: RpcSendTransactionRequest) -> Reply {
    let RpcSendTransactionRequest { signed_transaction, wait_until } = request;
    let outcome = hand_over(desk, signed_transaction.clone()).await?;
    if wait_until == TxExecutionStatus::None {
        // Who does not wait does not hear of a refusal.
        return reply(RpcTransactionResponse {
            final_execution_outcome: None,
            final_execution_status: wait_until,
        });
    }
    outcome.map_err(invalid)?;
    let transaction_info = TransactionInfo::from_signed_tx(signed_transaction);
    let request = RpcTransactionStatusRequest { transaction_info, wait_until };
    wait(desk.ledger, desk.settings.wait, request, false).await
}

/// Gives a transaction to the chain when it is its turn, again where it was given before. Outer
/// error: the node takes none; inner: it refuses this one.
async fn hand_over(
    desk: Desk<'_>,
    transaction: SignedTransaction,
) -> Result<Result<(), InvalidTxError>, RpcError> {
    // The dearest part needs no chain: it is done here, by as many threads as serve requests.
    let transaction = Checked::new(transaction);
    turn::wait_for_turn(desk.ledger, &transaction, desk.settings.gap_wait).await;
    match desk.queue.include(desk.ledger, transaction).await {
        Ok(_) => Ok(Ok(())),
        Err(WriteError::Refused(Refused::Transaction(refused))) => Ok(Err(*refused)),
        Err(error) => Err(error.into()),
    }
}

fn invalid(context: InvalidTxError) -> RpcError {
    RpcTransactionError::InvalidTransaction { context }.into()
}
