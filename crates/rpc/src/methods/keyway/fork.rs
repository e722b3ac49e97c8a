//! `keyway_fork_status` and `keyway_fork_rows`: what a fork read of its network.

use crate::error::refused;
use crate::methods::reply::{Reply, View, reply};
use crate::params;
use keyway_fork::Fork;
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::serialize::{from_base64, to_base64};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the fork begins, how much it asked for and how much it knows: `{}`.
pub(in crate::methods) fn status(view: &View<'_>, _params: Value) -> Reply {
    reply(fork(view)?.status())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The `next` of the part before, in base64.
    after: Option<String>,
}

/// A part of what the fork knows, as records of a fork file: `{after}`.
pub(in crate::methods) fn rows(view: &View<'_>, params: Value) -> Reply {
    let Params { after } = params::named(params)?;
    let bytes = |text: String| {
        from_base64(&text).map_err(|_| RpcError::parse_error("after: not base64".to_owned()))
    };
    let after = after.map(bytes).transpose()?;
    let rows = fork(view)?.rows(after.as_deref());
    let next = rows.next.map(|next| to_base64(&next));
    Ok(json!({"records_base64": to_base64(&rows.records), "next": next}).into())
}

fn fork<'a>(view: &'a View<'_>) -> Result<&'a Fork, RpcError> {
    view.settings.fork.as_ref().ok_or_else(|| {
        refused(NO_FORK, "this node's chain is no fork; start one with `keyway run --fork NETWORK`")
    })
}

/// The chain is not one of a network.
const NO_FORK: &str = "NO_FORK";
