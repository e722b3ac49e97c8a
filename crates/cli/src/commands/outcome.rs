//! The outcome of a transaction, as commands show it.

use crate::error::CliError;
use crate::tools::{Context, SignedWith, painted};
use anstyle::AnsiColor;
use keyway::outcome::{Execution, ExecutionStatus, Status};
use keyway::protocol::{CryptoHash, PublicKey};
use keyway::{AccountId, Error, Gas, Outcome};
use serde::Serialize;
use std::fmt;

/// An outcome: a tree for people, a list in JSON.
#[derive(Serialize)]
pub(crate) struct Ran {
    transaction: CryptoHash,
    signer: AccountId,
    receiver: AccountId,
    /// The key that signed.
    public_key: PublicKey,
    /// Whether it was executed before, so that nothing was sent now.
    #[serde(skip_serializing_if = "Option::is_none")]
    already_executed: Option<bool>,
    /// `succeeded`, `failed` or `pending`.
    status: &'static str,
    /// The returned value, if it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    /// The failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    gas_burnt: u64,
    /// On a fork, the most that it would have burnt on the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_burnt_at_most: Option<u64>,
    tokens_burnt: String,
    /// The transaction first, then its receipts, each before the receipts that it created.
    executions: Vec<Step>,
    #[serde(skip)]
    outcome: Outcome,
    /// Whether the signer acted without a key, on a chain of one's own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    impersonated: bool,
    #[serde(skip)]
    key: Option<SignedWith>,
    /// The block, if it was executed before.
    #[serde(skip)]
    before: Option<String>,
}

#[derive(Serialize)]
struct Step {
    id: CryptoHash,
    depth: usize,
    executor: AccountId,
    status: &'static str,
    gas_burnt: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_burnt_at_most: Option<u64>,
    tokens_burnt: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<String>,
}

/// The burnt gas without that of refund receipts, which nobody paid for.
pub(crate) fn burnt_for_good(outcome: &Outcome) -> Gas {
    let executions = outcome.executions().iter().filter(|execution| !execution.is_refund());
    executions.fold(Gas::ZERO, |sum, execution| sum.saturating_add(execution.gas_burnt))
}

impl Ran {
    /// Prints the outcome of a transaction that was sent; a failure is an error, too.
    ///
    /// # Errors
    /// [`Error::Failed`] if it failed; if stdout cannot be written.
    pub(crate) async fn give(context: &Context, outcome: Outcome) -> Result<(), CliError> {
        Self::give_as(context, Self::from(outcome)).await
    }

    /// The same after sending; prints nothing after a dry run, which printed its own answer.
    ///
    /// # Errors
    /// As [`Ran::give`]; the error that kept it from running.
    pub(crate) async fn give_sent(
        context: &Context,
        sent: Result<Option<Outcome>, CliError>,
    ) -> Result<(), CliError> {
        match sent {
            Ok(None) => Ok(()),
            Ok(Some(outcome)) => Self::give(context, outcome).await,
            // The outcome is the answer, even if the transaction failed.
            Err(CliError::Library(Error::Failed(failure))) => {
                Self::give(context, failure.outcome().clone()).await
            }
            Err(other) => Err(other),
        }
    }

    /// The same for a transaction that was executed before and was not sent again.
    ///
    /// # Errors
    /// As [`Ran::give`].
    pub(crate) async fn give_again(context: &Context, outcome: Outcome) -> Result<(), CliError> {
        let mut ran = Self::from(outcome);
        let block = ran.outcome.transaction().block_hash;
        ran.already_executed = Some(true);
        ran.before =
            block.map(|hash| format!("already executed in block {hash}; nothing was sent"));
        Self::give_as(context, ran).await
    }

    /// The same of an account that acted without its key.
    ///
    /// # Errors
    /// As [`Ran::give`].
    pub(crate) fn give_impersonated(context: &Context, outcome: Outcome) -> Result<(), CliError> {
        let ran = Self { impersonated: true, ..Self::from(outcome) };
        context.answer.give(&ran)?;
        ran.outcome.into_result().map(drop).map_err(CliError::from)
    }

    async fn give_as(context: &Context, mut ran: Self) -> Result<(), CliError> {
        ran.key = Some(SignedWith::of(context, &ran.signer, &ran.public_key).await);
        context.answer.give(&ran)?;
        ran.outcome.into_result().map(drop).map_err(CliError::from)
    }
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        let (status, failure) = match outcome.status() {
            Status::Pending => ("pending", None),
            Status::Succeeded(_) => ("succeeded", None),
            Status::Failed(_) => ("failed", outcome.clone().into_result().err()),
        };
        Self {
            transaction: outcome.transaction_hash(),
            signer: outcome.signer_id().clone(),
            receiver: outcome.receiver_id().clone(),
            public_key: outcome.public_key().clone(),
            already_executed: None,
            status,
            value: outcome.value().and_then(|bytes| serde_json::from_slice(bytes).ok()),
            failure: failure.map(|error: Error| error.to_string()),
            gas_burnt: outcome.gas_burnt().as_gas(),
            gas_burnt_at_most: outcome.gas_band().map(|band| band.high.as_gas()),
            tokens_burnt: outcome.tokens_burnt().as_yoctonear().to_string(),
            executions: outcome.executions().iter().map(Step::from).collect(),
            outcome,
            impersonated: false,
            key: None,
            before: None,
        }
    }
}

impl From<&Execution> for Step {
    fn from(execution: &Execution) -> Self {
        Self {
            id: execution.id,
            depth: execution.depth,
            executor: execution.executor_id.clone(),
            status: match &execution.status {
                ExecutionStatus::Pending => "pending",
                ExecutionStatus::Returned(_) | ExecutionStatus::Continued(_) => "succeeded",
                ExecutionStatus::Failed(_) => "failed",
            },
            gas_burnt: execution.gas_burnt.as_gas(),
            gas_burnt_at_most: execution.gas_burnt_at_most.map(Gas::as_gas),
            tokens_burnt: execution.tokens_burnt.as_yoctonear().to_string(),
            logs: execution.logs.clone(),
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = &self.before {
            writeln!(f, "{before}")?;
        }
        // After sending, the error contains the reason of a failure.
        let (tree, key) = match &self.key {
            Some(key) => (format!("{:#}", self.outcome), key.to_string()),
            None => (self.outcome.to_string(), self.public_key.to_string()),
        };
        let tree = tree.replace('✗', &painted("✗", AnsiColor::Red));
        match self.impersonated {
            true => writeln!(f, "{tree}\n{} acted without its key", self.signer),
            false => writeln!(f, "{tree}\nsigned with {key}"),
        }
    }
}
