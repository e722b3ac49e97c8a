//! `keyway_trace_transaction`, `keyway_trace_call` and `keyway_what_if`: what a transaction did, or
//! would do. They change nothing, so a node without cheats has them too.

mod change;
mod subject;

use crate::error::{INVALID_PARAMETER, internal, refused};
use crate::methods::reply::{Json, Reply, View};
use crate::params;
use change::ChangeParam;
use keyway_chain::TraceError;
use keyway_trace::{Difference, Trace, differences};
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::hash::CryptoHash;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subject::Subject;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransactionParams {
    tx_hash: CryptoHash,
}

/// The trace of a transaction: `{tx_hash}`.
pub(in crate::methods) fn transaction(view: &View<'_>, params: Value) -> Reply {
    let TransactionParams { tx_hash } = params::named(params)?;
    Json::of(&view.chain.trace(&tx_hash).map_err(wire)?)
}

/// The trace of what was not sent: a view, actions of an account, or a signed transaction.
pub(in crate::methods) fn call(view: &View<'_>, params: Value) -> Reply {
    params::named::<Subject>(params)?.trace(view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhatIfParams {
    tx_hash: CryptoHash,
    changes: Vec<ChangeParam>,
}

#[derive(Serialize)]
struct WhatIf {
    before: Trace,
    after: Trace,
    differences: Vec<Difference>,
}

/// A past transaction with something changed: `{tx_hash, changes}`.
pub(in crate::methods) fn what_if(view: &View<'_>, params: Value) -> Reply {
    let WhatIfParams { tx_hash, changes } = params::named(params)?;
    if changes.len() > MAX_CHANGES {
        let reason = format!("{} changes: at most {MAX_CHANGES} at a time", changes.len());
        return Err(refused(INVALID_PARAMETER, reason));
    }
    let changes: Vec<_> = changes.into_iter().map(Into::into).collect();
    let before = view.chain.trace(&tx_hash).map_err(wire)?;
    let after = view.chain.what_if(&tx_hash, &changes).map_err(wire)?;
    let differences = differences(&before, &after);
    Json::of(&WhatIf { before, after, differences })
}

/// The wire error for a trace that cannot be made.
pub(super) fn wire(error: TraceError) -> RpcError {
    let cause = match &error {
        TraceError::UnknownTransaction { .. } => "UNKNOWN_TRANSACTION",
        TraceError::Refused { .. } => "REFUSED_TRANSACTION",
        TraceError::Pruned { .. } => "PRUNED_STATE",
        TraceError::TooMuch { .. } => "TRACE_TOO_LARGE",
        TraceError::Change { .. } => INVALID_PARAMETER,
        _ => return internal(error),
    };
    refused(cause, error.to_string())
}

/// How many things one request may change.
const MAX_CHANGES: usize = 100;
