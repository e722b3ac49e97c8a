//! `Stake`: locks tokens behind a validator key. Epochs decide what is returned.

use super::scope::Scope;
use crate::effects::Stop;
use near_primitives::action::StakeAction;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance};

pub(super) fn run(scope: &mut Scope<'_, '_>, action: &StakeAction) -> Result<(), Stop> {
    let account_id = scope.account_id().clone();
    let minimum = scope.block.stakes.minimum;
    let account = scope.account_mut();
    let (locked, balance) = (account.locked(), account.amount());
    let rest = check(&account_id, action.stake, minimum, locked, balance)?;
    if action.stake > locked {
        account.set_amount(rest);
        account.set_locked(action.stake).expect("only an initialized account comes here");
    }
    let proposal = ValidatorStake::new(account_id, action.public_key.clone(), action.stake);
    scope.effects.proposals.push(proposal);
    Ok(())
}

/// The balance after locking `stake`, yoctoNEAR.
fn check(
    account_id: &AccountId,
    stake: Balance,
    minimum_stake: Balance,
    locked: Balance,
    balance: Balance,
) -> Result<Balance, ActionErrorKind> {
    let account_id = account_id.clone();
    let Some(rest) = balance.checked_sub(stake.saturating_sub(locked)) else {
        return Err(ActionErrorKind::TriesToStake { account_id, stake, locked, balance });
    };
    if stake.is_zero() && locked.is_zero() {
        return Err(ActionErrorKind::TriesToUnstake { account_id });
    }
    if !stake.is_zero() && stake < minimum_stake {
        return Err(ActionErrorKind::InsufficientStake { account_id, stake, minimum_stake });
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn verdict(stake: u128, locked: u128, balance: u128) -> Result<u128, ActionErrorKind> {
        let near = Balance::from_near;
        check(&"a.near".parse().unwrap(), near(stake), near(100), near(locked), near(balance))
            .map(|rest| rest.as_near())
    }

    #[test]
    fn the_increment_must_be_there_and_the_stake_large_enough() {
        assert_eq!(verdict(150, 0, 200), Ok(50));
        assert_eq!(verdict(150, 120, 30), Ok(0));
        assert_eq!(verdict(0, 120, 5), Ok(5));
        assert!(matches!(verdict(150, 0, 100), Err(ActionErrorKind::TriesToStake { .. })));
        assert!(matches!(verdict(99, 0, 200), Err(ActionErrorKind::InsufficientStake { .. })));
        assert!(matches!(verdict(0, 0, 200), Err(ActionErrorKind::TriesToUnstake { .. })));
    }
}
