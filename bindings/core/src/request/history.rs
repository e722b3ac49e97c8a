//! Named snapshots, dumps, traces and the history of keys.

use super::{Changed, read_handle};
use crate::action::read_hash;
use crate::number::Integer;
use crate::problem::Problem;
use crate::reports::read_account_id;
use keyway::Sandbox;
use keyway::sandbox::SnapshotInfo;
use keyway::trace::{Trace, TraceError, Why, differences};
use serde_json::{Value, json};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

/// A named snapshot.
pub(super) fn snapshot(snapshot: &SnapshotInfo) -> Value {
    json!({
        "name": snapshot.name,
        "note": snapshot.note,
        "parent": snapshot.parent,
        "height": snapshot.height,
        "block_hash": snapshot.block_hash,
        "time_ns": Integer(snapshot.block_time_ns.into()),
        "current": snapshot.current,
    })
}

/// Writes the chain into a file, in place of what it had.
pub(super) fn dump(sandbox: &Sandbox, path: &Path) -> Result<Value, Problem> {
    let file = File::create(path).map_err(|error| {
        let message = format!("the sandbox was not dumped: {}: {error}", path.display());
        Problem::sandbox("Sandbox.Dump.NotWritten", message)
    })?;
    sandbox.dump(BufWriter::new(file))?;
    Ok(Value::Null)
}

/// The trace as JSON text, so that no name or number in it is changed on its way.
pub(super) fn trace(sandbox: &Sandbox, hash: &str) -> Result<Value, Problem> {
    Ok(json!(json!(traced(sandbox, hash)?).to_string()))
}

/// Why a transaction ended as it did.
pub(super) fn why(sandbox: &Sandbox, hash: &str) -> Result<Value, Problem> {
    Ok(json!(Why::of(&traced(sandbox, hash)?).to_string()))
}

/// A past transaction as it was, as it would have been with the changes, and what differs; as JSON text.
pub(super) fn what_if(
    sandbox: &Sandbox,
    hash: &str,
    changes: Vec<Changed>,
) -> Result<Value, Problem> {
    if changes.len() > MOST_CHANGES {
        let message = format!("{} changes, above the limit of {MOST_CHANGES}", changes.len());
        return Err(Problem::argument("Argument.OutOfRange", message));
    }
    let changes: Result<Vec<_>, _> = changes.into_iter().map(Changed::read).collect();
    let before = traced(sandbox, hash)?;
    let after = sandbox.what_if(&read_hash(hash)?, &changes?).map_err(|error| untraced(&error))?;
    let differences = differences(&before, &after);
    let tried = json!({"before": before, "after": after, "differences": differences});
    Ok(json!(tried.to_string()))
}

/// What happened to the keys of an account, or to one, as JSON text.
pub(super) fn keys(
    sandbox: &Sandbox,
    account_id: &str,
    public_key: Option<&str>,
    from: Option<Integer>,
) -> Result<Value, Problem> {
    let account_id = read_account_id(account_id)?;
    let key = public_key.map(read_handle).transpose()?.map(|key| key.to_string());
    let from = from.map(|from| from.as_u64("the height")).transpose()?;
    let history = sandbox.chain().key_history(&account_id, key.as_deref(), from);
    Ok(json!(json!(history.map_err(|error| untraced(&error))?).to_string()))
}

fn traced(sandbox: &Sandbox, hash: &str) -> Result<Trace, Problem> {
    sandbox.trace(&read_hash(hash)?).map_err(|error| untraced(&error))
}

fn untraced(error: &TraceError) -> Problem {
    let (class, kind) = match error {
        TraceError::UnknownTransaction { .. } | TraceError::Refused { .. } => {
            ("Query", "Query.Transaction.NotFound")
        }
        TraceError::Pruned { .. } => ("Query", "Query.Block.GarbageCollected"),
        TraceError::TooMuch { .. } => ("Query", "Query.Other"),
        TraceError::Change { .. } => ("Argument", "Argument.NotUsable"),
        // The rest is the sandbox's fault.
        _ => ("Sandbox", "Sandbox.Chain.Failed"),
    };
    Problem { class, ..Problem::argument(kind, error.to_string()) }
}

/// Changes that one request may ask for.
const MOST_CHANGES: usize = 100;
