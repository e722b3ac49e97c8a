//! Fast-forward: many heights ahead without a block for each.

use crate::chain::Chain;
use crate::schedule::SHORT_EPOCH;
use crate::seal::Content;
use keyway_engine::StateError;
use near_primitives::types::{BlockHeight, BlockHeightDelta};

/// Why the chain cannot be moved ahead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FastForwardError {
    /// Epochs are too short to skip anything in them.
    #[error(
        "cannot fast-forward with an epoch length of {epoch_length}; \
         set epoch_length to {} or more in the genesis",
        SHORT_EPOCH + 1
    )]
    ShortEpochs {
        /// The genesis's `epoch_length`, in blocks.
        epoch_length: BlockHeightDelta,
    },
    /// Too far for one call, or for heights and times to be counted.
    #[error("cannot fast-forward by {delta_height} blocks: at most {most} from here; go in steps")]
    TooFar {
        /// Blocks asked for.
        delta_height: BlockHeightDelta,
        /// Blocks possible.
        most: BlockHeightDelta,
    },
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Chain {
    /// Moves the head `delta_height` ahead, and on until it is final.
    ///
    /// An epoch ends three blocks after its last final one, so a jump stops three heights before
    /// the end; real blocks cross it.
    pub(crate) fn travel(
        &mut self,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
        now_ns: u64,
    ) -> Result<(), FastForwardError> {
        self.check_distance(delta_height, block_delay_ns, now_ns)?;
        if delta_height == 0 {
            return Ok(());
        }
        let target = self.head.height() + delta_height;
        while self.head.height() < target {
            let height = self.landing(target);
            self.ahead_ns += (height - self.head.height()) * block_delay_ns;
            self.seal(height, Content::default(), now_ns)?;
        }
        Ok(self.settle(now_ns)?)
    }

    /// The height of the next block on the way to `target`.
    fn landing(&self, target: BlockHeight) -> BlockHeight {
        let next = self.next_height();
        let epoch_ends =
            self.schedule.ends_with(&self.rules, &self.head.header, self.final_head().height());
        if epoch_ends {
            return next;
        }
        let last_stop = self.schedule.boundary(&self.rules).saturating_sub(3);
        target.min(last_stop).max(next)
    }

    fn check_distance(
        &self,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
        now_ns: u64,
    ) -> Result<(), FastForwardError> {
        let epoch_length = self.rules.epoch.epoch_length;
        if epoch_length <= SHORT_EPOCH {
            return Err(FastForwardError::ShortEpochs { epoch_length });
        }
        let time = now_ns.saturating_add(self.ahead_ns).max(self.head.header.raw_timestamp());
        let by_time = END_OF_TIME_NS.saturating_sub(time) / block_delay_ns.max(1);
        let by_height = MAX_HEIGHT.saturating_sub(self.head.height());
        let by_epochs = epoch_length.saturating_mul(MAX_EPOCHS);
        let most = by_time.min(by_height).min(by_epochs);
        if delta_height > most {
            return Err(FastForwardError::TooFar { delta_height, most });
        }
        Ok(())
    }
}

/// How many epochs one call may cross: each costs four blocks.
const MAX_EPOCHS: u64 = 50_000;

/// Heights stop here, far below where `height · 10^6`, the nonces' bound, would overflow.
const MAX_HEIGHT: BlockHeight = 10_000_000_000_000;

/// The year 2500: what a time in nanoseconds can still hold in 64 bits, with room to spare.
const END_OF_TIME_NS: u64 = 16_725_225_600_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{NOW, chain, chain_with};

    const DELAY_NS: u64 = 310_000_000;

    #[test]
    fn within_an_epoch_one_jump_lands_on_the_target_and_makes_it_final() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        chain.fast_forward(40, NOW).unwrap();
        assert_eq!(chain.final_head().height(), 41);
        assert_eq!(chain.head().height(), 43);
        assert_eq!(chain.head().header.block_ordinal(), 5);
        assert!(chain.block_by_height(2).unwrap().is_none());
    }

    #[test]
    fn time_moves_with_the_height_and_stays_moved() {
        let mut chain = chain();
        chain.fast_forward(40, NOW).unwrap();
        let at = |height| chain.block_by_height(height).unwrap().unwrap().header.raw_timestamp();
        assert_eq!(at(40), NOW + 40 * DELAY_NS);
        let mut chain = chain.clone();
        chain.tick(NOW + 1_000).unwrap();
        assert_eq!(chain.head().header.raw_timestamp(), NOW + 40 * DELAY_NS + 1_000);
    }

    #[test]
    fn every_epoch_on_the_way_ends_by_real_blocks() {
        let mut chain = chain();
        chain.fast_forward(600, NOW).unwrap();
        assert!(chain.final_head().height() >= 600);
        // Epochs begin at 1, 61, … and the first two both have number 1.
        let first = chain.epoch_start_height(chain.head().header.epoch_id());
        assert_eq!(first, Some(601));
        assert_eq!(chain.head().epoch_height, 10);
    }

    #[test]
    fn a_million_heights_are_cheap() {
        let mut chain = chain_with(|config| config.epoch_length = 100_000);
        chain.fast_forward(1_000_000, NOW).unwrap();
        assert!(chain.head().header.block_ordinal() < 60);
    }

    #[test]
    fn too_short_epochs_and_too_long_ways_are_refused() {
        let mut short = chain_with(|config| config.epoch_length = 3);
        let error = short.fast_forward(10, NOW).unwrap_err();
        assert_eq!(error, FastForwardError::ShortEpochs { epoch_length: 3 });
        let mut chain = chain();
        let head = *chain.head().hash();
        let error = chain.fast_forward(u64::MAX, NOW).unwrap_err();
        let most = 60 * MAX_EPOCHS;
        assert_eq!(error, FastForwardError::TooFar { delta_height: u64::MAX, most });
        assert_eq!(*chain.head().hash(), head);
    }

    #[test]
    fn zero_heights_change_nothing() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        chain.fast_forward(0, NOW).unwrap();
        assert_eq!(chain.head().height(), 1);
    }
}
