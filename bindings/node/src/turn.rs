//! What the event loop's thread does itself.
//!
//! Finding another thread and coming back takes longer than a transfer. So a few short requests are carried out on the
//! event loop's thread, but only a few before it goes on with other events, and none before those that came earlier.

use std::cell::Cell;

/// Whether the event loop's thread may carry out a short request now.
pub(crate) fn has_time() -> bool {
    let busy = BUSY.get();
    busy.under_way == 0 && busy.short < MOST_SHORT
}

/// A short request was carried out.
pub(crate) fn spent() {
    BUSY.set(Busy { short: BUSY.get().short + 1, ..BUSY.get() });
}

/// A request beside the event loop. It is dropped on the event loop's thread, when the loop has come round.
#[derive(Debug)]
pub(crate) struct UnderWay;

impl UnderWay {
    pub(crate) fn new() -> Self {
        BUSY.set(Busy { under_way: BUSY.get().under_way + 1, ..BUSY.get() });
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let under_way = BUSY.get().under_way.saturating_sub(1);
        BUSY.set(Busy { under_way, short: 0 });
    }
}

#[derive(Clone, Copy)]
struct Busy {
    /// Short requests carried out since a request beside the event loop last came back.
    short: u32,
    /// Requests beside the event loop that have not come back.
    under_way: u32,
}

thread_local! {
    /// Each thread of JavaScript has its own event loop.
    static BUSY: Cell<Busy> = const { Cell::new(Busy { short: 0, under_way: 0 }) };
}

/// Together they take less than a millisecond.
const MOST_SHORT: u32 = 4;
