//! Changing a chain's time.

use crate::blocks::pace::Reason;
use crate::blocks::timing::{Timing, rfc3339};
use crate::chain::Chain;
use crate::spec::END_OF_TIME_NS;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::StateError;

/// A change of a chain's time. Append variants; never change one: journals hold them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TimeChange {
    /// Set the time. It then runs, stands or steps from there as it did before.
    Set {
        /// Nanoseconds since the Unix epoch; later than the newest block's.
        time_ns: u64,
    },
    /// Move the time ahead.
    Move {
        /// Nanoseconds, above 0.
        by_ns: u64,
    },
    /// Let the time stand still where it is.
    Freeze,
    /// Let each block come a fixed time after the one before it.
    Step {
        /// Nanoseconds, above 0.
        step_ns: u64,
    },
    /// Let the time run again as the caller's: at the caller's own time, or on from the newest
    /// block's if that is ahead of it.
    Free,
}

/// Why the time of a chain cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The time is not after the newest block's.
    #[error(
        "the time {} is not after the newest block's, {}, and block times only grow; set a later \
         one, or revert to an earlier snapshot",
        rfc3339(*asked_ns), rfc3339(*head_ns)
    )]
    NotAfterHead {
        /// The time asked for, nanoseconds since the Unix epoch.
        asked_ns: u64,
        /// That of the newest block.
        head_ns: u64,
    },
    /// The time is after the last one that a chain can have.
    #[error("the time {} is too late: the last is {}", rfc3339(*asked_ns), rfc3339(*last_ns))]
    TooLate {
        /// The time asked for, nanoseconds since the Unix epoch; the highest number if that overflows.
        asked_ns: u64,
        /// The last one possible.
        last_ns: u64,
    },
    /// No time at all.
    #[error("0 ns is no step: time moves by at least 1 ns")]
    NoStep,
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Chain {
    /// Changes the time, and seals a block that has it.
    pub(crate) fn change_time(&mut self, change: TimeChange, now_ns: u64) -> Result<(), TimeError> {
        let timing = self.changed_timing(change, now_ns)?;
        let before = std::mem::replace(&mut self.timing, timing);
        self.seal_empty(Reason::OnDemand, now_ns).map_err(|error| {
            self.timing = before;
            error.into()
        })
    }

    fn changed_timing(&self, change: TimeChange, now_ns: u64) -> Result<Timing, TimeError> {
        let head_ns = self.head.header.raw_timestamp();
        let present_ns = self.present_ns(now_ns);
        let to = |time_ns| Ok(self.timing.moved_to(self.checked_time(time_ns)?, now_ns));
        match change {
            TimeChange::Set { time_ns } => to(time_ns),
            TimeChange::Move { by_ns: 0 } | TimeChange::Step { step_ns: 0 } => {
                Err(TimeError::NoStep)
            }
            TimeChange::Move { by_ns } => to(present_ns.saturating_add(by_ns)),
            TimeChange::Freeze => Ok(Timing::Frozen { at_ns: present_ns }),
            TimeChange::Step { step_ns } => {
                let next_ns = self.checked_time(head_ns.saturating_add(step_ns))?;
                Ok(Timing::Stepped { step_ns, next_ns })
            }
            TimeChange::Free if now_ns > head_ns => Ok(Timing::default()),
            TimeChange::Free => Ok(Timing::following(head_ns.saturating_add(1), now_ns)),
        }
    }

    /// The time that a block would have now, nanoseconds since the Unix epoch.
    pub(crate) fn present_ns(&self, now_ns: u64) -> u64 {
        self.timing.at(now_ns).max(self.head.header.raw_timestamp())
    }

    fn checked_time(&self, asked_ns: u64) -> Result<u64, TimeError> {
        let head_ns = self.head.header.raw_timestamp();
        if asked_ns <= head_ns {
            return Err(TimeError::NotAfterHead { asked_ns, head_ns });
        }
        if asked_ns > END_OF_TIME_NS {
            return Err(TimeError::TooLate { asked_ns, last_ns: END_OF_TIME_NS });
        }
        Ok(asked_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::applied::Refused;
    use crate::inputs::input::Input;
    use crate::tests::chain::{Drive, NOW, chain, transfer};

    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 86_400 * SECOND;

    fn change(chain: &mut Chain, change: TimeChange, now_ns: u64) -> Result<(), Refused> {
        chain.apply(Input::Time(change), now_ns).map(drop)
    }

    fn time(chain: &Chain) -> u64 {
        chain.head().header.raw_timestamp()
    }

    #[test]
    fn a_time_that_is_set_is_the_blocks_to_the_nanosecond_and_runs_on() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        change(&mut chain, TimeChange::Set { time_ns: NOW + 180 * DAY }, NOW + 5).unwrap();
        assert_eq!(time(&chain), NOW + 180 * DAY);
        chain.tick(NOW + 5 + SECOND).unwrap();
        assert_eq!(time(&chain), NOW + 180 * DAY + SECOND);
        change(&mut chain, TimeChange::Move { by_ns: DAY }, NOW + 5 + 2 * SECOND).unwrap();
        assert_eq!(time(&chain), NOW + 181 * DAY + 2 * SECOND);
    }

    #[test]
    fn a_chain_can_live_in_the_past() {
        let mut chain = chain();
        let later = NOW + 1_000 * DAY;
        change(&mut chain, TimeChange::Set { time_ns: NOW + SECOND }, later).unwrap();
        chain.tick(later + SECOND).unwrap();
        assert_eq!(time(&chain), NOW + 2 * SECOND);
        change(&mut chain, TimeChange::Free, later + 2 * SECOND).unwrap();
        assert_eq!(time(&chain), later + 2 * SECOND);
    }

    #[test]
    fn a_frozen_time_moves_by_nanoseconds_until_it_is_free() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        change(&mut chain, TimeChange::Freeze, NOW + SECOND).unwrap();
        assert_eq!(time(&chain), NOW + SECOND);
        chain.submit(transfer(1, *chain.head().hash()), NOW + DAY).unwrap();
        assert!(time(&chain) < NOW + SECOND + 10);
        change(&mut chain, TimeChange::Set { time_ns: NOW + DAY }, NOW + 9 * DAY).unwrap();
        chain.tick(NOW + 9 * DAY).unwrap();
        assert_eq!(time(&chain), NOW + DAY + 1);
        change(&mut chain, TimeChange::Free, NOW + 2 * DAY).unwrap();
        chain.tick(NOW + 3 * DAY).unwrap();
        assert_eq!(time(&chain), NOW + 3 * DAY);
    }

    #[test]
    fn a_time_ahead_of_the_callers_runs_on_from_there_when_it_is_free() {
        let mut chain = chain();
        change(&mut chain, TimeChange::Set { time_ns: NOW + DAY }, NOW).unwrap();
        change(&mut chain, TimeChange::Freeze, NOW).unwrap();
        let frozen = time(&chain);
        change(&mut chain, TimeChange::Free, NOW + SECOND).unwrap();
        assert_eq!(time(&chain), frozen + 1);
        chain.tick(NOW + 2 * SECOND).unwrap();
        assert_eq!(time(&chain), frozen + 1 + SECOND);
    }

    #[test]
    fn each_block_is_a_step_after_the_one_before() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        change(&mut chain, TimeChange::Step { step_ns: SECOND }, NOW + DAY).unwrap();
        assert_eq!(time(&chain), NOW + SECOND);
        chain.submit(transfer(1, *chain.head().hash()), NOW + DAY).unwrap();
        let blocks = chain.head().height() - 2;
        assert_eq!(time(&chain), NOW + SECOND + blocks * SECOND);
        let (height, before) = (chain.head().height(), time(&chain));
        chain.jump(100, NOW).unwrap();
        assert_eq!((chain.head().height(), time(&chain)), (height + 100, before + 100 * SECOND));
    }

    #[test]
    fn times_that_no_block_can_have_are_refused_with_both_numbers() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        let before = *chain.head().hash();
        let last_ns = END_OF_TIME_NS;
        for (asked, expected) in [
            (
                TimeChange::Set { time_ns: NOW },
                TimeError::NotAfterHead { asked_ns: NOW, head_ns: NOW },
            ),
            (TimeChange::Set { time_ns: 0 }, TimeError::NotAfterHead { asked_ns: 0, head_ns: NOW }),
            (
                TimeChange::Set { time_ns: u64::MAX },
                TimeError::TooLate { asked_ns: u64::MAX, last_ns },
            ),
            (
                TimeChange::Move { by_ns: u64::MAX },
                TimeError::TooLate { asked_ns: u64::MAX, last_ns },
            ),
            (
                TimeChange::Step { step_ns: u64::MAX },
                TimeError::TooLate { asked_ns: u64::MAX, last_ns },
            ),
            (TimeChange::Move { by_ns: 0 }, TimeError::NoStep),
            (TimeChange::Step { step_ns: 0 }, TimeError::NoStep),
        ] {
            assert_eq!(change(&mut chain, asked, NOW), Err(Refused::Time(expected)));
        }
        assert_eq!(*chain.head().hash(), before);
    }

    #[test]
    fn steps_do_not_run_past_the_end_of_time() {
        let mut chain = chain();
        let step_ns = END_OF_TIME_NS - time(&chain);
        change(&mut chain, TimeChange::Step { step_ns }, NOW).unwrap();
        chain.tick(NOW).unwrap();
        assert_eq!(time(&chain), END_OF_TIME_NS + 1, "times grow all the same");
    }
}
