//! Tells the user of a fork what takes long, and what was assumed.

use crate::clock;
use near_primitives::types::{AccountId, BlockHeight};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something that takes long, or was assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The network has to be left alone for a while.
    Waiting {
        /// What is to be read.
        what: String,
        /// How long.
        pause: Duration,
    },
    /// Pages of a long list are being fetched.
    Listing {
        /// What is listed.
        what: String,
        /// Rows that are known so far.
        rows: usize,
    },
    /// An endpoint of a home did not say which chain it serves.
    Silent {
        /// The endpoint, without what may be an API key.
        endpoint: String,
        /// Why.
        why: String,
    },
    /// An endpoint of a home does not have the block any more where the fork began.
    Forgotten {
        /// The endpoint, without what may be an API key.
        endpoint: String,
        /// The fork's block.
        height: BlockHeight,
        /// The oldest block that it has.
        oldest: BlockHeight,
    },
    /// The account counts as absent from now on: see [`ForkMissing::Absent`](crate::ForkMissing).
    AssumedAbsent {
        /// The account.
        account_id: AccountId,
    },
}

/// Whoever wants to hear of it: of what takes long, at most once a second.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Listener>>);

struct Listener {
    hear: Box<dyn Fn(&Event) + Send + Sync>,
    told: Mutex<Option<Instant>>,
}

impl Progress {
    /// Calls `hear` with events, on the thread that reads.
    pub fn new(hear: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Listener { hear: Box::new(hear), told: Mutex::default() })))
    }

    pub(crate) fn tell(&self, event: &Event) {
        let Some(Listener { hear, told }) = self.0.as_deref() else { return };
        if matches!(event, Event::Waiting { .. } | Event::Listing { .. }) {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock::now();
            if told.is_some_and(|told| now.saturating_duration_since(told) < AT_MOST_EVERY) {
                return;
            }
            *told = Some(now);
        }
        hear(event);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress(heard)" } else { "Progress(unheard)" })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { what, pause } => {
                write!(f, "waiting {:.0} s for the network, for {what}", pause.as_secs_f64())
            }
            Self::AssumedAbsent { account_id } => {
                write!(f, "assumed absent: account {account_id} (--fork-missing absent)")
            }
            Self::Silent { endpoint, why } => write!(
                f,
                "note: {endpoint} does not answer ({why}): only what was read before is known until it does"
            ),
            Self::Forgotten { endpoint, height, oldest } => write!(
                f,
                "note: {endpoint} has forgotten block {height}, and knows blocks from {oldest} on: only what was read before is known; an archival endpoint knows more (--fork URL)"
            ),
            Self::Listing { what, rows } => write!(f, "reading {what}: {rows} rows so far"),
        }
    }
}

const AT_MOST_EVERY: Duration = Duration::from_secs(1);
