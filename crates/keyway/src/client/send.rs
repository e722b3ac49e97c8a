//! Transactions on their way, and what became of them.

use super::envelope::{self, WireError};
use super::{Client, account_id, answers, not_written};
use crate::error::{ArgumentError, Error, QueryError, Refusal, UnknownFate};
use crate::outcome::Outcome;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::views::FinalExecutionOutcomeViewEnum;
use serde_json::{Value, json};
use std::time::Duration;

/// How far a transaction must be before its outcome is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitUntil {
    /// It is in a block; its receipts may not have run.
    Included,
    /// It and its receipts have run, in blocks that may still be replaced.
    #[default]
    ExecutedOptimistic,
    /// It is in a final block; its receipts may not have run.
    IncludedFinal,
    /// It is in a final block, and its receipts have run.
    Executed,
    /// All of it, refunds too, is in final blocks.
    Final,
}

/// How long a transaction is asked after. A node itself waits about 10 seconds for each question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The most questions about one transaction; 0 counts as 1.
    pub rounds: u32,
    /// The pause between them.
    pub pause: Duration,
}

impl Default for Patience {
    /// Six questions, a quarter of a second between them: about a minute.
    fn default() -> Self {
        Patience { rounds: 6, pause: Duration::from_millis(250) }
    }
}

impl Client {
    /// Sends a transaction and waits for its outcome, sending the same bytes again as often as it
    /// takes: they run at most once.
    ///
    /// A transaction that ran and failed is an `Ok`, whose outcome says so.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.account("alice.near").create()?;
    /// let client = sandbox.client();
    ///
    /// let signed = alice.sign(transfer(1.near()).to("nobody.near"))?;
    /// let outcome = client.send(&signed, WaitUntil::default()).await?;
    /// assert!(!outcome.is_success(), "it ran, and its receiver does not exist");
    /// // The same bytes run once: this asks for the same outcome.
    /// assert_eq!(client.send(&signed, WaitUntil::default()).await?, outcome);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Fate`] when the transaction may still run: until it is known, nothing must be
    /// signed in its place. With any other error it never runs.
    pub async fn send(
        &self,
        transaction: &SignedTransaction,
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        let params = json!({"signed_tx_base64": encoded(transaction)?, "wait_until": wait.name()});
        let mut heard = None;
        // Whether a copy of it may be on its way.
        let mut doubt = false;
        for round in 0..self.shared.patience.rounds.max(1) {
            self.pause(round).await;
            let answer = match self.exchange("send_tx", params.clone()).await {
                Ok(answer) => answer,
                Err(Error::Transport(error)) if !doubt && !error.may_have_arrived => {
                    return Err(error.into());
                }
                Err(error) => return Err(unknown_fate(transaction, error)),
            };
            doubt |= answer.repeated;
            match said(answer.result) {
                Said::Outcome(outcome) => return Ok(*outcome),
                Said::NotYet(error) => heard = Some(error),
                Said::Refused(refusal) if doubt => {
                    return self.settle(transaction, wait, refusal).await;
                }
                Said::Refused(refusal) => return Err(refusal.into()),
                Said::Never(error) if !doubt => return Err(error),
                Said::Never(error) | Said::Unclear(error) => {
                    return Err(unknown_fate(transaction, error));
                }
            }
            doubt = true;
        }
        let silent = || envelope::unexpected("send_tx", "nothing").into();
        Err(unknown_fate(transaction, heard.unwrap_or_else(silent)))
    }

    /// Sends a transaction without waiting, and without hearing whether it is accepted.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.account("alice.near").create()?;
    /// let signed = alice.sign(transfer(1.near()).to("near"))?;
    /// assert_eq!(sandbox.client().broadcast(&signed).await?, signed.get_hash());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Transport`] when no node answers; it may have arrived all the same.
    pub async fn broadcast(&self, transaction: &SignedTransaction) -> Result<CryptoHash, Error> {
        let params = json!({"signed_tx_base64": encoded(transaction)?});
        let result = self.ask("broadcast_tx_async", params).await?;
        envelope::read("broadcast_tx_async", result)
    }

    /// What became of a transaction, with all its receipts.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.account("alice.near").create()?;
    /// let hash = alice.execute(transfer(1.near()).to("near"))?.transaction_hash();
    ///
    /// let outcome = sandbox.client().transaction(hash, "alice.near", WaitUntil::default()).await?;
    /// assert!(outcome.is_success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownTransaction`] when the node has not seen it; [`QueryError::Timeout`]
    /// when it is not as far as asked within this client's patience; a refusal when it was refused.
    pub async fn transaction(
        &self,
        hash: CryptoHash,
        sender: impl AsRef<str>,
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        let sender = account_id(sender.as_ref())?;
        let params =
            json!({"tx_hash": hash, "sender_account_id": sender, "wait_until": wait.name()});
        let mut heard = None;
        for round in 0..self.shared.patience.rounds.max(1) {
            self.pause(round).await;
            let answer = self.exchange("EXPERIMENTAL_tx_status", params.clone()).await?;
            match said(answer.result) {
                Said::Outcome(outcome) => return Ok(*outcome),
                Said::NotYet(error) => heard = Some(error),
                Said::Refused(refusal) => return Err(refusal.into()),
                Said::Never(error) | Said::Unclear(error) => return Err(error),
            }
        }
        Err(heard.unwrap_or_else(|| QueryError::UnknownTransaction { hash }.into()))
    }

    /// A refusal may tell of what an earlier copy did: then that copy's outcome counts. When no
    /// copy is found, one may still be on its way, or in a block that this node has yet to see.
    async fn settle(
        &self,
        transaction: &SignedTransaction,
        wait: WaitUntil,
        refusal: Refusal,
    ) -> Result<Outcome, Error> {
        let (hash, sender) = (transaction.get_hash(), transaction.transaction.signer_id());
        let params = json!({"tx_hash": hash, "sender_account_id": sender,
            "wait_until": WaitUntil::Included.name()});
        let answer = match self.exchange("EXPERIMENTAL_tx_status", params).await {
            Ok(answer) => answer,
            Err(error) => return Err(unknown_fate(transaction, error)),
        };
        match said(answer.result) {
            Said::Outcome(_) => self
                .transaction(hash, sender, wait)
                .await
                .map_err(|error| unknown_fate(transaction, error)),
            _ => Err(unknown_fate(transaction, refusal.into())),
        }
    }

    async fn pause(&self, round: u32) {
        if round > 0 {
            tokio::time::sleep(self.shared.patience.pause).await;
        }
    }
}

impl WaitUntil {
    /// Its name in the RPC.
    pub(super) fn name(self) -> &'static str {
        match self {
            WaitUntil::Included => "INCLUDED",
            WaitUntil::ExecutedOptimistic => "EXECUTED_OPTIMISTIC",
            WaitUntil::IncludedFinal => "INCLUDED_FINAL",
            WaitUntil::Executed => "EXECUTED",
            WaitUntil::Final => "FINAL",
        }
    }
}

/// What an answer says about a transaction.
#[derive(Debug)]
pub(super) enum Said {
    Outcome(Box<Outcome>),
    /// It is on its way, or nobody has seen it yet.
    NotYet(Error),
    Refused(Refusal),
    /// The node did not take it.
    Never(Error),
    /// It may have been taken.
    Unclear(Error),
}

pub(super) fn said(result: Result<Value, WireError>) -> Said {
    let error = match result {
        Ok(result) => return outcome(result),
        Err(error) => error,
    };
    if let Some(refusal) = answers::refusal(&error) {
        return Said::Refused(refusal);
    }
    let never = error.name == "REQUEST_VALIDATION_ERROR"
        || matches!(error.cause.name.as_str(), "INVALID_TRANSACTION" | "UNKNOWN_TRANSACTION");
    let not_yet = matches!(error.cause.name.as_str(), "TIMEOUT_ERROR" | "REQUEST_ROUTED");
    match answers::error(error) {
        error if not_yet => Said::NotYet(error),
        error if never => Said::Never(error),
        error => Said::Unclear(error),
    }
}

fn outcome(result: Value) -> Said {
    if result.get("status").is_none() && result.get("final_execution_status").is_some() {
        return Said::NotYet(QueryError::Timeout("no outcome yet".to_owned()).into());
    }
    match envelope::read::<FinalExecutionOutcomeViewEnum>("a transaction's outcome", result) {
        Ok(view) => Said::Outcome(Box::new(view.into())),
        Err(error) => Said::Unclear(error),
    }
}

fn unknown_fate(transaction: &SignedTransaction, cause: Error) -> Error {
    match cause {
        known @ Error::Fate(_) => known,
        cause => UnknownFate { hash: transaction.get_hash(), cause: Box::new(cause) }.into(),
    }
}

pub(super) fn encoded(transaction: &SignedTransaction) -> Result<String, ArgumentError> {
    let bytes =
        borsh::to_vec(transaction).map_err(|error| not_written("transaction", "borsh", error))?;
    Ok(BASE64_STANDARD.encode(bytes))
}
