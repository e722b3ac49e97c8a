//! Fast-forward: skip many heights without a block for each.

use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::epochs::schedule::SHORT_EPOCH;
use crate::inputs::input::Input;
use crate::spec::{END_OF_TIME_NS, MAX_HEIGHT};
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
    /// Moves the head `delta_height` ahead. As on nearcore the block there is not final yet: the two
    /// that follow make it so.
    ///
    /// An epoch ends three blocks after its last final one, so a jump stops three heights before
    /// the end; real blocks cross it.
    pub(crate) fn fast_forward(
        &mut self,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
        now_ns: u64,
    ) -> Result<(), FastForwardError> {
        self.check_distance(delta_height, block_delay_ns, now_ns)?;
        let target = self.head.height().saturating_add(delta_height);
        while self.head.height() < target {
            let height = self.next_stop(target);
            let blocks = height - self.head.height();
            let head_ns = self.head.header.raw_timestamp();
            self.timing = self.timing.skipped(blocks, block_delay_ns, head_ns);
            self.seal(height, Content::default(), now_ns)?;
        }
        Ok(())
    }

    /// The next part of a long fast-forward to the height `target`, as an input of its own; none when
    /// the chain is there. All parts together seal the same blocks as the whole, so a caller can apply
    /// other inputs or evict blocks between them.
    ///
    /// `block_delay_ns` is that of the whole. Check with [`Chain::can_fast_forward`] first whether
    /// `target` is too far.
    #[must_use]
    pub fn fast_forward_part(&self, target: BlockHeight, block_delay_ns: u64) -> Option<Input> {
        let head = self.head.height();
        // The last block of an epoch is always sealed.
        let boundary = self.schedule.boundary(&self.spec);
        let length = self.spec.epoch.epoch_length;
        let stop = boundary.saturating_add(length.saturating_mul(EPOCHS_PER_PART));
        let stop = stop.saturating_sub(1).max(self.next_height()).min(target);
        let delta_height = stop.checked_sub(head).filter(|delta| *delta > 0)?;
        Some(Input::FastForward { delta_height, block_delay_ns })
    }

    /// Checks that a fast-forward by `delta_height` blocks can begin at `now_ns`.
    ///
    /// # Errors
    /// When the chain cannot go that far.
    pub fn can_fast_forward(
        &self,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
        now_ns: u64,
    ) -> Result<(), FastForwardError> {
        self.check_distance(delta_height, block_delay_ns, now_ns)
    }

    /// The height of the next block on the way to `target`.
    fn next_stop(&self, target: BlockHeight) -> BlockHeight {
        let next = self.next_height();
        let epoch_ends =
            self.schedule.ends_with(&self.spec, &self.head.header, self.final_head().height());
        if epoch_ends {
            return next;
        }
        let last_stop = self.schedule.boundary(&self.spec).saturating_sub(3);
        target.min(last_stop).max(next)
    }

    fn check_distance(
        &self,
        delta_height: BlockHeightDelta,
        block_delay_ns: u64,
        now_ns: u64,
    ) -> Result<(), FastForwardError> {
        let epoch_length = self.spec.epoch.epoch_length;
        if epoch_length <= SHORT_EPOCH {
            return Err(FastForwardError::ShortEpochs { epoch_length });
        }
        let time = self.present_ns(now_ns);
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

/// How many epochs a part of it crosses: some four hundred blocks.
const EPOCHS_PER_PART: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{Drive, NOW, chain, chain_with};

    const DELAY_NS: u64 = 310_000_000;

    #[test]
    fn within_an_epoch_one_jump_lands_on_the_target_and_finality_lags() {
        let mut chain = chain();
        for _ in 0..4 {
            chain.tick(NOW).unwrap();
        }
        chain.jump(40, NOW).unwrap();
        assert_eq!(chain.head().height(), 44);
        assert_eq!((chain.near_final().height(), chain.final_head().height()), (3, 2));
        assert_eq!(chain.head().header.block_ordinal(), 6);
        assert!(chain.block_by_height(5).unwrap().is_none());
        chain.tick(NOW).unwrap();
        chain.tick(NOW).unwrap();
        assert_eq!(chain.final_head().height(), 44);
    }

    #[test]
    fn across_epochs_it_ends_at_the_target_too() {
        for delta in [1, 57, 58, 59, 60, 61, 62, 600, 10_000] {
            let mut chain = chain();
            chain.jump(delta, NOW).unwrap();
            assert_eq!(chain.head().height(), delta);
        }
    }

    #[test]
    fn parts_seal_the_blocks_of_the_whole() {
        for (ticks, delta, cuts) in [
            (0, 20_000, true),
            (1, 6_061, true),
            (59, 30_000, true),
            (61, 13, false),
            (100, 6_000, false),
        ] {
            let mut whole = chain();
            for _ in 0..ticks {
                whole.tick(NOW).unwrap();
            }
            let mut parts = whole.clone();
            whole.jump(delta, NOW).unwrap();
            let (target, mut inputs) = (parts.head().height() + delta, 0);
            while let Some(part) = parts.fast_forward_part(target, DELAY_NS) {
                let before = parts.head().header.block_ordinal();
                parts.apply(part, NOW).unwrap();
                assert!(parts.head().header.block_ordinal() - before <= 4 * EPOCHS_PER_PART + 4);
                inputs += 1;
            }
            assert_eq!(parts.head().hash(), whole.head().hash(), "{ticks} {delta}");
            assert_eq!(inputs > 1, cuts, "{ticks} {delta}");
        }
    }

    #[test]
    fn time_moves_with_the_height_and_stays_moved() {
        let mut chain = chain();
        chain.jump(40, NOW).unwrap();
        let at = |height| chain.block_by_height(height).unwrap().unwrap().header.raw_timestamp();
        assert_eq!(at(40), NOW + 40 * DELAY_NS);
        let mut chain = chain.clone();
        chain.tick(NOW + 1_000).unwrap();
        assert_eq!(chain.head().header.raw_timestamp(), NOW + 40 * DELAY_NS + 1_000);
    }

    #[test]
    fn every_epoch_on_the_way_ends_by_real_blocks() {
        let mut chain = chain();
        chain.jump(600, NOW).unwrap();
        // Epochs begin at 1, 61, … and the first two both have number 1.
        let first = chain.epoch_start_height(chain.head().header.epoch_id());
        assert_eq!(first, Some(541));
        assert_eq!(chain.head().epoch_height, 9);
    }

    #[test]
    fn a_million_heights_are_cheap() {
        let mut chain = chain_with(|config| config.epoch_length = 100_000);
        chain.jump(1_000_000, NOW).unwrap();
        assert!(chain.head().header.block_ordinal() < 60);
    }

    #[test]
    fn too_short_epochs_and_too_long_ways_are_refused() {
        let mut short = chain_with(|config| config.epoch_length = 3);
        let error = short.jump(10, NOW).unwrap_err();
        assert_eq!(error, FastForwardError::ShortEpochs { epoch_length: 3 }.into());
        let mut chain = chain();
        let head = *chain.head().hash();
        let error = chain.jump(u64::MAX, NOW).unwrap_err();
        let most = 60 * MAX_EPOCHS;
        assert_eq!(error, FastForwardError::TooFar { delta_height: u64::MAX, most }.into());
        assert_eq!(*chain.head().hash(), head);
    }

    #[test]
    fn zero_heights_change_nothing() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        chain.jump(0, NOW).unwrap();
        assert_eq!(chain.head().height(), 1);
    }
}
