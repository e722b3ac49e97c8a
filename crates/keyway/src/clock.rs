//! The present time, from which deadlines and pauses are measured.

use tokio::time::Instant;

/// Now, by the runtime's clock.
#[expect(clippy::disallowed_methods, reason = "deadlines and pauses are measured from here")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
