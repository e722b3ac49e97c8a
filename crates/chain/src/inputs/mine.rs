//! Blocks by hand.

use crate::blocks::pace::Reason;
use crate::chain::Chain;
use crate::inputs::input::Input;
use crate::spec::END_OF_TIME_NS;
use keyway_engine::StateError;

/// Why blocks cannot be sealed by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MineError {
    /// Too many for one input.
    #[error("cannot seal {blocks} blocks one by one: at most {most} in one input; fast-forward")]
    TooMany {
        /// Blocks asked for.
        blocks: u64,
        /// Blocks possible.
        most: u64,
    },
    /// Too long an interval.
    #[error(
        "cannot seal {blocks} blocks {interval_ns} ns apart: times end in the year 2500, so the interval can be at most {most_ns} ns"
    )]
    TooLong {
        /// Blocks asked for.
        blocks: u64,
        /// Nanoseconds asked for between two of them.
        interval_ns: u64,
        /// Nanoseconds possible.
        most_ns: u64,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Chain {
    /// The input that makes `blocks` blocks, `interval_ns` nanoseconds apart, or as the time runs.
    /// Up to 1,000 are sealed one by one. More are a fast-forward, which skips the heights between
    /// the ends of epochs, without an interval by the chain's own delay.
    #[must_use]
    pub fn mine_input(&self, blocks: u64, interval_ns: Option<u64>) -> Input {
        if blocks <= MOST_BLOCKS {
            return Input::Mine { blocks, interval_ns };
        }
        match (self.fast_forward_input(blocks), interval_ns) {
            (Input::FastForward { delta_height, .. }, Some(block_delay_ns)) => {
                Input::FastForward { delta_height, block_delay_ns }
            }
            (input, _) => input,
        }
    }

    /// Seals blocks without transactions. All blocks so far count from then on.
    pub(crate) fn mine(
        &mut self,
        blocks: u64,
        interval_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), MineError> {
        if blocks > MOST_BLOCKS {
            return Err(MineError::TooMany { blocks, most: MOST_BLOCKS });
        }
        if let Some(interval_ns) = interval_ns {
            let left = END_OF_TIME_NS.saturating_sub(self.present_ns(now_ns));
            let most_ns = left / blocks.max(1);
            if interval_ns > most_ns {
                return Err(MineError::TooLong { blocks, interval_ns, most_ns });
            }
        }
        let mut next = self.clone();
        for _ in 0..blocks {
            if let Some(interval_ns) = interval_ns {
                let head_ns = next.head.header.raw_timestamp();
                next.timing = next.timing.skipped(1, interval_ns, head_ns);
            }
            next.seal_empty(Reason::Requested, now_ns)?;
        }
        *self = next;
        Ok(())
    }
}

/// How many blocks one input seals one by one.
const MOST_BLOCKS: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::applied::Refused;
    use crate::inputs::time::TimeChange;
    use crate::tests::chain::{Drive, NOW, chain};

    const SECOND: u64 = 1_000_000_000;

    fn times(chain: &Chain, heights: std::ops::RangeInclusive<u64>) -> Vec<u64> {
        let block = |height| chain.block_by_height(height).unwrap().unwrap();
        heights.map(|height| block(height).header.raw_timestamp()).collect()
    }

    #[test]
    fn blocks_are_an_interval_apart_however_time_goes() {
        for change in [None, Some(TimeChange::Freeze), Some(TimeChange::Step { step_ns: 5 })] {
            let mut chain = chain();
            chain.tick(NOW).unwrap();
            if let Some(change) = change {
                chain.apply(Input::Time(change), NOW).unwrap();
            }
            let (height, before) = (chain.head().height(), chain.head().header.raw_timestamp());
            chain.apply(chain.mine_input(3, Some(SECOND)), NOW).unwrap();
            let expected = [1, 2, 3].map(|number| before + number * SECOND);
            assert_eq!(times(&chain, height + 1..=height + 3), expected, "{change:?}");
        }
    }

    #[test]
    fn many_blocks_are_a_fast_forward_to_the_same_height_and_time() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        let input = chain.mine_input(5_000, Some(SECOND));
        chain.apply(input, NOW).unwrap();
        assert_eq!(chain.head().height(), 5_001);
        assert_eq!(chain.head().header.raw_timestamp(), NOW + 5_000 * SECOND);
        assert!(chain.head().header.block_ordinal() < 1_000);
    }

    #[test]
    fn too_many_blocks_and_too_long_intervals_are_refused() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        let input = Input::Mine { blocks: 1_001, interval_ns: None };
        let error = MineError::TooMany { blocks: 1_001, most: MOST_BLOCKS };
        assert_eq!(chain.apply(input, NOW), Err(Refused::Mine(error)));
        let input = Input::Mine { blocks: 2, interval_ns: Some(u64::MAX) };
        let most_ns = (END_OF_TIME_NS - NOW) / 2;
        let error = MineError::TooLong { blocks: 2, interval_ns: u64::MAX, most_ns };
        assert_eq!(chain.apply(input, NOW), Err(Refused::Mine(error)));
        assert_eq!(chain.head().height(), 1);
        assert!(chain.apply(chain.mine_input(u64::MAX, None), NOW).is_err());
        chain.apply(Input::Mine { blocks: 0, interval_ns: Some(u64::MAX / 2) }, NOW).unwrap();
    }
}
