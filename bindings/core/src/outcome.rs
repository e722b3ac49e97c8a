//! Outcomes as JSON.

use crate::number::{Bytes, Integer, integers};
use keyway::Outcome;
use keyway::outcome::{Execution, ExecutionStatus, Status};
use keyway::protocol::PublicKey;
use keyway_rpc::base58::{Hash, public_key};
use near_primitives::types::AccountId;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// What a transaction did: its status, its logs, and each of its receipts.
pub(crate) fn value(outcome: &Outcome) -> Value {
    json!(Shown::of(outcome))
}

/// The same, written as text without a tree of values before it.
///
/// # Errors
/// The serializer's.
pub(crate) fn write<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    Shown::of(outcome).serialize(serializer)
}

#[derive(Serialize)]
struct Shown<'o> {
    transaction_hash: Hash,
    signer_id: &'o AccountId,
    #[serde(serialize_with = "public_key")]
    public_key: &'o PublicKey,
    receiver_id: &'o AccountId,
    status: &'static str,
    value: Option<String>,
    logs: Vec<&'o str>,
    gas_burnt: Integer,
    tokens_burnt: Integer,
    /// The text of a JSON array, which is read when somebody asks for it.
    #[serde(serialize_with = "as_text")]
    executions: Vec<Ran<'o>>,
}

#[derive(Serialize)]
struct Ran<'o> {
    id: Hash,
    depth: usize,
    predecessor_id: Option<&'o AccountId>,
    executor_id: &'o AccountId,
    is_refund: bool,
    actions: Value,
    status: &'static str,
    value: Option<String>,
    failure: Option<Value>,
    logs: &'o [String],
    gas_burnt: Integer,
    tokens_burnt: Integer,
    block_hash: Option<Hash>,
}

fn as_text<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_string(value).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

impl<'o> Shown<'o> {
    fn of(outcome: &'o Outcome) -> Self {
        let (status, value) = match outcome.status() {
            Status::Pending => ("pending", None),
            Status::Succeeded(value) => ("succeeded", Some(Bytes::text(value))),
            Status::Failed(_) => ("failed", None),
        };
        Self {
            transaction_hash: Hash(outcome.transaction_hash()),
            signer_id: outcome.signer_id(),
            public_key: outcome.public_key(),
            receiver_id: outcome.receiver_id(),
            status,
            value,
            logs: outcome.logs().collect(),
            gas_burnt: outcome.gas_burnt().into(),
            tokens_burnt: outcome.tokens_burnt().into(),
            executions: outcome.executions().iter().map(Ran::of).collect(),
        }
    }
}

impl<'o> Ran<'o> {
    fn of(execution: &'o Execution) -> Self {
        let (status, value, failure) = match &execution.status {
            ExecutionStatus::Pending => ("pending", None, None),
            ExecutionStatus::Returned(value) => ("returned", Some(Bytes::text(value)), None),
            ExecutionStatus::Continued(_) => ("continued", None, None),
            ExecutionStatus::Failed(error) => ("failed", None, Some(integers(json!(error)))),
        };
        Self {
            id: Hash(execution.id),
            depth: execution.depth,
            predecessor_id: execution.predecessor_id.as_ref(),
            executor_id: &execution.executor_id,
            is_refund: execution.is_refund(),
            actions: integers(json!(execution.actions())),
            status,
            value,
            failure,
            logs: &execution.logs,
            gas_burnt: execution.gas_burnt.into(),
            tokens_burnt: execution.tokens_burnt.into(),
            block_hash: execution.block_hash.map(Hash),
        }
    }
}
