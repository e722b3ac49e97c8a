//! The requests beside the event loop.
//!
//! A short request is carried out on the event loop's thread, because finding another thread and coming back takes longer
//! than a transfer. But it must not overtake a request that was made earlier.

use std::cell::Cell;

/// Whether no request is under way beside the event loop.
pub(crate) fn is_none() -> bool {
    COUNT.get() == 0
}

/// A request beside the event loop. It is made and dropped on the event loop's thread.
#[derive(Debug)]
pub(crate) struct UnderWay;

impl UnderWay {
    pub(crate) fn new() -> Self {
        COUNT.set(COUNT.get() + 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        COUNT.set(COUNT.get().saturating_sub(1));
    }
}

thread_local! {
    /// Each thread of JavaScript has its own event loop.
    static COUNT: Cell<u32> = const { Cell::new(0) };
}
