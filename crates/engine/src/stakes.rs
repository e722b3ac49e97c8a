//! Validators' accounts at the start of an epoch: stakes return, rewards arrive.

use crate::block::StakeUpdate;
use crate::cost::sum;
use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::types::{AccountId, Balance, StateChangeCause};

/// Applies `update` to the accounts that it names.
pub(crate) fn apply(overlay: &mut Overlay<'_>, update: &StakeUpdate) -> Result<(), StateError> {
    for (account_id, &stake) in &update.stakes {
        return_stake(overlay, update, account_id, stake)?;
    }
    if let Some(treasury) = &update.treasury {
        let reward = update.rewards.get(treasury).copied().unwrap_or(Balance::ZERO);
        // A treasury that stakes was paid with the stakes.
        if !update.stakes.contains_key(treasury)
            && let Some(mut account) = overlay.account(treasury)?
        {
            account.set_amount(sum(account.amount(), reward)?);
            overlay.set_account(treasury, &account);
        }
    }
    overlay.commit(&StateChangeCause::ValidatorAccountsUpdate);
    Ok(())
}

/// Adds the reward to the stake, and frees what neither the last epochs nor a new proposal need.
fn return_stake(
    overlay: &mut Overlay<'_>,
    update: &StakeUpdate,
    account_id: &AccountId,
    stake: Balance,
) -> Result<(), StateError> {
    let Some(mut account) = overlay.account(account_id)? else { return Ok(()) };
    let zero = Balance::ZERO;
    let reward = update.rewards.get(account_id).copied().unwrap_or(zero);
    let locked = sum(account.locked(), reward)?;
    let needed = stake.max(update.proposals.get(account_id).copied().unwrap_or(zero));
    let returned = locked.saturating_sub(needed);
    let corrupt = |_| StateError::Corrupt { what: format!("the stake of {account_id}") };
    account.set_locked(locked.saturating_sub(returned)).map_err(corrupt)?;
    account.set_amount(sum(account.amount(), returned)?);
    overlay.set_account(account_id, &account);
    Ok(())
}
