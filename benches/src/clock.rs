//! The one place that reads a clock.

use std::time::{Duration, Instant};

/// Now, for deadlines and for [`timed`].
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How long `work` took, and what it made.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = now();
    let made = work();
    (started.elapsed(), made)
}
