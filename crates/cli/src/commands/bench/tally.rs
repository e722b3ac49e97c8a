//! Counts during the load.

use super::answer::Ending;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::time::Duration;

/// Outcomes by kind, and the latencies of successful transactions.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) latencies: Histogram<u64>,
    /// The number of failed transactions, by nearcore's name of the error.
    pub(super) refusals: BTreeMap<String, u64>,
    /// From the first request to the last response.
    pub(super) elapsed: Duration,
}

impl Tally {
    /// An empty tally.
    pub(super) fn new() -> Self {
        let latencies =
            Histogram::new(DIGITS).expect("the invariant that the precision is supported");
        Self { latencies, refusals: BTreeMap::new(), elapsed: Duration::ZERO }
    }

    /// Counts one response.
    pub(super) fn count(&mut self, ending: Ending, took: Duration) {
        match ending {
            Ending::Good => {
                let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                // A histogram that resizes itself takes every value.
                let _always_fits = self.latencies.record(microseconds);
            }
            Ending::Bad(reason) => *self.refusals.entry(reason).or_default() += 1,
        }
    }

    /// Adds the counts of another connection.
    pub(super) fn add(&mut self, other: Self) {
        // A histogram that resizes itself takes every value of another one.
        let _always_fits = self.latencies.add(&other.latencies);
        for (reason, count) in other.refusals {
            *self.refusals.entry(reason).or_default() += count;
        }
    }
}

/// The precision of latencies: three digits.
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
