//! Which level of finality is reported for a recent transaction.
//!
//! On a network a transaction reaches the levels one after the other, a block apart, and nearcore
//! answers as soon as it has reached the requested one: clients see the level that they requested.
//! Here it reaches all of them before the first answer. So for as long as it could not be final on a
//! network, the answer reports the requested level, and never less than an earlier answer did.

use super::outcome::satisfies;
use keyway_node::instant_now;
use near_primitives::hash::CryptoHash;
use near_primitives::views::TxExecutionStatus;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Transactions that were included a moment ago, with the level reported for each.
#[derive(Debug)]
pub(crate) struct Young {
    /// For how long a transaction is young.
    childhood: Duration,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    by_hash: HashMap<CryptoHash, Entry>,
    oldest_first: VecDeque<(Instant, CryptoHash)>,
}

#[derive(Debug)]
struct Entry {
    since: Instant,
    told: TxExecutionStatus,
}

impl Young {
    /// Finality takes two blocks, each after `block_interval`.
    pub(crate) fn new(block_interval: Duration) -> Self {
        Self { childhood: 2 * block_interval, noted: Mutex::default() }
    }

    /// Records a transaction as young: before readers can see it, and again when it is included.
    /// Returns whether it is new here.
    pub(super) fn note(&self, hash: CryptoHash) -> bool {
        if self.childhood.is_zero() {
            return false;
        }
        let (mut noted, now) = (self.noted(), instant_now());
        noted.forget_old(now, self.childhood);
        noted.oldest_first.push_back((now, hash));
        match noted.by_hash.get_mut(&hash) {
            Some(entry) => entry.since = now,
            None => {
                let entry = Entry { since: now, told: TxExecutionStatus::None };
                noted.by_hash.insert(hash, entry);
                return true;
            }
        }
        false
    }

    /// It was not included, or long ago.
    pub(super) fn forget(&self, hash: &CryptoHash) {
        self.noted().by_hash.remove(hash);
    }

    /// The level to report for a transaction that has `reached` a level, to a request that `asked`
    /// for one. A request for no level gets the level reached.
    pub(super) fn told(
        &self,
        hash: &CryptoHash,
        reached: TxExecutionStatus,
        asked: &TxExecutionStatus,
        just_sent: bool,
    ) -> TxExecutionStatus {
        let (mut noted, now) = (self.noted(), instant_now());
        let Some(entry) = noted.by_hash.get_mut(hash) else { return reached };
        let grown = now.saturating_duration_since(entry.since) >= self.childhood;
        if *asked == TxExecutionStatus::None || grown && !just_sent {
            entry.told = reached.clone();
            return reached;
        }
        entry.told = both(&entry.told, asked);
        entry.told.clone()
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        // Nothing panics while it is held.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn forget_old(&mut self, now: Instant, childhood: Duration) {
        while let Some((since, hash)) = self.oldest_first.front() {
            let young = now.saturating_duration_since(*since) < childhood;
            if young && self.oldest_first.len() < MOST {
                break;
            }
            // It may have been noted again since.
            if self.by_hash.get(hash).is_some_and(|entry| entry.since == *since) {
                self.by_hash.remove(hash);
            }
            self.oldest_first.pop_front();
        }
    }
}

/// The first level that includes both.
fn both(one: &TxExecutionStatus, other: &TxExecutionStatus) -> TxExecutionStatus {
    match (satisfies(one, other), satisfies(other, one)) {
        (true, _) => one.clone(),
        (_, true) => other.clone(),
        // In a final block, and run.
        _ => TxExecutionStatus::Executed,
    }
}

/// How many are recorded; beyond that, the oldest no longer count as young.
const MOST: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;
    use TxExecutionStatus::{Executed, ExecutedOptimistic, Final, Included, IncludedFinal, None};

    const FOREVER: Duration = Duration::from_secs(100_000);

    #[track_caller]
    fn check(young: &Young, asked: TxExecutionStatus, expected: TxExecutionStatus) {
        let told = young.told(&CryptoHash::default(), Final, &asked, false);
        assert_eq!(told, expected, "{asked:?}");
    }

    #[test]
    fn the_level_that_was_asked_for_is_told_and_never_less_than_before() {
        let young = Young::new(FOREVER);
        assert!(young.note(CryptoHash::default()));
        check(&young, Included, Included);
        check(&young, ExecutedOptimistic, ExecutedOptimistic);
        check(&young, Included, ExecutedOptimistic);
        check(&young, IncludedFinal, Executed);
        check(&young, Final, Final);
        check(&young, Included, Final);
    }

    #[test]
    fn who_asks_for_nothing_hears_what_there_is() {
        let young = Young::new(FOREVER);
        young.note(CryptoHash::default());
        check(&young, None, Final);
        check(&young, Included, Final);
    }

    #[test]
    fn of_others_what_they_reached_is_told() {
        let young = Young::new(FOREVER);
        check(&young, Included, Final);
        young.note(CryptoHash::default());
        young.forget(&CryptoHash::default());
        check(&young, Included, Final);
        let grown = Young::new(Duration::from_nanos(1));
        grown.note(CryptoHash::default());
        std::thread::sleep(Duration::from_millis(1));
        check(&grown, Included, Final);
        let told = grown.told(&CryptoHash::default(), Final, &Included, true);
        assert_eq!(told, Final, "what was told stays told");
    }

    #[test]
    fn only_so_many_are_noted() {
        let young = Young::new(FOREVER);
        for number in 0..=MOST as u64 {
            young.note(near_primitives::hash::hash(&number.to_le_bytes()));
        }
        let noted = young.noted();
        assert!(noted.by_hash.len() <= MOST && noted.oldest_first.len() <= MOST);
    }
}
