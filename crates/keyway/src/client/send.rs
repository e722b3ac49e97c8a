//! Sending transactions, and their outcomes.

use super::envelope::Found;
use super::{Client, End, Submission, account_id, answers, not_written};
use crate::clock;
use crate::error::{ArgumentError, Error, QueryError, Refusal};
use crate::outcome::{Ceilings, Outcome};
use crate::transport::NodeError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::AccountId;
use near_primitives::views::FinalExecutionOutcomeViewEnum;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::time::Duration;

/// How far a transaction must be before its outcome is returned.
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
    /// All of it, including refunds, is in final blocks.
    Final,
}

/// How long to ask for a transaction's outcome. The node itself waits about 10 seconds for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How many requests about one transaction may fail or time out; 0 counts as 1.
    pub rounds: u32,
    /// The pause after the first of them; each pause is twice as long as the last, up to 2 seconds.
    pub pause: Duration,
}

impl Default for Patience {
    /// Six requests, with a quarter of a second after the first: about a minute.
    fn default() -> Self {
        Patience { rounds: 6, pause: Duration::from_millis(250) }
    }
}

impl Patience {
    /// Pauses after this many failed requests.
    pub(super) async fn pause_after(self, rounds: u32) {
        let Some(doublings) = rounds.checked_sub(1) else { return };
        let pause = self.pause.saturating_mul(1 << doublings.min(16));
        tokio::time::sleep(pause.min(LONGEST_PAUSE.max(self.pause))).await;
    }
}

impl Client {
    /// Sends a transaction and waits for its outcome. The same bytes are sent again as often as necessary; they run at most
    /// once.
    ///
    /// A transaction that failed is an `Ok` with a failed outcome.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
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
    /// [`Error::Fate`] if the transaction may still run: do not sign another one in its place until that is known. With any
    /// other error it never runs.
    pub async fn send(
        &self,
        transaction: &SignedTransaction,
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        let patience = self.shared.patience;
        let mut submission = Submission::new(self, transaction.clone(), None, wait, patience);
        let step = submission.send().await;
        match submission.finish(step).await? {
            End::Outcome(outcome) => Ok(*outcome),
            End::SignAgain(_, refusal) | End::Refused(refusal) => Err(refusal),
        }
    }

    /// Sends a transaction without waiting, and without finding out whether it is accepted.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let signed = alice.sign(transfer(1.near()).to("near"))?;
    /// assert_eq!(sandbox.client().broadcast(&signed).await?, signed.get_hash());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Transport`] if no node answers; it may have arrived nevertheless.
    pub async fn broadcast(&self, transaction: &SignedTransaction) -> Result<CryptoHash, Error> {
        let params = json!({"signed_tx_base64": encoded(transaction)?});
        Ok(self.ask("broadcast_tx_async", params).await?.read()?)
    }

    /// The outcome of a transaction, with all its receipts. Waits for a transaction that no node has seen yet;
    /// [`Client::has_transaction`] returns at once.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, WaitUntil, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let hash = alice.execute(transfer(1.near()).to("near"))?.transaction_hash();
    ///
    /// let outcome = sandbox.client().transaction(hash, "alice.near", WaitUntil::default()).await?;
    /// assert!(outcome.is_success());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownTransaction`] if no node has seen it within this client's patience; [`QueryError::Timeout`] if
    /// it is not as far as asked by then; [`Error::Refused`] if it was refused.
    pub async fn transaction(
        &self,
        hash: CryptoHash,
        sender: impl AsRef<str>,
        wait: WaitUntil,
    ) -> Result<Outcome, Error> {
        let sender = account_id(sender.as_ref())?;
        let call = self.begin();
        let client = self.during(&call);
        let params =
            json!({"tx_hash": hash, "sender_account_id": sender, "wait_until": wait.name()});
        let mut last = None;
        for round in 0..self.shared.patience.rounds.max(1) {
            if call.deadline().is_some_and(|deadline| round > 0 && deadline.is_over()) {
                break;
            }
            self.shared.patience.pause_after(round).await;
            let answer = client.exchange("EXPERIMENTAL_tx_status", params.clone()).await?;
            match progress(answer.result) {
                Progress::Outcome(outcome) => return Ok(*outcome),
                Progress::NotYet(error) => last = Some(error),
                Progress::Refused(refusal) => return Err(refusal.into()),
                Progress::Never(error) | Progress::Unclear(error) => return Err(error),
            }
        }
        // A timeout does not show whether there was anything to wait for.
        match self.look_up(hash, &sender).await {
            Ok(Presence::Absent) => Err(QueryError::UnknownTransaction { hash }.into()),
            _ => Err(last.unwrap_or_else(|| QueryError::UnknownTransaction { hash }.into())),
        }
    }

    /// Whether the chain has a transaction of `sender`, without waiting for it. A node that is behind is asked again for a
    /// second.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::protocol::CryptoHash;
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// let hash = alice.execute(transfer(1.near()).to("near"))?.transaction_hash();
    ///
    /// let client = sandbox.client();
    /// assert!(client.has_transaction(hash, "alice.near").await?);
    /// assert!(!client.has_transaction(CryptoHash::default(), "alice.near").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] if it was refused; otherwise if no node knows.
    pub async fn has_transaction(
        &self,
        hash: CryptoHash,
        sender: impl AsRef<str>,
    ) -> Result<bool, Error> {
        let sender = account_id(sender.as_ref())?;
        let call = self.begin();
        let client = self.during(&call);
        let begun = clock::now();
        loop {
            match client.look_up(hash, &sender).await? {
                Presence::Present => return Ok(true),
                Presence::Refused(refusal) => return Err(refusal.into()),
                Presence::Absent if begun.elapsed() + NEWS >= A_SECOND => return Ok(false),
                Presence::Absent if self.shared.transport.is_one_node() => return Ok(false),
                Presence::Absent => tokio::time::sleep(NEWS).await,
            }
        }
    }

    /// What a node knows of a transaction, without waiting.
    async fn look_up(&self, hash: CryptoHash, sender: &AccountId) -> Result<Presence, Error> {
        let params = json!({"tx_hash": hash, "sender_account_id": sender, "wait_until": "NONE"});
        let answer = self.exchange("EXPERIMENTAL_tx_status", params).await?;
        presence(answer.result)
    }
}

/// Whether a node knows a transaction.
#[derive(Debug)]
pub(super) enum Presence {
    Present,
    Absent,
    Refused(Refusal),
}

/// Reads the answer to a request that does not wait.
///
/// # Errors
/// If the answer leaves that open.
pub(super) fn presence(result: Result<Found, NodeError>) -> Result<Presence, Error> {
    let error = match result {
        Ok(_) => return Ok(Presence::Present),
        Err(error) => error,
    };
    if let Some(refusal) = answers::refusal(&error) {
        return Ok(Presence::Refused(refusal));
    }
    match (error.name(), error.cause.info.get("cause").and_then(Value::as_str)) {
        (_, Some("PENDING")) => Ok(Presence::Present),
        // A timeout, although the request did not wait, means that the node does not have it. But a node that does not
        // track the account's shard cannot know.
        ("UNKNOWN_TRANSACTION", _) | (_, Some("NOT_OBSERVED")) | ("TIMEOUT_ERROR", None) => {
            Ok(Presence::Absent)
        }
        _ => Err(answers::error(error)),
    }
}

/// How long nodes behind one address may take to receive a transaction, and how often they are asked.
const A_SECOND: Duration = Duration::from_millis(1_200);
const NEWS: Duration = Duration::from_millis(200);

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

/// How far a transaction is, according to one answer.
#[derive(Debug)]
pub(super) enum Progress {
    Outcome(Box<Outcome>),
    /// It is pending, or not seen yet.
    NotYet(Error),
    Refused(Refusal),
    /// The node did not accept it.
    Never(Error),
    /// It may have been accepted.
    Unclear(Error),
}

pub(super) fn progress(result: Result<Found, NodeError>) -> Progress {
    let error = match result {
        Ok(found) => return outcome(&found),
        Err(error) => error,
    };
    if let Some(refusal) = answers::refusal(&error) {
        return Progress::Refused(refusal);
    }
    let never = error.name == "REQUEST_VALIDATION_ERROR"
        || matches!(error.name(), "INVALID_TRANSACTION" | "UNKNOWN_TRANSACTION");
    let not_yet = matches!(error.name(), "TIMEOUT_ERROR" | "REQUEST_ROUTED");
    match answers::error(error) {
        error if not_yet => Progress::NotYet(error),
        error if never => Progress::Never(error),
        error => Progress::Unclear(error),
    }
}

fn outcome(found: &Found) -> Progress {
    if found.is::<Unfinished>().is_some_and(|answer| answer.status.is_none()) {
        return Progress::NotYet(QueryError::Timeout("no outcome yet".to_owned()).into());
    }
    match read(found) {
        Ok(outcome) => Progress::Outcome(Box::new(outcome)),
        Err(error) => Progress::Unclear(error.into()),
    }
}

/// The outcome in an answer, on a fork with the most gas that it would have burnt on the network.
pub(super) fn read(found: &Found) -> Result<Outcome, QueryError> {
    let outcome = Outcome::from(found.read::<FinalExecutionOutcomeViewEnum>()?);
    if !found.mentions(Ceilings::MEMBER) {
        return Ok(outcome);
    }
    let ceilings = found.read::<Ceilings>()?.by_id();
    Ok(outcome.with_ceilings(|id| ceilings.get(id).copied()))
}

/// An answer with the progress of a transaction, and perhaps its outcome.
#[derive(Deserialize)]
struct Unfinished {
    #[serde(rename = "final_execution_status")]
    _level: IgnoredAny,
    status: Option<IgnoredAny>,
}

pub(super) fn encoded(transaction: &SignedTransaction) -> Result<String, ArgumentError> {
    let bytes =
        borsh::to_vec(transaction).map_err(|error| not_written("transaction", "borsh", error))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

const LONGEST_PAUSE: Duration = Duration::from_secs(2);
