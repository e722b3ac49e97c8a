//! The clocks. Nothing else reads one.

use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The monotonic clock, for pauses, rates and the age of what is cached.
#[expect(clippy::disallowed_methods, reason = "a server measures ages and rates")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall clock, milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "ids, leases and signatures carry the time")]
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
