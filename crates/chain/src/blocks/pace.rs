//! Which blocks count where the protocol counts blocks.
//!
//! On NEAR heights follow time. Here a transaction seals blocks at once, so heights run ahead of
//! time under load. What a client counts in blocks because it means a time (the
//! `max_block_height` of a delegate action, the 200 blocks of a yield, the length of an epoch) is
//! therefore compared with the *paced height*: the height the chain would have if blocks that were
//! sealed for a transaction had come no faster than nearcore seals them.

use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::types::BlockHeight;

/// Why a block is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A caller requested blocks or a height: from then on all blocks so far count.
    #[default]
    Requested,
    /// The node's interval: it counts as one block at least.
    Interval,
    /// A transaction, its receipts, or a patch: such blocks count as time passes.
    OnDemand,
}

/// The paced height, and the block time at which it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Pace {
    height: BlockHeight,
    since_ns: u64,
}

impl Pace {
    /// All blocks up to `height` count.
    pub(crate) fn at(height: BlockHeight, timestamp_ns: u64) -> Self {
        Self { height, since_ns: timestamp_ns }
    }

    /// The paced height: never above the head's.
    pub(crate) fn height(self) -> BlockHeight {
        self.height
    }

    /// The pace after a block at `height` and `timestamp_ns`.
    #[must_use]
    pub(crate) fn after(self, height: BlockHeight, timestamp_ns: u64, reason: Reason) -> Self {
        let by_time = timestamp_ns.saturating_sub(self.since_ns) / FASTEST_BLOCK_NS;
        let (counted, since_ns) = match reason {
            Reason::Requested => return Self::at(height, timestamp_ns),
            Reason::Interval if by_time == 0 => (1, timestamp_ns),
            Reason::Interval | Reason::OnDemand => {
                (by_time, self.since_ns.saturating_add(by_time * FASTEST_BLOCK_NS))
            }
        };
        match self.height.saturating_add(counted) {
            paced if paced < height => Self { height: paced, since_ns },
            _ => Self::at(height, timestamp_ns),
        }
    }
}

/// The shortest time between two blocks of nearcore's sandbox, nanoseconds (`init --fast`: 120 ms).
pub(crate) const FASTEST_BLOCK_NS: u64 = 120_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_900_000_000_000_000_000;

    #[test]
    fn blocks_sealed_on_demand_count_as_time_passes() {
        let mut pace = Pace::at(10, NOW);
        for height in 11..=50 {
            pace = pace.after(height, NOW + height, Reason::OnDemand);
        }
        assert_eq!(pace.height(), 10);
        let half = NOW + 5 * FASTEST_BLOCK_NS / 2;
        pace = pace.after(51, half, Reason::OnDemand);
        assert_eq!(pace.height(), 12);
        // The half block that was left over is not lost.
        pace = pace.after(52, half + FASTEST_BLOCK_NS / 2, Reason::OnDemand);
        assert_eq!(pace.height(), 13);
        pace = pace.after(53, NOW + 1_000 * FASTEST_BLOCK_NS, Reason::OnDemand);
        assert_eq!(pace.height(), 53, "never above the head");
    }

    #[test]
    fn a_block_at_the_interval_counts_as_one_at_least() {
        let mut pace = Pace::at(10, NOW);
        for height in 11..=50 {
            pace = pace.after(height, NOW, Reason::OnDemand);
        }
        pace = pace.after(51, NOW + 1, Reason::Interval);
        assert_eq!(pace.height(), 11);
        pace = pace.after(52, NOW + 1 + 8 * FASTEST_BLOCK_NS, Reason::Interval);
        assert_eq!(pace.height(), 19);
    }

    #[test]
    fn a_block_that_was_asked_for_makes_all_before_it_count() {
        let pace = Pace::at(10, NOW).after(90, NOW + 1, Reason::OnDemand);
        assert_eq!(pace.height(), 10);
        assert_eq!(pace.after(91, NOW + 2, Reason::Requested), Pace::at(91, NOW + 2));
    }
}
