//! How the times of blocks follow from the caller's.
//!
//! A chain has no clock: each input comes with the caller's time. A [`Timing`] turns that into the
//! time that the next block should have. Whatever it says, block times grow: a block is at least a
//! nanosecond later than the one before it.

use borsh::{BorshDeserialize, BorshSerialize};
use chrono::{DateTime, SecondsFormat};
use near_primitives::types::BlockHeightDelta;

/// How the times of blocks follow from the caller's. Times are nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Timing {
    /// Time runs as the caller's does, this many nanoseconds ahead of it, or behind it if negative.
    Running {
        /// Nanoseconds.
        offset_ns: i128,
    },
    /// Time stands still. Blocks follow each other by a nanosecond.
    Frozen {
        /// Where it stands.
        at_ns: u64,
    },
    /// Each block comes a fixed step after the one before it.
    Stepped {
        /// The step, nanoseconds.
        step_ns: u64,
        /// The time of the next block.
        next_ns: u64,
    },
}

impl Default for Timing {
    /// The caller's time.
    fn default() -> Self {
        Self::Running { offset_ns: 0 }
    }
}

impl Timing {
    /// The time of the next block when the caller's time is `now_ns`.
    pub(crate) fn at(self, now_ns: u64) -> u64 {
        match self {
            Self::Running { offset_ns } => clamped(i128::from(now_ns).saturating_add(offset_ns)),
            Self::Frozen { at_ns } => at_ns,
            Self::Stepped { next_ns, .. } => next_ns,
        }
    }

    /// The same way of running, so that the next block comes at `time_ns`.
    #[must_use]
    pub(crate) fn moved_to(self, time_ns: u64, now_ns: u64) -> Self {
        match self {
            Self::Running { .. } => Self::following(time_ns, now_ns),
            Self::Frozen { .. } => Self::Frozen { at_ns: time_ns },
            Self::Stepped { step_ns, .. } => Self::Stepped { step_ns, next_ns: time_ns },
        }
    }

    /// Runs from `time_ns` on, as the caller's time does from `now_ns` on.
    pub(crate) fn following(time_ns: u64, now_ns: u64) -> Self {
        Self::Running { offset_ns: i128::from(time_ns) - i128::from(now_ns) }
    }

    /// Moves ahead by `blocks` with `delay_ns` for each, after a block at `head_ns`.
    #[must_use]
    pub(crate) fn skipped(self, blocks: BlockHeightDelta, delay_ns: u64, head_ns: u64) -> Self {
        let way = blocks.saturating_mul(delay_ns);
        match self {
            Self::Running { offset_ns } => {
                Self::Running { offset_ns: offset_ns.saturating_add(i128::from(way)) }
            }
            Self::Frozen { at_ns } => {
                Self::Frozen { at_ns: at_ns.max(head_ns).saturating_add(way) }
            }
            Self::Stepped { step_ns, .. } => {
                Self::Stepped { step_ns, next_ns: head_ns.saturating_add(way) }
            }
        }
    }

    /// After a block at `time_ns`.
    #[must_use]
    pub(crate) fn after(self, time_ns: u64) -> Self {
        match self {
            Self::Stepped { step_ns, .. } => {
                Self::Stepped { step_ns, next_ns: time_ns.saturating_add(step_ns) }
            }
            other => other,
        }
    }

    /// The time between two blocks that a caller gives no time for; none if that is not fixed.
    pub(crate) fn step_ns(self) -> Option<u64> {
        match self {
            Self::Stepped { step_ns, .. } => Some(step_ns),
            Self::Running { .. } | Self::Frozen { .. } => None,
        }
    }
}

fn clamped(time_ns: i128) -> u64 {
    u64::try_from(time_ns.max(0)).unwrap_or(u64::MAX)
}

/// A time in nanoseconds since the Unix epoch, in RFC 3339 and UTC.
pub fn rfc3339(time_ns: u64) -> String {
    let (seconds, rest) = (time_ns / SECOND_NS, time_ns % SECOND_NS);
    let time = DateTime::from_timestamp(seconds.cast_signed(), u32::try_from(rest).unwrap_or(0));
    time.unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

const SECOND_NS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_time_can_be_ahead_or_behind() {
        assert_eq!(Timing::default().at(7), 7);
        assert_eq!(Timing::following(100, 40).at(45), 105);
        assert_eq!(Timing::following(40, 100).at(105), 45);
        assert_eq!(Timing::following(0, u64::MAX).at(5), 0);
        assert_eq!(Timing::following(u64::MAX, 0).at(5), u64::MAX);
    }

    #[test]
    fn a_frozen_time_ignores_the_callers() {
        let frozen = Timing::Frozen { at_ns: 9 };
        assert_eq!((frozen.at(1_000), frozen.after(10).at(2_000)), (9, 9));
        assert_eq!(frozen.skipped(2, 5, 12).at(0), 22);
    }

    #[test]
    fn a_step_is_counted_from_each_block() {
        let stepped = Timing::Stepped { step_ns: 10, next_ns: 30 };
        assert_eq!((stepped.at(1_000), stepped.after(30).at(1_000)), (30, 40));
        assert_eq!(stepped.skipped(3, 10, 20).at(0), 50);
        assert_eq!(stepped.moved_to(90, 0).after(90).at(0), 100);
    }

    #[test]
    fn times_are_shown_as_exactly_as_they_are() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_809_129_600_000_000_000), "2027-05-01T00:00:00Z");
        assert_eq!(rfc3339(1_809_129_600_000_000_001), "2027-05-01T00:00:00.000000001Z");
        assert_eq!(rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    }
}
