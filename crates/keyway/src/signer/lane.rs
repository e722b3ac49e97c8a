//! Lanes: where nonces come from, one after the other.
//!
//! Each ordinary key is one lane, each nonce row of a gas key is another. Whoever holds a lane's
//! turn hands its transaction over to a node before the next one signs, so nodes get the
//! transactions of a lane in the order of their nonces.

use near_primitives::types::{Nonce, NonceIndex};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Mutex, MutexGuard};

/// One sequence of nonces.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    counter: Mutex<Counter>,
    under_way: AtomicUsize,
}

impl Lane {
    /// Waits for the turn to sign.
    pub(crate) async fn turn(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().await
    }

    /// How many transactions were given to this lane and have not ended.
    pub(crate) fn busy(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }
}

/// A transaction's place in a lane, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) lane: Arc<Lane>,
    /// The row of a gas key; none for an ordinary key.
    pub(crate) nonce_index: Option<NonceIndex>,
}

impl Place {
    pub(crate) fn new(lane: Arc<Lane>, nonce_index: Option<NonceIndex>) -> Self {
        lane.under_way.fetch_add(1, Ordering::Relaxed);
        Place { lane, nonce_index }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lane.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A gap that differs between programs.
///
/// Two programs that share a key may read the same nonce at the same time. If they then did the
/// same thing with it, they would sign the very same transaction, and one of the two would be lost.
pub(crate) fn random_gap() -> Nonce {
    RandomState::new().build_hasher().finish() % MAX_GAP
}

/// Small beside the million nonces that each block brings.
const MAX_GAP: Nonce = 10_000;

/// The nonces of a lane.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    last: Option<Nonce>,
    doubted: bool,
}

impl Counter {
    /// Whether the chain must be asked before a nonce is taken.
    pub(crate) fn must_ask(&self) -> bool {
        self.last.is_none() || self.doubted
    }

    /// Hears the last nonce that the chain has seen, and leaves `gap` nonces free after it. What
    /// was handed out here stays taken: it may be on its way.
    pub(crate) fn hear(&mut self, on_chain: Nonce, gap: Nonce) {
        self.last = self.last.max(Some(on_chain.saturating_add(gap)));
        self.doubted = false;
    }

    /// Asks the chain next time: somebody else uses the key too.
    pub(crate) fn doubt(&mut self) {
        self.doubted = true;
    }

    /// The next nonce; none when the chain was never heard or there are no more.
    pub(crate) fn take(&mut self) -> Option<Nonce> {
        let next = self.last?.checked_add(1)?;
        self.last = Some(next);
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_follow_what_the_chain_has_seen() {
        let mut counter = Counter::default();
        assert!(counter.must_ask());
        assert_eq!(counter.take(), None);
        counter.hear(7, 0);
        assert!(!counter.must_ask());
        assert_eq!((counter.take(), counter.take()), (Some(8), Some(9)));
    }

    #[test]
    fn a_doubted_nonce_is_asked_for_and_never_goes_back() {
        let mut counter = Counter::default();
        counter.hear(7, 0);
        counter.take();
        counter.doubt();
        assert!(counter.must_ask());
        counter.hear(7, 0);
        assert_eq!(counter.take(), Some(9), "8 was handed out");
        counter.hear(20, 3);
        assert_eq!(counter.take(), Some(24));
    }

    #[test]
    fn the_last_nonce_has_no_next() {
        let mut counter = Counter::default();
        counter.hear(Nonce::MAX, 1);
        assert_eq!(counter.take(), None);
    }

    #[test]
    fn a_lane_knows_how_much_is_under_way() {
        let lane = Arc::new(Lane::default());
        let places = [Place::new(lane.clone(), None), Place::new(lane.clone(), None)];
        assert_eq!(lane.busy(), 2);
        drop(places);
        assert_eq!(lane.busy(), 0);
    }

    #[tokio::test]
    async fn turns_are_taken_one_at_a_time_and_in_order() {
        let lane = Arc::new(Lane::default());
        lane.turn().await.hear(0, 0);
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let lane = lane.clone();
                tokio::spawn(async move { lane.turn().await.take() })
            })
            .collect();
        let mut taken = Vec::new();
        for task in tasks {
            taken.push(task.await.unwrap().unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, (1..=100).collect::<Vec<Nonce>>());
    }
}
