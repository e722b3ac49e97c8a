//! Whether the event loop's thread may carry out a short request itself.
//!
//! Finding another thread and coming back takes longer than a transfer. But a request must not overtake those that came
//! earlier. `lib/native.cjs` lets the loop come round between a few short ones.

use std::cell::Cell;

/// Whether no request is under way beside the event loop.
pub(crate) fn is_free() -> bool {
    UNDER_WAY.get() == 0
}

/// A request beside the event loop. It is dropped on the event loop's thread, when the loop has come round.
#[derive(Debug)]
pub(crate) struct UnderWay;

impl UnderWay {
    pub(crate) fn new() -> Self {
        UNDER_WAY.set(UNDER_WAY.get() + 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.set(UNDER_WAY.get().saturating_sub(1));
    }
}

thread_local! {
    /// Requests beside the event loop that have not come back. Each thread of JavaScript has its own event loop.
    static UNDER_WAY: Cell<u32> = const { Cell::new(0) };
}
