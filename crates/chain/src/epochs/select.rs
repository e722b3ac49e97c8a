//! The validators of one epoch, chosen at the end of the epoch before the last.

use crate::epochs::rewards::Rewards;
use crate::epochs::seats::fill_seats;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::Stakes;
use near_crypto::PublicKey;
use near_primitives::epoch_manager::EpochConfig;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance, EpochHeight, ValidatorKickoutReason};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The validators of an epoch, and what was decided when they were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct EpochInfo {
    /// The epoch's number. The first two epochs both have 1: they share the genesis validators.
    pub(crate) height: EpochHeight,
    /// By falling stake.
    pub(crate) validators: Vec<ValidatorStake>,
    /// For everybody whose stake was decided anew: the stake that counts, yoctoNEAR.
    pub(crate) stake_change: BTreeMap<AccountId, Balance>,
    pub(crate) rewards: Rewards,
    pub(crate) kickout: BTreeMap<AccountId, ValidatorKickoutReason>,
    /// Price of the cheapest seat, yoctoNEAR.
    pub(crate) seat_price: Balance,
}

/// Chooses the validators of an epoch from those of the epoch before (`prev`), the stakes proposed
/// since, and the rewards, which are added to the stake.
///
/// Where nobody is left to validate, the validators before stay.
pub(crate) fn choose(
    config: &EpochConfig,
    prev: &EpochInfo,
    proposals: &BTreeMap<AccountId, ValidatorStake>,
    rewards: Rewards,
) -> EpochInfo {
    let mut kickout = unstaked(prev, proposals);
    let (candidates, mut stake_change) = candidates(prev, proposals, &rewards, &kickout);
    let seats = fill_seats(config, candidates);
    if seats.validators.is_empty() {
        return EpochInfo { height: prev.height + 1, ..prev.clone() };
    }
    for loser in &seats.unselected {
        stake_change.insert(loser.account_id().clone(), Balance::ZERO);
        if prev.stake_of(loser.account_id()).is_some() {
            let reason = ValidatorKickoutReason::NotEnoughStake {
                stake: loser.stake(),
                threshold: seats.price,
            };
            kickout.insert(loser.account_id().clone(), reason);
        }
    }
    EpochInfo {
        height: prev.height + 1,
        validators: seats.validators,
        stake_change,
        rewards,
        kickout,
        seat_price: seats.price,
    }
}

impl EpochInfo {
    /// An epoch whose validators a network has chosen.
    pub(crate) fn of_network(
        config: &EpochConfig,
        height: EpochHeight,
        validators: &[(AccountId, PublicKey, Balance)],
    ) -> Self {
        let stake = |(account_id, public_key, stake): &(AccountId, PublicKey, Balance)| {
            ValidatorStake::new(account_id.clone(), public_key.clone(), *stake)
        };
        let mut validators: Vec<_> = validators.iter().map(stake).collect();
        let seat_price = fill_seats(config, validators.clone()).price;
        validators.sort_by_key(|validator| Reverse(validator.stake()));
        let decided =
            |validator: &ValidatorStake| (validator.account_id().clone(), validator.stake());
        let stake_change = validators.iter().map(decided).collect();
        Self { height, validators, stake_change, seat_price, ..Self::default() }
    }

    /// The stake of a validator of this epoch.
    pub(crate) fn stake_of(&self, account_id: &AccountId) -> Option<Balance> {
        let found = self.validators.iter().find(|validator| validator.account_id() == account_id);
        found.map(ValidatorStake::stake)
    }

    /// The stake that was decided for `account_id`, zero when none was.
    pub(crate) fn decided(&self, account_id: &AccountId) -> Balance {
        self.stake_change.get(account_id).copied().unwrap_or(Balance::ZERO)
    }

    /// What contracts and `Stake` actions see while this epoch runs; the least stake that may be
    /// proposed comes from the epoch after.
    pub(crate) fn stakes(&self, config: &EpochConfig, next: &EpochInfo) -> Stakes {
        let divisor = u128::from(config.minimum_stake_divisor).max(1);
        Stakes {
            validators: self
                .validators
                .iter()
                .map(|validator| (validator.account_id().clone(), validator.stake()))
                .collect(),
            minimum: Balance::from_yoctonear(next.seat_price.as_yoctonear() / divisor),
        }
    }
}

/// Those who proposed zero and had a stake to give up.
fn unstaked(
    prev: &EpochInfo,
    proposals: &BTreeMap<AccountId, ValidatorStake>,
) -> BTreeMap<AccountId, ValidatorKickoutReason> {
    proposals
        .iter()
        .filter(|(account_id, proposal)| {
            proposal.stake().is_zero() && !prev.decided(account_id).is_zero()
        })
        .map(|(account_id, _)| (account_id.clone(), ValidatorKickoutReason::Unstaked))
        .collect()
}

/// Everybody who may get a seat, and the stakes so decided.
fn candidates(
    prev: &EpochInfo,
    proposals: &BTreeMap<AccountId, ValidatorStake>,
    rewards: &Rewards,
    kickout: &BTreeMap<AccountId, ValidatorKickoutReason>,
) -> (Vec<ValidatorStake>, BTreeMap<AccountId, Balance>) {
    let mut candidates = proposals.clone();
    for validator in &prev.validators {
        let account_id = validator.account_id().clone();
        let reward = rewards.paid.get(&account_id).copied().unwrap_or(Balance::ZERO);
        let candidate = candidates.entry(account_id).or_insert_with(|| validator.clone());
        *candidate.stake_mut() = candidate.stake().saturating_add(reward);
    }
    let mut decided: BTreeMap<_, _> = candidates
        .iter()
        .map(|(account_id, candidate)| (account_id.clone(), candidate.stake()))
        .collect();
    for account_id in kickout.keys() {
        candidates.remove(account_id);
        decided.insert(account_id.clone(), Balance::ZERO);
    }
    (candidates.into_values().collect(), decided)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{epoch_config, stake};

    fn proposed(stakes: &[ValidatorStake]) -> BTreeMap<AccountId, ValidatorStake> {
        stakes.iter().map(|stake| (stake.account_id().clone(), stake.clone())).collect()
    }

    fn genesis() -> EpochInfo {
        let first = proposed(&[stake("test.near", 50_000_000)]);
        choose(&epoch_config(), &EpochInfo::default(), &first, Rewards::default())
    }

    fn after(prev: &EpochInfo, proposals: &[ValidatorStake], rewards: Rewards) -> EpochInfo {
        choose(&epoch_config(), prev, &proposed(proposals), rewards)
    }

    fn id(name: &str) -> AccountId {
        name.parse().unwrap()
    }

    #[test]
    fn the_genesis_epoch_is_number_one() {
        let genesis = genesis();
        assert_eq!(genesis.height, 1);
        assert_eq!(genesis.stake_of(&id("test.near")), Some(Balance::from_near(50_000_000)));
        assert_eq!(genesis.decided(&id("test.near")), Balance::from_near(50_000_000));
    }

    #[test]
    fn rewards_are_staked() {
        let paid = BTreeMap::from([(id("test.near"), Balance::from_near(3))]);
        let next = after(&genesis(), &[], Rewards { paid, minted: Balance::from_near(3) });
        assert_eq!(next.stake_of(&id("test.near")), Some(Balance::from_near(50_000_003)));
        assert_eq!(next.height, 2);
    }

    #[test]
    fn a_proposal_joins_and_a_zero_proposal_leaves() {
        let both = after(&genesis(), &[stake("new.near", 1_000_000)], Rewards::default());
        assert_eq!(both.validators.len(), 2);
        let one = after(&both, &[stake("new.near", 0)], Rewards::default());
        assert_eq!(one.validators.len(), 1);
        assert_eq!(one.kickout[&id("new.near")], ValidatorKickoutReason::Unstaked);
        assert_eq!(one.decided(&id("new.near")), Balance::ZERO);
    }

    #[test]
    fn the_last_validator_cannot_leave() {
        let prev = genesis();
        let next = after(&prev, &[stake("test.near", 0)], Rewards::default());
        assert_eq!(next, EpochInfo { height: 2, ..prev });
    }

    #[test]
    fn too_small_a_proposal_is_decided_as_zero() {
        let next = after(&genesis(), &[stake("small.near", 10)], Rewards::default());
        assert_eq!(next.validators.len(), 1);
        assert_eq!(next.decided(&id("small.near")), Balance::ZERO);
        assert!(next.kickout.is_empty());
    }

    #[test]
    fn the_least_stake_is_a_tenth_of_a_seat() {
        let genesis = genesis();
        let stakes = genesis.stakes(&epoch_config(), &genesis);
        assert_eq!(stakes.minimum.as_yoctonear(), genesis.seat_price.as_yoctonear() / 10);
        assert_eq!(stakes.validators.len(), 1);
    }
}
