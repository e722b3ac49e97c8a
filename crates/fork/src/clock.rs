//! The present time, from which deadlines, pauses and rates are measured.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "deadlines, pauses and rates are measured from here")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
