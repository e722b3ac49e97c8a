//! The time of inputs, from a clock that the node is given: by default the machine's. Only this file
//! reads clocks.

use keyway_chain::Chain;
use std::fmt::Debug;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Gives a [`Node`](crate::Node) the time of each input.
pub trait Clock: Debug + Send + Sync {
    /// The time of the next input of `chain`, nanoseconds since the Unix epoch. The chain adds the time
    /// of its fast-forwards ([`Chain::time_offset_ns`]).
    fn now_ns(&self, chain: &Chain) -> u64;
}

/// The machine's own time; 1970 for a clock set before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    fn now_ns(&self, _chain: &Chain) -> u64 {
        now_ns()
    }
}

/// The machine's time, nanoseconds since the Unix epoch.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "chains are told the time from here")]
pub fn now_ns() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

/// The present moment, to measure from.
#[expect(clippy::disallowed_methods, reason = "uptime is measured from here")]
#[must_use]
pub fn instant_now() -> Instant {
    Instant::now()
}
