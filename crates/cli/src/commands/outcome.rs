//! What became of a transaction, as commands tell it.

use keyway::outcome::{Execution, ExecutionStatus, Status};
use keyway::{AccountId, CryptoHash, Outcome};
use serde::Serialize;
use std::fmt;

/// An outcome: a tree for people, a list in JSON.
#[derive(Serialize)]
pub(crate) struct Ran {
    transaction: CryptoHash,
    signer: AccountId,
    receiver: AccountId,
    /// `succeeded`, `failed` or `pending`.
    status: &'static str,
    /// What was returned, where that is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    gas_burnt: u64,
    tokens_burnt: String,
    /// The transaction first, then its receipts, each before those that it made.
    executions: Vec<Step>,
    #[serde(skip)]
    tree: String,
}

#[derive(Serialize)]
struct Step {
    id: CryptoHash,
    depth: usize,
    executor: AccountId,
    status: &'static str,
    gas_burnt: u64,
    tokens_burnt: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<String>,
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        let (status, failure) = match outcome.status() {
            Status::Pending => ("pending", None),
            Status::Succeeded(_) => ("succeeded", None),
            Status::Failed(error) => ("failed", Some(error.to_string())),
        };
        Self {
            transaction: outcome.transaction_hash(),
            signer: outcome.signer_id().clone(),
            receiver: outcome.receiver_id().clone(),
            status,
            value: outcome.value().and_then(|bytes| serde_json::from_slice(bytes).ok()),
            failure,
            gas_burnt: outcome.gas_burnt().as_gas(),
            tokens_burnt: outcome.tokens_burnt().as_yoctonear().to_string(),
            executions: outcome.executions().iter().map(Step::from).collect(),
            tree: outcome.to_string(),
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
            tokens_burnt: execution.tokens_burnt.as_yoctonear().to_string(),
            logs: execution.logs.clone(),
        }
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.tree)
    }
}
