//! Lanes: sequences of nonces.
//!
//! Each ordinary key is a lane, and so is each nonce row of a gas key. A lane is locked while a
//! transaction is signed and handed to a node, so a node gets the transactions of a lane in the order
//! of their nonces.

use near_primitives::types::{BlockHeight, Nonce, NonceIndex};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{Mutex, MutexGuard};

/// A sequence of nonces.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    counter: Mutex<Counter>,
    pending: AtomicUsize,
}

impl Lane {
    /// Waits until no other task signs in this lane.
    pub(crate) async fn lock(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().await
    }

    /// How many transactions of this lane are pending.
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }
}

/// A pending transaction's slot in a lane, until it is dropped.
#[derive(Debug)]
pub(crate) struct LaneSlot {
    pub(crate) lane: Arc<Lane>,
    /// The nonce row of a gas key; none for an ordinary key.
    pub(crate) nonce_index: Option<NonceIndex>,
}

impl LaneSlot {
    pub(crate) fn new(lane: Arc<Lane>, nonce_index: Option<NonceIndex>) -> Self {
        lane.pending.fetch_add(1, Ordering::Relaxed);
        LaneSlot { lane, nonce_index }
    }
}

impl Drop for LaneSlot {
    fn drop(&mut self) {
        self.lane.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many nonces a lane leaves free after the last one on the chain.
///
/// The gap depends on the time. Two programs that share a key may read the same nonce from the chain at
/// the same time. If both then did the same thing, they would sign the same transaction, and one of
/// the two would be lost. And of two transactions that are signed one after the other before either is
/// sent, the second must have the higher nonce, or it would make the first invalid.
///
/// The gap is the time since the moment that the nonce itself stands for, so it is small for a key
/// that has been used this way before. It wraps around at half of the `room` below the bound of
/// nonces; only a key that is seconds old has so little room that this happens within a minute.
///
/// keyway's node holds a transaction back for a moment if its gap is at most 128 nonces, in case the
/// ones before it are on their way. That is 2 ms here, about as long as it takes to execute a
/// transaction and to read what the next signer needs.
pub(crate) fn gap(on_chain: Nonce, room: Nonce, stamp: u64) -> Nonce {
    let window = (room / 2).max(LEAST_WINDOW);
    // Powers of two: a window that has grown meanwhile keeps the order.
    let window = 1 << window.ilog2();
    stamp.wrapping_sub(on_chain) % window
}

/// How many nonces are left below the bound at `height`.
pub(crate) fn room(on_chain: Nonce, height: BlockHeight) -> Nonce {
    height.saturating_mul(NONCES_PER_BLOCK).saturating_sub(on_chain)
}

/// How far the bound of nonces grows with a block.
const NONCES_PER_BLOCK: Nonce = 1_000_000;
/// What is free in any case, because another block must come: a quarter of its nonces.
const LEAST_WINDOW: Nonce = 1 << 18;

/// The nonces of a lane.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    last: Option<Nonce>,
    /// Whether another program has used the key.
    stale: bool,
}

impl Counter {
    /// Whether the chain must be queried before a nonce is taken.
    pub(crate) fn must_ask(&self) -> bool {
        self.last.is_none() || self.stale
    }

    /// Notes the last nonce on the chain, and leaves `gap` nonces free after it. Nonces that were
    /// handed out stay taken, because their transactions may be on their way.
    pub(crate) fn observe(&mut self, on_chain: Nonce, gap: Nonce) {
        self.last = self.last.max(Some(on_chain.saturating_add(gap)));
        self.stale = false;
    }

    /// Makes the next nonce depend on the chain again, because another program uses the key too.
    pub(crate) fn invalidate(&mut self) {
        self.stale = true;
    }

    /// The next nonce; none if the chain was never asked or there are no more.
    pub(crate) fn take(&mut self) -> Option<Nonce> {
        let next = self.last?.checked_add(1)?;
        self.last = Some(next);
        Some(next)
    }
}

/// The time since 1970, in [`STAMPS_PER_MS`]ths of a millisecond; each one is later than all that this
/// process was given before.
#[expect(
    clippy::disallowed_methods,
    reason = "nonces follow the wall clock, which processes share"
)]
pub(crate) fn stamp() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos_per_stamp = 1_000_000 / u128::from(STAMPS_PER_MS);
    let now = u64::try_from(now.as_nanos() / nanos_per_stamp).unwrap_or(u64::MAX);
    let next = |last: u64| Some(now.max(last.saturating_add(1)));
    match LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
        Ok(last) | Err(last) => now.max(last.saturating_add(1)),
    }
}

/// Fine enough that two programs rarely get the same stamp, and coarse enough that the nonces of a busy key grow more slowly
/// than their bound.
const STAMPS_PER_MS: u64 = 64;

static LAST: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_follow_what_the_chain_has_seen() {
        let mut counter = Counter::default();
        assert!(counter.must_ask());
        assert_eq!(counter.take(), None);
        counter.observe(7, 0);
        assert!(!counter.must_ask());
        assert_eq!((counter.take(), counter.take()), (Some(8), Some(9)));
    }

    #[test]
    fn a_stale_nonce_is_asked_for_and_never_goes_back() {
        let mut counter = Counter::default();
        counter.observe(7, 0);
        counter.take();
        counter.invalidate();
        assert!(counter.must_ask());
        counter.observe(7, 0);
        assert_eq!(counter.take(), Some(9), "8 was handed out");
        counter.observe(20, 3);
        assert_eq!(counter.take(), Some(24));
    }

    #[test]
    fn the_last_nonce_has_no_next() {
        let mut counter = Counter::default();
        counter.observe(Nonce::MAX, 1);
        assert_eq!(counter.take(), None);
    }

    /// A bug: of two transactions that were signed in a row, every second one got the lower nonce.
    #[test]
    fn of_two_that_are_signed_in_a_row_the_second_has_the_higher_nonce() {
        let second = 1_000 * super::STAMPS_PER_MS;
        let begun = 1_790_000_000 * second;
        for (on_chain, height) in [(0, 200), (5_000_017, 300), (7, 150_000_000)] {
            let mut last = on_chain;
            for number in 1..1_000 {
                // One is signed every 20 ms, and none is sent, for 20 seconds; blocks continue.
                let (now, height) = (begun + number * second / 50, height + number / 50);
                let nonce = on_chain + gap(on_chain, room(on_chain, height), now) + 1;
                assert!(nonce > last || number == 1, "{number} of {on_chain} at {height}");
                assert!(nonce < height * NONCES_PER_BLOCK);
                last = nonce;
            }
        }
    }

    #[test]
    fn a_key_in_use_keeps_far_below_the_bound() {
        let second = 1_000 * super::STAMPS_PER_MS;
        let (mut nonce, begun) = (0, 1_790_000_000 * second);
        let mut leaps = 0;
        for now in 1..100_000_u64 {
            // A block and a transaction each second.
            let gap = gap(nonce, room(nonce, 100 + now), begun + now * second);
            nonce += gap + 1;
            // Where the window has doubled, a gap may be as long as the old one.
            leaps += u32::from(gap > second);
            assert!(nonce < (100 + now) * NONCES_PER_BLOCK, "{now}");
        }
        assert!(leaps < 30, "{leaps}");
    }

    #[test]
    fn a_new_key_has_room_for_its_first_nonce() {
        for height in [0, 1, 7] {
            let on_chain = Nonce::saturating_sub(height, 1) * NONCES_PER_BLOCK;
            for stamp in [0, 12_345_678_901, u64::MAX] {
                let nonce = on_chain + gap(on_chain, room(on_chain, height), stamp) + 1;
                assert!(nonce < (height + 1) * NONCES_PER_BLOCK);
            }
        }
        assert!(gap(u64::MAX, room(u64::MAX, 5), 3) < LEAST_WINDOW);
    }

    #[test]
    fn two_milliseconds_after_a_use_the_gap_is_more_than_a_node_waits_for() {
        for used in [5_000_017, 1_790_000_000_000 * STAMPS_PER_MS] {
            for after in 2 * STAMPS_PER_MS + 1..60_000 {
                let (on_chain, stamp) = (used + 1, used + after);
                assert!(gap(on_chain, room(on_chain, 200), stamp) + 1 > 128, "{after}");
            }
        }
    }

    #[test]
    fn a_lane_counts_what_is_pending() {
        let lane = Arc::new(Lane::default());
        let slots = [LaneSlot::new(lane.clone(), None), LaneSlot::new(lane.clone(), None)];
        assert_eq!(lane.pending(), 2);
        drop(slots);
        assert_eq!(lane.pending(), 0);
    }

    #[tokio::test]
    async fn a_lane_is_locked_by_one_at_a_time_and_in_order() {
        let lane = Arc::new(Lane::default());
        lane.lock().await.observe(0, 0);
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let lane = lane.clone();
                tokio::spawn(async move { lane.lock().await.take() })
            })
            .collect();
        let mut taken = Vec::new();
        for task in tasks {
            taken.push(task.await.unwrap().unwrap());
        }
        taken.sort_unstable();
        assert_eq!(taken, (1..=100).collect::<Vec<Nonce>>());
    }

    #[test]
    fn stamps_grow_in_every_thread() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..1_000).map(|_| stamp()).collect::<Vec<_>>()))
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            let stamps = thread.join().unwrap();
            assert!(stamps.is_sorted());
            all.extend(stamps);
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4_000, "no two are the same");
    }
}
