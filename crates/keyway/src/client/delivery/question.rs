//! Single requests about one transaction. [`Delivery`](super::Delivery) decides which comes next.

use crate::client::Client;
use crate::client::send::{Presence, Progress, WaitUntil, encoded, presence, progress};
use crate::error::{Error, QueryError, Refusal};
use crate::outcome::Outcome;
use crate::transport::{TransportError, Trouble};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use serde_json::{Value, json};

/// The result of one request.
#[derive(Debug)]
pub(super) enum RpcOutcome {
    /// The node has the transaction, or knows nothing yet.
    Nothing { error: Error, endpoint: usize, repeated: bool },
    /// The transaction's outcome.
    Outcome(Box<Outcome>),
    /// It is refused; `repeated` if this may be the answer to a second copy of the request.
    Refused { refusal: Refusal, repeated: bool },
    /// The node cannot parse the request.
    Invalid { error: Error, repeated: bool },
    /// The node does not know, or its answer cannot be parsed.
    Unclear { error: Error },
    /// No answer.
    Lost { error: Error, may_have_arrived: bool },
    /// Nothing was sent, and a retry would not help.
    Shut { error: Error },
}

impl Client {
    /// Sends a transaction to a node, and does not wait for it.
    pub(super) async fn hand_over(&self, transaction: &SignedTransaction) -> RpcOutcome {
        let params = |bytes| json!({"signed_tx_base64": bytes, "wait_until": "NONE"});
        match encoded(transaction) {
            Ok(bytes) => self.outcome_of("send_tx", params(bytes)).await,
            Err(error) => RpcOutcome::Invalid { error: error.into(), repeated: false },
        }
    }

    /// Asks for the outcome of a transaction, waiting as `wait` says. A node that does not know the transaction checks
    /// its bytes, and refuses them if they can no longer run. The bytes of a large transaction are left out of the first
    /// request, because they were just uploaded; if that request brings nothing, they are sent `again`.
    pub(super) async fn ask_after(
        &self,
        transaction: &SignedTransaction,
        wait: WaitUntil,
        again: bool,
    ) -> RpcOutcome {
        let bytes = match encoded(transaction) {
            Ok(bytes) => bytes,
            Err(error) => return RpcOutcome::Invalid { error: error.into(), repeated: false },
        };
        let params = if bytes.len() > LARGE && !again {
            let (hash, sender) = (transaction.get_hash(), transaction.transaction.signer_id());
            json!({"tx_hash": hash, "sender_account_id": sender, "wait_until": wait.name()})
        } else {
            json!({"signed_tx_base64": bytes, "wait_until": wait.name()})
        };
        self.outcome_of("EXPERIMENTAL_tx_status", params).await
    }

    /// Whether a transaction is in a block, and which endpoint knows; none without an answer.
    pub(super) async fn is_known(
        &self,
        hash: CryptoHash,
        sender: &AccountId,
    ) -> Option<(bool, usize)> {
        let params = json!({"tx_hash": hash, "sender_account_id": sender, "wait_until": "NONE"});
        let answer = self.exchange("EXPERIMENTAL_tx_status", params).await.ok()?;
        let known = match presence(answer.result).ok()? {
            Presence::Present => true,
            Presence::Absent | Presence::Refused(_) => false,
        };
        Some((known, answer.endpoint))
    }

    /// An endpoint with this block; none if the one that answers does not have it.
    pub(super) async fn endpoint_with(&self, block: CryptoHash) -> Option<usize> {
        let answer = self.exchange("block", json!({"block_id": block})).await.ok()?;
        answer.result.ok().map(|_| answer.endpoint)
    }

    async fn outcome_of(&self, method: &str, params: Value) -> RpcOutcome {
        let answer = match self.exchange(method, params).await {
            Ok(answer) => answer,
            Err(error) => return no_answer(error),
        };
        let (repeated, endpoint) = (answer.repeated, answer.endpoint);
        match progress(answer.result) {
            Progress::Outcome(outcome) => RpcOutcome::Outcome(outcome),
            Progress::NotYet(error) => RpcOutcome::Nothing { error, endpoint, repeated },
            Progress::Refused(refusal) => RpcOutcome::Refused { refusal, repeated },
            Progress::Never(error @ Error::Query(QueryError::UnknownTransaction { .. })) => {
                RpcOutcome::Nothing { error, endpoint, repeated }
            }
            Progress::Never(error) => RpcOutcome::Invalid { error, repeated },
            Progress::Unclear(error) => RpcOutcome::Unclear { error },
        }
    }
}

/// The meaning of a missing answer.
fn no_answer(error: Error) -> RpcOutcome {
    match &error {
        Error::Transport(TransportError { trouble: Trouble::Node { .. }, .. }) => {
            RpcOutcome::Unclear { error }
        }
        Error::Transport(lost) if lost.may_have_arrived => {
            RpcOutcome::Lost { error, may_have_arrived: true }
        }
        Error::Transport(lost) if lost.trouble.may_pass() => {
            RpcOutcome::Lost { error, may_have_arrived: false }
        }
        Error::Transport(_) | Error::Query(QueryError::WrongChain { .. }) => {
            RpcOutcome::Shut { error }
        }
        _ => RpcOutcome::Unclear { error },
    }
}

/// The size from which bytes are not sent twice, in base64 characters.
const LARGE: usize = 64 * 1024;
