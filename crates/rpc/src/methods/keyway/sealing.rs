//! `keyway_sealing_*`: when blocks are sealed.

use super::Control;
use crate::error::{INVALID_PARAMETER, internal, refused};
use crate::methods::reply::{Reply, reply};
use crate::params;
use keyway_node::{MAX_WAITING, Sealing};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// At once.
    On,
    /// By hand.
    Off,
    /// At an interval.
    Every,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    mode: Mode,
    /// With `every`.
    interval_ms: Option<u64>,
}

#[derive(Serialize)]
struct Shown {
    mode: Mode,
    interval_ms: Option<u64>,
    /// Transactions that wait for a block.
    waiting: usize,
    /// How many may.
    most_waiting: usize,
}

/// Shows when blocks are sealed: no parameters.
pub(in crate::methods) fn show(control: &Control<'_>, params: Value) -> Reply {
    params::none(params)?;
    shown(control)
}

/// Changes when blocks are sealed: `{mode, interval_ms}`.
pub(in crate::methods) fn set(control: &Control<'_>, params: Value) -> Reply {
    let Params { mode, interval_ms } = params::named(params)?;
    let sealing = match (mode, interval_ms) {
        (Mode::On, None) => Sealing::AtOnce,
        (Mode::Off, None) => Sealing::ByHand,
        (Mode::Every, Some(interval @ 1..=MOST_MS)) => {
            Sealing::Every(Duration::from_millis(interval))
        }
        (Mode::Every, Some(interval)) => {
            let reason = format!("interval_ms is {interval}; it must be 1 to {MOST_MS}, an hour");
            return Err(refused(INVALID_PARAMETER, reason));
        }
        (Mode::Every, None) | (Mode::On | Mode::Off, Some(_)) => {
            let reason = "interval_ms belongs to the mode `every`, which needs it";
            return Err(refused(INVALID_PARAMETER, reason));
        }
    };
    control.node.set_sealing(sealing).map_err(internal)?;
    shown(control)
}

fn shown(control: &Control<'_>) -> Reply {
    let (mode, interval_ms) = match control.node.sealing() {
        Sealing::AtOnce => (Mode::On, None),
        Sealing::ByHand => (Mode::Off, None),
        Sealing::Every(period) => {
            (Mode::Every, Some(u64::try_from(period.as_millis()).unwrap_or(u64::MAX)))
        }
    };
    let waiting = control.node.waiting();
    reply(Shown { mode, interval_ms, waiting, most_waiting: MAX_WAITING })
}

/// The longest interval, milliseconds.
const MOST_MS: u64 = 3_600_000;
