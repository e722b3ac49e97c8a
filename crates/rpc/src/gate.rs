//! Limits how many requests of each expensive kind run at the same time. Further requests wait, and
//! are refused as `BUSY` when the wait takes too long. Work on a transaction outside the chain only waits.

use crate::error::{self, BUSY};
use near_jsonrpc_primitives::errors::RpcError;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// The permits for each kind of work.
#[derive(Debug)]
pub(crate) struct Gate {
    heavy: Semaphore,
    bodies: Semaphore,
    writes: Semaphore,
    turns: Semaphore,
    patience: Duration,
}

impl Gate {
    /// A gate at which a request waits for at most `patience`.
    pub(crate) fn new(patience: Duration) -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            heavy: Semaphore::new(HEAVY_PER_CORE * cores),
            bodies: Semaphore::new(LARGE_BODIES as usize),
            writes: Semaphore::new(1),
            turns: Semaphore::new(TURNS_PER_CORE * cores),
            patience,
        }
    }

    /// A permit for a read that may take long.
    ///
    /// # Errors
    /// `BUSY` when none became free.
    pub(crate) async fn heavy(&self) -> Result<SemaphorePermit<'_>, RpcError> {
        self.enter(&self.heavy, 1, "reads that take long").await
    }

    /// A permit for an input other than a transaction: the chain takes one at a time.
    ///
    /// # Errors
    /// `BUSY` when none became free.
    pub(crate) async fn write(&self) -> Result<SemaphorePermit<'_>, RpcError> {
        self.enter(&self.writes, 1, "changes of the chain").await
    }

    /// A turn to check a transaction's signature or to write its outcome. Of many that arrive together
    /// most wait here, not on the runtime's threads before other requests.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Only a closed semaphore has none, and nobody closes it.
        self.turns.acquire().await.ok()
    }

    /// A permit to parse a body of `length` bytes; a small body needs none.
    ///
    /// # Errors
    /// `BUSY` when none became free.
    pub(crate) async fn body(
        &self,
        length: usize,
    ) -> Result<Option<SemaphorePermit<'_>>, RpcError> {
        if length <= SMALL_BODY {
            return Ok(None);
        }
        let places = if length > HUGE_BODY { LARGE_BODIES } else { 1 };
        self.enter(&self.bodies, places, "large requests").await.map(Some)
    }

    async fn enter<'a>(
        &self,
        places: &'a Semaphore,
        count: u32,
        what: &str,
    ) -> Result<SemaphorePermit<'a>, RpcError> {
        if let Ok(place) = places.try_acquire_many(count) {
            return Ok(place);
        }
        let waited = timeout(self.patience, places.acquire_many(count)).await;
        waited.ok().and_then(Result::ok).ok_or_else(|| {
            let seconds = self.patience.as_secs_f64();
            let reason =
                format!("no room for more {what} within {seconds} s; try again in a moment");
            error::trouble(BUSY, reason)
        })
    }
}

/// How many transactions are worked on at a time outside the chain, per core.
const TURNS_PER_CORE: usize = 2;
/// How many long reads run at a time, per core.
pub(crate) const HEAVY_PER_CORE: usize = 2;
/// A body up to this length, bytes, is parsed on the thread it arrives on.
pub(crate) const SMALL_BODY: usize = 64 * 1024;
/// A body above this length, bytes, is parsed alone: as JSON it may take ninety times the memory.
pub(crate) const HUGE_BODY: usize = 1024 * 1024;
/// How many bodies between these lengths are parsed at a time.
pub(crate) const LARGE_BODIES: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_no_room_is_told_so_and_the_next_one_is_let_in() {
        let gate = Gate::new(Duration::from_millis(10));
        let held = gate.write().await.unwrap();
        let error = gate.write().await.unwrap_err();
        let words = error.data.unwrap().to_string();
        assert!(words.contains("no room for more changes of the chain within 0.01 s"), "{words}");
        drop(held);
        assert!(gate.write().await.is_ok());
    }

    #[tokio::test]
    async fn huge_bodies_are_taken_apart_one_by_one_and_small_ones_always() {
        let gate = Gate::new(Duration::from_millis(10));
        let huge = gate.body(HUGE_BODY + 1).await.unwrap();
        assert!(huge.is_some() && gate.body(SMALL_BODY + 1).await.is_err());
        assert!(gate.body(SMALL_BODY).await.unwrap().is_none());
        drop(huge);
        let large = gate.body(HUGE_BODY).await.unwrap();
        assert!(gate.body(HUGE_BODY).await.is_ok());
        assert!(gate.body(HUGE_BODY + 1).await.is_err());
        drop(large);
    }
}
