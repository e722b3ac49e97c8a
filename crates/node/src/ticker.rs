//! Empty blocks at an interval, for clients that wait for the height to grow.

use crate::ledger::WriteError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

/// Seals empty blocks until it is dropped.
#[derive(Debug)]
#[must_use = "dropped, it seals no more blocks"]
pub struct Ticker {
    task: JoinHandle<()>,
    running: Arc<AtomicUsize>,
}

impl Ticker {
    /// Calls `seal` every `period`. Counts itself in `running` while it is there.
    pub(crate) fn start(
        seal: impl Fn() -> Result<(), WriteError> + Send + 'static,
        period: Duration,
        running: Arc<AtomicUsize>,
    ) -> Self {
        running.fetch_add(1, Ordering::Relaxed);
        Self { task: tokio::spawn(tick(seal, period.max(SHORTEST))), running }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.task.abort();
    }
}

/// Errors may be temporary, so the ticker continues after them.
async fn tick(seal: impl Fn() -> Result<(), WriteError>, period: Duration) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut trouble = None;
    loop {
        ticks.tick().await;
        let now = seal().err().map(|error| error.to_string());
        // Logged once: reads continue, and every write returns the error.
        if let Some(error) = now.as_ref().filter(|_| now != trouble) {
            tracing::error!(%error, "no empty block was sealed");
        }
        trouble = now;
    }
}

/// The shortest time between two empty blocks.
const SHORTEST: Duration = Duration::from_millis(1);
