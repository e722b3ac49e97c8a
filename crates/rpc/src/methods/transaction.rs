//! Sending transactions and waiting for them.
//!
//! The chain executes a transaction completely before it acknowledges it. So waiting matters only for
//! a status call that overtakes the sending call (clients send both at once), and for contracts that
//! yield.

mod context;
mod outcome;
mod request;
mod text;
mod wait;
mod young;

pub(crate) use context::TxContext;
pub(super) use outcome::answer_of;
pub use outcome::final_outcome;
pub(super) use outcome::shown;
pub(crate) use young::Young;

use crate::error::{of_write, timed_out};
use crate::methods::reply::{Reply, reply};
use context::invalid;
use keyway_chain::{Applied, Checked, Refused};
use keyway_node::WriteError;
use near_jsonrpc_primitives::errors::RpcError;
use near_jsonrpc_primitives::types::transactions::{
    RpcSendTransactionRequest, RpcTransactionResponse, RpcTransactionStatusRequest,
    TimeoutErrorCause, TransactionInfo,
};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::SignedTransaction;
use near_primitives::views::TxExecutionStatus;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use wait::{Receipts, Waiting};

/// The methods around one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// `send_tx`: send, and wait as `wait_until` says.
    Send,
    /// `broadcast_tx_commit`: send, and wait until it ran.
    SendCommit,
    /// `broadcast_tx_async`: send, and answer with the hash in any case.
    SendAsync,
    /// `tx`: the status of a transaction.
    Status,
    /// `tx_status` and `EXPERIMENTAL_tx_status`: the same with the receipts.
    StatusWithReceipts,
}

/// A request whose parameters have been read.
pub(crate) enum Asked {
    /// To send a transaction, and to wait.
    Send(RpcSendTransactionRequest),
    /// To send a transaction.
    SendAsync(SignedTransaction),
    /// To report the status of one.
    Status(RpcTransactionStatusRequest, Receipts),
}

impl Transaction {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    /// `PARSE_ERROR`.
    pub(crate) fn read(self, params: Value) -> Result<Asked, RpcError> {
        Ok(match self {
            Self::Send => Asked::Send(request::sending(params)?),
            Self::SendCommit => {
                let wait_until = TxExecutionStatus::ExecutedOptimistic;
                Asked::Send(RpcSendTransactionRequest { wait_until, ..request::sending(params)? })
            }
            Self::SendAsync => Asked::SendAsync(request::sending(params)?.signed_transaction),
            Self::Status => Asked::Status(request::asking(params)?, Receipts::Hidden),
            Self::StatusWithReceipts => Asked::Status(request::asking(params)?, Receipts::Shown),
        })
    }
}

impl Asked {
    /// Answers the request; waits for at most as long as the settings allow.
    pub(crate) async fn answer(self, context: TxContext<'_>) -> Reply {
        let deadline = now() + context.settings.wait;
        match self {
            Self::Send(request) => send(context, deadline, request).await,
            Self::SendAsync(transaction) => {
                let hash = transaction.get_hash();
                let _status_calls_tell_the_rest = hand_over(context, deadline, transaction).await?;
                reply(hash)
            }
            Self::Status(request, receipts) => {
                Waiting { context, deadline, request, receipts, just_sent: false }.answer().await
            }
        }
    }
}

async fn send(
    context: TxContext<'_>,
    deadline: Instant,
    request: RpcSendTransactionRequest,
) -> Reply {
    let RpcSendTransactionRequest { signed_transaction, wait_until } = request;
    let tx_hash = signed_transaction.get_hash();
    let sender_account_id = signed_transaction.transaction.signer_id().clone();
    let fate = hand_over(context, deadline, signed_transaction).await?;
    if wait_until == TxExecutionStatus::None {
        // Without waiting, a refusal is not reported either.
        return reply(RpcTransactionResponse {
            final_execution_outcome: None,
            final_execution_status: wait_until,
        });
    }
    let just_sent = match fate {
        Fate::Included => true,
        Fate::Known => false,
        Fate::Refused(refused) => return Err(invalid(*refused)),
        Fate::Queued => {
            let version = context.node.snapshot().protocol().version;
            return Err(timed_out(version, TimeoutErrorCause::NotObserved));
        }
    };
    let transaction_info = TransactionInfo::TransactionId { tx_hash, sender_account_id };
    let request = RpcTransactionStatusRequest { transaction_info, wait_until };
    let receipts = Receipts::Hidden;
    Waiting { context, deadline, request, receipts, just_sent }.answer().await
}

/// The result of handing a transaction to the chain.
enum Fate {
    /// It is in a block.
    Included,
    /// It was in a block before.
    Known,
    /// It breaks a rule.
    Refused(Box<InvalidTxError>),
    /// It is still in the queue.
    Queued,
}

/// Hands a transaction to the chain, also one that was handed over before.
///
/// # Errors
/// When the node accepts no transactions.
async fn hand_over(
    context: TxContext<'_>,
    deadline: Instant,
    transaction: SignedTransaction,
) -> Result<Fate, RpcError> {
    context.node.check_writable().map_err(of_write)?;
    if let Some(fork) = &context.settings.fork {
        fork.learn_key(transaction.transaction.public_key());
    }
    // The most expensive part needs no chain, so all threads that serve requests can do it.
    let turn = context.gate.turn().await;
    let transaction = Checked::new(transaction);
    drop(turn);
    let hash = transaction.hash();
    let new = context.young.note(hash);
    let included = context.node.submit_checked(transaction, context.settings.gap_wait);
    match timeout_at(deadline, included).await {
        Ok(Ok(Applied::Known(_))) => {
            if new {
                context.young.forget(&hash);
            }
            Ok(Fate::Known)
        }
        Ok(Ok(_)) => {
            context.young.note(hash);
            Ok(Fate::Included)
        }
        Ok(Err(error)) => {
            if new {
                context.young.forget(&hash);
            }
            match error {
                WriteError::Refused(Refused::Transaction(refused)) => Ok(Fate::Refused(refused)),
                error => Err(of_write(error)),
            }
        }
        Err(_) => Ok(Fate::Queued),
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a request waits is measured from here")]
fn now() -> Instant {
    Instant::now()
}
