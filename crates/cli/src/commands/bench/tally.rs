//! What is counted while the load is on.

use super::answer::Ending;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Endings by kind, and how long the good ones took.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) latencies: Histogram<u64>,
    /// How many ended badly, by nearcore's name of the reason.
    pub(super) refusals: BTreeMap<String, u64>,
    /// From the first request to the last answer.
    pub(super) elapsed: Duration,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let latencies = Histogram::new(DIGITS).expect("the invariant that so many digits are kept");
        Self { latencies, refusals: BTreeMap::new(), elapsed: Duration::ZERO }
    }

    /// Counts one answer.
    pub(super) fn count(&mut self, ending: Ending, took: Duration) {
        match ending {
            Ending::Good => {
                let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                // A histogram that grows by itself has room for every value.
                let _always_fits = self.latencies.record(microseconds);
            }
            Ending::Bad(reason) => *self.refusals.entry(reason).or_default() += 1,
        }
    }

    /// Adds what another connection counted meanwhile.
    pub(super) fn add(&mut self, other: Self) {
        // A histogram that grows by itself has room for what another one holds.
        let _always_fits = self.latencies.add(&other.latencies);
        for (reason, count) in other.refusals {
            *self.refusals.entry(reason).or_default() += count;
        }
    }
}

/// How exact latencies are kept: three digits.
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_add_up() {
        let (mut one, mut other) = (Tally::new(), Tally::new());
        one.count(Ending::Good, Duration::from_micros(100));
        other.count(Ending::Good, Duration::from_secs(20));
        other.count(Ending::Bad("Expired".to_owned()), Duration::ZERO);
        one.add(other);
        assert_eq!(one.latencies.len(), 2);
        assert!(one.latencies.max() >= 19_900_000);
        assert_eq!(one.refusals["Expired"], 1);
    }
}
