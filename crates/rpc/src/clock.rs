//! The one place of this crate that reads clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds since the Unix epoch; 0 for a clock set before it.
#[expect(clippy::disallowed_methods, reason = "the chain is told the time from here")]
pub(crate) fn now_ns() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

/// The present moment, to measure from.
#[expect(clippy::disallowed_methods, reason = "uptime is measured from here")]
pub(crate) fn moment() -> Instant {
    Instant::now()
}
