//! What an epoch pays to validators and the treasury.

use crate::epochs::seats::{denominator, numerator, to_balance};
use borsh::{BorshDeserialize, BorshSerialize};
use near_primitives::epoch_manager::EpochConfig;
use near_primitives::num_rational::Rational32;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance, NumBlocks};
use primitive_types::{U256, U512};
use std::collections::BTreeMap;

/// Everything that an epoch's reward depends on.
pub(crate) struct Earned<'a> {
    pub(crate) config: &'a EpochConfig,
    pub(crate) protocol_reward_rate: Rational32,
    pub(crate) treasury: &'a AccountId,
    /// The validators of the epoch.
    pub(crate) validators: &'a [ValidatorStake],
    /// The one validator that produces blocks.
    pub(crate) author: &'a AccountId,
    pub(crate) produced: Produced,
    /// Supply at the epoch's last block, yoctoNEAR.
    pub(crate) total_supply: Balance,
    /// From the last block of the epoch before to the last block of this one, nanoseconds.
    pub(crate) duration_ns: u64,
}

/// Blocks of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Produced {
    /// Blocks sealed.
    pub(crate) blocks: NumBlocks,
    /// Heights passed: skipped ones count as expected, as in nearcore.
    pub(crate) heights: NumBlocks,
}

/// What an epoch pays.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Rewards {
    /// Who gets what, yoctoNEAR.
    pub(crate) paid: BTreeMap<AccountId, Balance>,
    /// What the supply grows by, yoctoNEAR. As in nearcore this counts the treasury's share even
    /// where the treasury is itself a validator and gets only the validator's part.
    pub(crate) minted: Balance,
}

/// The rewards of an epoch: inflation for its duration, first the treasury's part, the rest by stake.
///
/// Only the author produces blocks, so the other validators earn nothing.
pub(crate) fn rewards(earned: &Earned<'_>) -> Rewards {
    let total = inflation(earned);
    let treasury =
        total * numerator(earned.protocol_reward_rate) / denominator(earned.protocol_reward_rate);
    let mut paid = BTreeMap::from([(earned.treasury.clone(), to_balance(treasury))]);
    let mut minted = treasury;
    let staked = earned
        .validators
        .iter()
        .fold(U256::zero(), |sum, validator| sum + U256::from(validator.stake().as_yoctonear()));
    for validator in earned.validators {
        let share = if validator.account_id() == earned.author {
            online_share(earned, total - treasury, validator.stake(), staked)
        } else {
            U256::zero()
        };
        paid.insert(validator.account_id().clone(), to_balance(share));
        minted += share;
    }
    Rewards { paid, minted: to_balance(minted) }
}

fn inflation(earned: &Earned<'_>) -> U256 {
    let rate = earned.config.max_inflation_rate;
    let year_ns = U256::from(365u64 * 24 * 60 * 60) * U256::from(1_000_000_000u64);
    numerator(rate)
        * U256::from(earned.total_supply.as_yoctonear())
        * U256::from(earned.duration_ns)
        / (year_ns * denominator(rate))
}

/// The author's part of `pot`: by stake, and by how much of its time it was online.
///
/// Online is the mean of blocks, chunks and endorsements, of which the last two never fail here.
fn online_share(earned: &Earned<'_>, pot: U256, stake: Balance, staked: U256) -> U256 {
    let Produced { blocks, heights } = earned.produced;
    if heights == 0 || staked.is_zero() {
        return U256::zero();
    }
    let online = U256::from(blocks) + U256::from(heights) * 2;
    let asked = U256::from(heights) * 3;
    let (min, max) = (earned.config.online_min_threshold, earned.config.online_max_threshold);
    if online * denominator(min) < numerator(min) * asked {
        return U256::zero();
    }
    let span: U256 = numerator(max) * denominator(min);
    let full: U256 = span.saturating_sub(numerator(min) * denominator(max)) * asked;
    let above = (online * denominator(min) - numerator(min) * asked) * denominator(max);
    if full.is_zero() {
        return U256::zero();
    }
    let share = U512::from(pot) * U512::from(above.min(full)) * U512::from(stake.as_yoctonear())
        / U512::from(full)
        / U512::from(staked);
    U256::try_from(share).unwrap_or(U256::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{epoch_config, stake};

    fn rewards(produced: Produced, treasury: &str) -> Rewards {
        let mut config = epoch_config();
        config.max_inflation_rate = Rational32::new(1, 20);
        super::rewards(&Earned {
            config: &config,
            protocol_reward_rate: Rational32::new(1, 10),
            treasury: &treasury.parse().unwrap(),
            validators: &[stake("other.near", 50_000_000), stake("test.near", 50_000_000)],
            author: &"test.near".parse().unwrap(),
            produced,
            total_supply: Balance::from_near(2_000_000_000),
            duration_ns: 365 * 24 * 60 * 60 * 1_000_000_000,
        })
    }

    fn paid(rewards: &Rewards, account: &str) -> u128 {
        let account: AccountId = account.parse().unwrap();
        rewards.paid[&account].as_near()
    }

    #[test]
    fn a_year_mints_the_inflation_and_only_the_author_earns() {
        let rewards = rewards(Produced { blocks: 60, heights: 60 }, "near");
        assert_eq!(paid(&rewards, "near"), 10_000_000);
        assert_eq!(paid(&rewards, "test.near"), 45_000_000);
        assert_eq!(paid(&rewards, "other.near"), 0);
        assert_eq!(rewards.minted.as_near(), 55_000_000);
    }

    #[test]
    fn a_treasury_that_validates_gets_the_validators_part_only() {
        let rewards = rewards(Produced { blocks: 60, heights: 60 }, "test.near");
        assert_eq!(paid(&rewards, "test.near"), 45_000_000);
        assert_eq!(rewards.minted.as_near(), 55_000_000);
    }

    #[test]
    fn skipped_heights_cost_the_reward() {
        let rewards = rewards(Produced { blocks: 4, heights: 60 }, "near");
        assert_eq!(paid(&rewards, "test.near"), 0);
        assert_eq!(paid(&rewards, "near"), 10_000_000);
    }

    #[test]
    fn nearly_all_blocks_earn_nearly_all() {
        let rewards = rewards(Produced { blocks: 50, heights: 60 }, "near");
        let some = paid(&rewards, "test.near");
        assert!(some > 0 && some < 45_000_000, "{some}");
    }
}
