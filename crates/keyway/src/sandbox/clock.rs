//! A sandbox's time: it stands still, or runs while a live server needs it. The only file of the
//! sandbox that reads a clock.

use keyway_chain::Chain;
use keyway_node::Clock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The clock that a sandbox and its server share.
#[derive(Clone, Debug, Default)]
pub(super) struct SandboxClock {
    pace: Arc<Mutex<Pace>>,
}

#[derive(Debug, Default)]
struct Pace {
    /// How many live servers there are.
    #[cfg(feature = "listen")]
    runners: usize,
    /// Set while there is one.
    running: Option<Running>,
}

/// Time that follows the system's clock.
#[derive(Clone, Copy, Debug)]
struct Running {
    /// The time at `since`, without what fast-forwards added; nanoseconds since the Unix epoch.
    origin_ns: u64,
    since: Instant,
}

impl SandboxClock {
    /// Starts the time, at that of `chain`'s head, unless it runs for another server already.
    #[cfg(feature = "listen")]
    pub(super) fn run(&self, chain: &Chain) {
        let mut pace = self.pace();
        pace.runners += 1;
        pace.running.get_or_insert_with(|| Running::from(time_of(chain), chain));
    }

    /// Ends one [`SandboxClock::run`]; after the last one, the time stands still.
    #[cfg(feature = "listen")]
    pub(super) fn stop(&self) {
        let mut pace = self.pace();
        pace.runners = pace.runners.saturating_sub(1);
        if pace.runners == 0 {
            pace.running = None;
        }
    }

    /// Sets a running time to `time_ns`; one that stands still follows the chain anyway.
    pub(super) fn move_to(&self, time_ns: u64, chain: &Chain) {
        if let Some(running) = &mut self.pace().running {
            *running = Running::from(time_ns, chain);
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn from(time_ns: u64, chain: &Chain) -> Self {
        Self { origin_ns: without_ahead(time_ns, chain), since: moment() }
    }
}

impl Clock for SandboxClock {
    fn now_ns(&self, chain: &Chain) -> u64 {
        match self.pace().running {
            Some(Running { origin_ns, since }) => {
                let elapsed = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
                origin_ns.saturating_add(elapsed)
            }
            None => without_ahead(time_of(chain).saturating_add(STEP_NS), chain),
        }
    }
}

/// A fixed time, nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(pub(super) u64);

impl Clock for At {
    fn now_ns(&self, chain: &Chain) -> u64 {
        without_ahead(self.0, chain)
    }
}

/// The time of `chain`'s newest block, nanoseconds since the Unix epoch.
pub(super) fn time_of(chain: &Chain) -> u64 {
    chain.head().header.raw_timestamp()
}

/// `time_ns` without what fast-forwards added, because the chain adds that itself.
fn without_ahead(time_ns: u64, chain: &Chain) -> u64 {
    let time_ns = i128::from(time_ns).saturating_sub(chain.time_offset_ns()).max(0);
    u64::try_from(time_ns).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "a live server follows the system's clock")]
fn moment() -> Instant {
    Instant::now()
}

/// How far each input moves a time that stands still, nanoseconds.
const STEP_NS: u64 = 1_000_000_000;
