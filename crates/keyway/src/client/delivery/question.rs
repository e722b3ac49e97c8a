//! Single questions about one transaction: what comes next is decided elsewhere.

use crate::client::Client;
use crate::client::send::{Presence, Said, WaitUntil, encoded, presence, said};
use crate::error::{Error, QueryError, Refusal};
use crate::outcome::Outcome;
use crate::transport::{TransportError, Trouble};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use serde_json::{Value, json};

/// What came of one question.
#[derive(Debug)]
pub(super) enum Heard {
    /// The node takes note, and has no more to say.
    Nothing { error: Error, endpoint: usize, repeated: bool },
    /// What became of the transaction.
    Outcome(Box<Outcome>),
    /// It is refused; `repeated` when this may be the answer to a second copy of the question.
    Refused { refusal: Refusal, repeated: bool },
    /// The node cannot do anything with the question.
    Rejected { error: Error, repeated: bool },
    /// An answer that is none: the node cannot say, or says what is not understood.
    Unclear { error: Error },
    /// No answer.
    Lost { error: Error, may_have_arrived: bool },
    /// Nothing was sent, and trying again would not help.
    Shut { error: Error },
}

impl Client {
    /// Gives a transaction to a node, and does not wait for it.
    pub(super) async fn hand_over(&self, transaction: &SignedTransaction) -> Heard {
        let params = |bytes| json!({"signed_tx_base64": bytes, "wait_until": "NONE"});
        match encoded(transaction) {
            Ok(bytes) => self.hear("send_tx", params(bytes)).await,
            Err(error) => Heard::Rejected { error: error.into(), repeated: false },
        }
    }

    /// Asks what became of a transaction, as far as `wait` says, or would become of it if the node
    /// does not know it.
    pub(super) async fn ask_after(
        &self,
        transaction: &SignedTransaction,
        wait: WaitUntil,
    ) -> Heard {
        let params = |bytes| json!({"signed_tx_base64": bytes, "wait_until": wait.name()});
        match encoded(transaction) {
            Ok(bytes) => self.hear("EXPERIMENTAL_tx_status", params(bytes)).await,
            Err(error) => Heard::Rejected { error: error.into(), repeated: false },
        }
    }

    /// Whether a transaction is in a block, and which endpoint says so; nothing when none says.
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

    /// An endpoint that has this block; nothing when the one that answers does not.
    pub(super) async fn endpoint_with(&self, block: CryptoHash) -> Option<usize> {
        let answer = self.exchange("block", json!({"block_id": block})).await.ok()?;
        answer.result.ok().map(|_| answer.endpoint)
    }

    async fn hear(&self, method: &str, params: Value) -> Heard {
        let answer = match self.exchange(method, params).await {
            Ok(answer) => answer,
            Err(error) => return unheard(error),
        };
        let (repeated, endpoint) = (answer.repeated, answer.endpoint);
        match said(answer.result) {
            Said::Outcome(outcome) => Heard::Outcome(outcome),
            Said::NotYet(error) => Heard::Nothing { error, endpoint, repeated },
            Said::Refused(refusal) => Heard::Refused { refusal, repeated },
            Said::Never(error @ Error::Query(QueryError::UnknownTransaction { .. })) => {
                Heard::Nothing { error, endpoint, repeated }
            }
            Said::Never(error) => Heard::Rejected { error, repeated },
            Said::Unclear(error) => Heard::Unclear { error },
        }
    }
}

/// What a question without an answer means.
fn unheard(error: Error) -> Heard {
    match &error {
        Error::Transport(TransportError { trouble: Trouble::Node { .. }, .. }) => {
            Heard::Unclear { error }
        }
        Error::Transport(lost) if lost.may_have_arrived => {
            Heard::Lost { error, may_have_arrived: true }
        }
        Error::Transport(lost) if lost.trouble.may_pass() => {
            Heard::Lost { error, may_have_arrived: false }
        }
        Error::Transport(_) | Error::Query(QueryError::WrongChain { .. }) => Heard::Shut { error },
        _ => Heard::Unclear { error },
    }
}
