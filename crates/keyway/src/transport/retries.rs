//! The number of attempts of a request, and the pauses between them.

use std::time::Duration;

/// A bounded schedule of attempts. Pauses double, and are not random.
///
/// ```
/// use keyway::transport::Retries;
/// use std::time::Duration;
///
/// let retries = Retries::default();
/// assert_eq!(retries.attempts, 6);
/// assert_eq!(retries.pause(0), Duration::ZERO);
/// assert_eq!(retries.pause(1), Duration::from_millis(250));
/// assert_eq!(retries.pause(3), Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The most attempts of one request, over all endpoints together; 0 counts as 1.
    pub attempts: u32,
    /// The pause after every endpoint has failed once.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl Retries {
    /// A single attempt.
    pub const NONE: Retries =
        Retries { attempts: 1, first_pause: Duration::ZERO, longest_pause: Duration::ZERO };

    /// The pause before a round; none before round 0, the first.
    pub fn pause(&self, round: u32) -> Duration {
        let Some(doublings) = round.checked_sub(1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

impl Default for Retries {
    /// Six attempts, with pauses from a quarter of a second to four seconds.
    fn default() -> Self {
        Retries {
            attempts: 6,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stay_below_the_longest() {
        let retries = Retries::default();
        let pauses: Vec<_> = (0..8).map(|round| retries.pause(round).as_millis()).collect();
        assert_eq!(pauses, [0, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
        assert_eq!(retries.pause(u32::MAX), retries.longest_pause);
        assert_eq!(Retries::NONE.pause(9), Duration::ZERO);
    }
}
