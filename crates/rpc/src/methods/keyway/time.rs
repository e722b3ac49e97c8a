//! `keyway_time_*`: the chain's time.

use super::Control;
use super::head::Head;
use super::span::Span;
use crate::error::{INVALID_PARAMETER, refused};
use crate::methods::reply::{Reply, View, reply};
use crate::params;
use chrono::DateTime;
use keyway_chain::{Chain, Input, TimeChange, Timing, rfc3339};
use near_jsonrpc_primitives::errors::RpcError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The time of a chain: the newest block's, and what the next one's will follow.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    head: Head,
    /// `running`, `frozen` or `stepped`.
    mode: &'static str,
    /// Of a running time: nanoseconds ahead of the node's clock, as text; negative when behind.
    ahead_nanosec: Option<String>,
    /// Of a stepped time: nanoseconds between two blocks, as text.
    step_nanosec: Option<String>,
}

impl Shown {
    fn of(chain: &Chain) -> Self {
        let head = Head::of(chain);
        let (mode, ahead, step) = match chain.timing() {
            Timing::Running { offset_ns } => ("running", Some(offset_ns.to_string()), None),
            Timing::Frozen { .. } => ("frozen", None, None),
            Timing::Stepped { step_ns, .. } => ("stepped", None, Some(step_ns.to_string())),
        };
        Self { head, mode, ahead_nanosec: ahead, step_nanosec: step }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    /// RFC 3339.
    time: Option<String>,
    /// Nanoseconds since the Unix epoch, as text.
    time_nanosec: Option<String>,
}

impl Moment {
    /// Nanoseconds since the Unix epoch.
    fn nanoseconds(self) -> Result<u64, RpcError> {
        let wrong = |reason: String| refused(INVALID_PARAMETER, reason);
        match (self.time, self.time_nanosec) {
            (Some(time), None) => instant(&time).map_err(wrong),
            (None, Some(number)) => number.parse().map_err(|_| {
                wrong("time_nanosec is not a number of nanoseconds since 1970, as text".to_owned())
            }),
            _ => Err(wrong("give either `time` or `time_nanosec`".to_owned())),
        }
    }
}

/// Nanoseconds since the Unix epoch at an instant in RFC 3339.
fn instant(text: &str) -> Result<u64, String> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| {
        "time is not an instant in RFC 3339, such as 2027-05-01T00:00:00Z".to_owned()
    })?;
    let seconds = u64::try_from(time.timestamp()).ok();
    let nanoseconds = seconds.and_then(|seconds| {
        seconds.checked_mul(1_000_000_000)?.checked_add(u64::from(time.timestamp_subsec_nanos()))
    });
    nanoseconds.ok_or_else(|| {
        format!("no block can have the time of `time`: times go from {} to 2500", rfc3339(0))
    })
}

/// Shows the time: no parameters.
pub(in crate::methods) fn show(view: &View<'_>, params: Value) -> Reply {
    params::none(params)?;
    reply(Shown::of(view.chain))
}

/// Sets the time: `{time}` or `{time_nanosec}`.
pub(in crate::methods) fn set(control: &Control<'_>, params: Value) -> Reply {
    let time_ns = params::named::<Moment>(params)?.nanoseconds()?;
    change(control, TimeChange::Set { time_ns })
}

/// Moves the time ahead: `{seconds}` or `{nanosec}`.
pub(in crate::methods) fn advance(control: &Control<'_>, params: Value) -> Reply {
    let by_ns = params::named::<Span>(params)?.nanoseconds()?;
    change(control, TimeChange::Move { by_ns })
}

/// Lets the time stand still: no parameters.
pub(in crate::methods) fn freeze(control: &Control<'_>, params: Value) -> Reply {
    params::none(params)?;
    change(control, TimeChange::Freeze)
}

/// Lets each block come a fixed time after the one before: `{seconds}` or `{nanosec}`.
pub(in crate::methods) fn step(control: &Control<'_>, params: Value) -> Reply {
    let step_ns = params::named::<Span>(params)?.nanoseconds()?;
    change(control, TimeChange::Step { step_ns })
}

/// Lets the time follow the node's clock again: no parameters.
pub(in crate::methods) fn free(control: &Control<'_>, params: Value) -> Reply {
    params::none(params)?;
    change(control, TimeChange::Free)
}

fn change(control: &Control<'_>, change: TimeChange) -> Reply {
    control.apply(Input::Time(change))?;
    let shown = Shown::of(&control.node.snapshot());
    control.make_final()?;
    reply(shown)
}
