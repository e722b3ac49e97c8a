//! The view of an epoch that the `validators` method returns.

use crate::blocks::header::SHARD;
use crate::epochs::schedule::{Running, Schedule};
use crate::epochs::select::EpochInfo;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, BlockHeight, EpochId};
use near_primitives::views::{
    CurrentEpochValidatorInfo, EpochValidatorInfo, NextEpochValidatorInfo, ValidatorKickoutView,
};

/// The epochs as clients see them.
pub(crate) struct EpochViews<'a> {
    pub(crate) schedule: &'a Schedule,
    /// Who produces every block.
    pub(crate) author: &'a AccountId,
}

impl EpochViews<'_> {
    /// The epoch `id`, running or ended; the running one when no id is given. None for an epoch
    /// that has not begun.
    pub(crate) fn validators(&self, id: Option<&EpochId>) -> Option<EpochValidatorInfo> {
        let running = self.schedule.running();
        match id {
            Some(id) if *id != running.id => self.epoch_view(self.schedule.ended(id)?),
            _ => self.epoch_view(running),
        }
    }

    /// The height of an epoch's first block; none when the epoch has not begun.
    pub(crate) fn first_height(&self, id: &EpochId) -> Option<BlockHeight> {
        let running = self.schedule.running();
        if *id == running.id {
            return Some(running.first_height);
        }
        self.schedule.ended(id).map(|ended| ended.first_height)
    }

    fn epoch_view(&self, epoch: &Running) -> Option<EpochValidatorInfo> {
        let (info, next) = (self.schedule.info(&epoch.id)?, self.schedule.info(&epoch.next_id)?);
        let kickout = next.kickout.iter().map(|(account_id, reason)| ValidatorKickoutView {
            account_id: account_id.clone(),
            reason: reason.clone(),
        });
        Some(EpochValidatorInfo {
            current_validators: info.validators.iter().map(|v| self.current(epoch, v)).collect(),
            next_validators: self.next(next),
            current_fishermen: Vec::new(),
            next_fishermen: Vec::new(),
            current_proposals: epoch.proposals.values().cloned().map(Into::into).collect(),
            prev_epoch_kickout: kickout.collect(),
            epoch_start_height: epoch.first_height,
            epoch_height: info.height,
            validator_reward_paid_prev_epoch: info.rewards.paid.clone().into_iter().collect(),
        })
    }

    /// One validator with what it did. Only the author is asked for anything. What it did shard by
    /// shard is told of the running epoch only, as in nearcore.
    fn current(&self, epoch: &Running, validator: &ValidatorStake) -> CurrentEpochValidatorInfo {
        let author = validator.account_id() == self.author;
        let running = epoch.id == self.schedule.running().id;
        let blocks = if author { epoch.produced.blocks } else { 0 };
        let heights = if author { epoch.produced.heights } else { 0 };
        let shards = if author && (blocks > 0 || !running) { vec![SHARD] } else { Vec::new() };
        let shards_endorsed = if running { shards.clone() } else { Vec::new() };
        let per_shard = vec![if running { blocks } else { 0 }; shards.len()];
        let endorsed_per_shard = vec![blocks; shards_endorsed.len()];
        CurrentEpochValidatorInfo {
            account_id: validator.account_id().clone(),
            public_key: validator.public_key().clone(),
            is_slashed: false,
            stake: validator.stake(),
            shards_produced: shards,
            num_produced_blocks: blocks,
            num_expected_blocks: heights,
            num_produced_chunks: blocks,
            num_expected_chunks: blocks,
            num_produced_chunks_per_shard: per_shard.clone(),
            num_expected_chunks_per_shard: per_shard,
            num_produced_endorsements: blocks,
            num_expected_endorsements: blocks,
            num_produced_endorsements_per_shard: endorsed_per_shard.clone(),
            num_expected_endorsements_per_shard: endorsed_per_shard,
            shards_endorsed,
        }
    }

    fn next(&self, info: &EpochInfo) -> Vec<NextEpochValidatorInfo> {
        let of = |validator: &ValidatorStake| NextEpochValidatorInfo {
            account_id: validator.account_id().clone(),
            public_key: validator.public_key().clone(),
            stake: validator.stake(),
            shards: if validator.account_id() == self.author { vec![SHARD] } else { Vec::new() },
        };
        info.validators.iter().map(of).collect()
    }
}
