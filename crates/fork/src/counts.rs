//! Counts of what a fork asked its network for, and of what it knew already.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that many threads add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) requests: Counter,
    pub(crate) limited: Counter,
    pub(crate) failed: Counter,
    pub(crate) bytes: Counter,
    pub(crate) hits: Counter,
    pub(crate) shared: Counter,
    pub(crate) misses: Counter,
}

/// How much a fork read, since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Requests that were sent to the network, with those that were sent again.
    pub requests: u64,
    /// Requests that an endpoint refused because there were too many.
    pub limited: u64,
    /// Requests that brought no answer that could be used, for another reason.
    pub failed: u64,
    /// Bytes of answers.
    pub bytes: u64,
    /// Reads that were answered without a request.
    pub hits: u64,
    /// Reads that waited for the request of another read.
    pub shared: u64,
    /// Reads that needed requests.
    pub misses: u64,
}

impl Counters {
    pub(crate) fn now(&self) -> Counts {
        Counts {
            requests: self.requests.get(),
            limited: self.limited.get(),
            failed: self.failed.get(),
            bytes: self.bytes.get(),
            hits: self.hits.get(),
            shared: self.shared.get(),
            misses: self.misses.get(),
        }
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
