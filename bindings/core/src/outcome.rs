//! Outcomes as JSON.

use crate::number::{Bytes, Integer, integers};
use keyway::Outcome;
use keyway::outcome::{Execution, ExecutionStatus, Status};
use serde_json::{Value, json};

/// What a transaction did: its status, its logs, and each of its receipts.
pub(crate) fn value(outcome: &Outcome) -> Value {
    let (status, returned) = match outcome.status() {
        Status::Pending => ("pending", None),
        Status::Succeeded(value) => ("succeeded", Some(Bytes::text(value))),
        Status::Failed(_) => ("failed", None),
    };
    json!({
        "transaction_hash": outcome.transaction_hash(),
        "signer_id": outcome.signer_id(),
        "public_key": outcome.public_key(),
        "receiver_id": outcome.receiver_id(),
        "status": status,
        "value": returned,
        "logs": outcome.logs().collect::<Vec<_>>(),
        "gas_burnt": Integer::from(outcome.gas_burnt()),
        "tokens_burnt": Integer::from(outcome.tokens_burnt()),
        "executions": outcome.executions().iter().map(execution).collect::<Vec<_>>(),
    })
}

fn execution(execution: &Execution) -> Value {
    let (status, returned, failure) = match &execution.status {
        ExecutionStatus::Pending => ("pending", None, None),
        ExecutionStatus::Returned(value) => ("returned", Some(Bytes::text(value)), None),
        ExecutionStatus::Continued(_) => ("continued", None, None),
        ExecutionStatus::Failed(error) => ("failed", None, Some(integers(json!(error)))),
    };
    json!({
        "id": execution.id,
        "depth": execution.depth,
        "predecessor_id": execution.predecessor_id,
        "executor_id": execution.executor_id,
        "is_refund": execution.is_refund(),
        "actions": integers(json!(execution.actions())),
        "status": status,
        "value": returned,
        "failure": failure,
        "logs": execution.logs,
        "gas_burnt": Integer::from(execution.gas_burnt),
        "tokens_burnt": Integer::from(execution.tokens_burnt),
        "block_hash": execution.block_hash,
    })
}
