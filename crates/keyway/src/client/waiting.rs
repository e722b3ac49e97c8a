//! Time limits of calls.

use crate::clock;
use crate::transport::Deadline;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Limits the time of a client's calls. A transaction that may have arrived when the time is up has an
/// [`UnknownFate`](crate::error::UnknownFate).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLimit {
    /// For each query with all its attempts, and each transaction from its first sending to its end.
    Each(Duration),
    /// For all of them together. Time in which no call is in flight does not count.
    Together(Duration),
}

/// The calls in flight of a client and its clones.
#[derive(Debug)]
pub(super) struct Waiting {
    limit: Option<TimeLimit>,
    tally: Mutex<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    /// The number of calls in flight, and since when there have been any.
    under_way: u32,
    since: Option<Instant>,
    /// The time that earlier calls took.
    before: Duration,
}

/// A call in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct Wait {
    waiting: Arc<Waiting>,
    deadline: Option<Deadline>,
}

impl Waiting {
    pub(super) fn new(limit: Option<TimeLimit>) -> Arc<Self> {
        Arc::new(Waiting { limit, tally: Mutex::default() })
    }

    /// Begins a call.
    pub(super) fn begin(self: &Arc<Self>) -> Wait {
        let now = clock::now();
        let mut tally = self.tally();
        tally.under_way = tally.under_way.saturating_add(1);
        let since = *tally.since.get_or_insert(now);
        let deadline = self.limit.map(|limit| match limit {
            TimeLimit::Each(allowed) => Deadline { at: after(now, allowed), allowed },
            TimeLimit::Together(allowed) => {
                Deadline { at: after(since, allowed.saturating_sub(tally.before)), allowed }
            }
        });
        Wait { waiting: self.clone(), deadline }
    }

    /// How long calls have been in flight without interruption.
    pub(super) fn so_far(&self) -> Option<Duration> {
        self.tally().since.map(|since| since.elapsed())
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait {
    /// The deadline.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut tally = self.waiting.tally();
        tally.under_way = tally.under_way.saturating_sub(1);
        if tally.under_way == 0
            && let Some(since) = tally.since.take()
        {
            tally.before = tally.before.saturating_add(since.elapsed());
        }
    }
}

/// The earlier of two deadlines.
pub(super) fn earlier(a: Option<Deadline>, b: Option<Deadline>) -> Option<Deadline> {
    [a, b].into_iter().flatten().min_by_key(|deadline| deadline.at)
}

/// `duration` after `instant`; if that overflows, long after.
fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration.min(LONG)).unwrap_or(instant)
}

/// More than any call takes.
const LONG: Duration = Duration::from_secs(1 << 30);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn calls_share_what_they_may_take_together() {
        let waiting = Waiting::new(Some(TimeLimit::Together(10 * SECOND)));
        let begun = clock::now();
        let (first, second) = (waiting.begin(), waiting.begin());
        let end = first.deadline().unwrap();
        assert_eq!(end, second.deadline().unwrap());
        tokio::time::sleep(SECOND / 10).await;
        assert!(waiting.so_far().unwrap() >= SECOND / 10);
        drop((first, second));
        let waited = begun.elapsed();
        assert_eq!(waiting.so_far(), None);
        // Time between calls does not count.
        tokio::time::sleep(SECOND / 5).await;
        let third = waiting.begin().deadline().unwrap();
        let left = third.at - clock::now();
        assert!(left <= 10 * SECOND - SECOND / 10 && left > 10 * SECOND - waited - SECOND / 10);
        assert_eq!(third.allowed, 10 * SECOND);
    }

    #[tokio::test]
    async fn each_call_may_have_its_own_time() {
        let waiting = Waiting::new(Some(TimeLimit::Each(3 * SECOND)));
        for _ in 0..3 {
            let before = clock::now();
            let deadline = waiting.begin().deadline().unwrap();
            assert!(deadline.at >= before + 3 * SECOND);
            tokio::time::sleep(SECOND / 20).await;
        }
        assert!(Waiting::new(None).begin().deadline().is_none());
        let forever = Waiting::new(Some(TimeLimit::Each(Duration::MAX)));
        assert!(!forever.begin().deadline().unwrap().is_over());
    }

    #[tokio::test]
    async fn the_earlier_end_counts() {
        let now = clock::now();
        let end = |seconds| Deadline { at: now + seconds * SECOND, allowed: SECOND };
        let (soon, late) = (end(1), end(2));
        assert_eq!(earlier(Some(late), Some(soon)), Some(soon));
        assert_eq!(earlier(None, Some(late)), Some(late));
        assert_eq!(earlier(None, None), None);
    }
}
