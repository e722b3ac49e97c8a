//! Measuring something often enough, but not for ever.

use crate::clock;
use keyway_bench::Problem;
use std::time::Duration;

/// How long each of some runs took, shortest first. Never empty.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    sorted: Vec<Duration>,
}

impl Samples {
    /// Runs `run` `times` times; it returns how long the part took that counts. A slow one is run
    /// less often: it ends after [`PATIENCE`].
    pub(crate) fn take(
        times: usize,
        mut run: impl FnMut() -> Result<Duration, Problem>,
    ) -> Result<Self, Problem> {
        let deadline = clock::now() + PATIENCE;
        let mut taken = vec![run()?];
        while taken.len() < times && clock::now() < deadline {
            taken.push(run()?);
        }
        Self::of(taken)
    }

    /// Of what was measured elsewhere.
    ///
    /// # Errors
    /// When there is nothing.
    pub(crate) fn of(mut taken: Vec<Duration>) -> Result<Self, Problem> {
        if taken.is_empty() {
            return Err("nothing was measured".into());
        }
        taken.sort();
        Ok(Self { sorted: taken })
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(50)
    }

    pub(crate) fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The duration that `percent` of the runs do not exceed.
    pub(crate) fn at(&self, percent: usize) -> Duration {
        let index = (self.sorted.len() * percent / 100).min(self.sorted.len() - 1);
        self.sorted[index]
    }
}

/// The most time for one measurement.
const PATIENCE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut milliseconds = [5, 1, 100, 3, 2].into_iter();
        let samples =
            Samples::take(5, || Ok(Duration::from_millis(milliseconds.next().unwrap()))).unwrap();
        assert_eq!(samples.count(), 5);
        assert_eq!(samples.median(), Duration::from_millis(3));
        assert_eq!(samples.at(99), Duration::from_millis(100));
    }
}
