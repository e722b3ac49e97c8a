//! Named snapshots, dumps and traces.

use crate::action::read_hash;
use crate::number::Integer;
use crate::problem::Problem;
use keyway::Sandbox;
use keyway::sandbox::SnapshotInfo;
use keyway::trace::{Trace, TraceError, Why};
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

fn traced(sandbox: &Sandbox, hash: &str) -> Result<Trace, Problem> {
    sandbox.trace(&read_hash(hash)?).map_err(|error| {
        let (class, kind) = match &error {
            TraceError::UnknownTransaction { .. } | TraceError::Refused { .. } => {
                ("Query", "Query.Transaction.NotFound")
            }
            TraceError::Pruned { .. } => ("Query", "Query.Block.GarbageCollected"),
            TraceError::TooMuch { .. } => ("Query", "Query.Other"),
            // The rest is the sandbox's fault.
            _ => ("Sandbox", "Sandbox.Chain.Failed"),
        };
        Problem { class, ..Problem::argument(kind, error.to_string()) }
    })
}
