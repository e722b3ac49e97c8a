//! `keyway_mine`: blocks by hand.

use super::Control;
use super::span::Span;
use crate::error::of_write;
use crate::methods::reply::Reply;
use crate::params;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// How many.
    #[serde(default = "one")]
    blocks: u64,
    /// The time between two of them; none: as the time runs.
    interval: Option<Span>,
}

fn one() -> u64 {
    1
}

/// Seals blocks, the first with the transactions that wait: `{blocks, interval}`.
pub(in crate::methods) fn mine(control: &Control<'_>, params: Value) -> Reply {
    let Params { blocks, interval } = params::named(params)?;
    let interval_ns = interval.map(Span::nanoseconds).transpose()?;
    control.node.mine(blocks, interval_ns).map_err(of_write)?;
    control.head()
}
