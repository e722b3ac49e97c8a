//! Sending transactions and waiting for them.
//!
//! The chain runs a transaction to its end before it acknowledges it, so waiting matters for a
//! status call that overtakes the sending call (clients send both at once) and for contracts that
//! wait for something themselves.

mod context;
mod outcome;
mod request;
mod text;
mod wait;
mod young;

pub(crate) use context::TxContext;
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
    /// `broadcast_tx_async`: send, and answer with the hash whatever becomes of it.
    SendAsync,
    /// `tx`: what became of it.
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
    /// To tell what became of one.
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
    /// Answers; waits as long as the settings allow.
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
        // Who does not wait does not hear of a refusal.
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

/// What became of a transaction that was given to the chain.
enum Fate {
    /// It is in a block.
    Included,
    /// It was in a block before.
    Known,
    /// A rule is against it.
    Refused(Box<InvalidTxError>),
    /// It still waits for the chain.
    Queued,
}

/// Gives a transaction to the chain when it is its turn, again where it was given before.
///
/// # Errors
/// When the node takes none.
async fn hand_over(
    context: TxContext<'_>,
    deadline: Instant,
    transaction: SignedTransaction,
) -> Result<Fate, RpcError> {
    context.node.check_writable().map_err(of_write)?;
    // The dearest part needs no chain: it is done here, by as many threads as serve requests.
    let transaction = Checked::new(transaction);
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
