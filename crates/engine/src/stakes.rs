//! Validators' accounts at the start of an epoch: stakes return, rewards arrive.
//!
//! Nothing here may fail, even if a patch damaged these accounts: a chain that cannot make an
//! epoch's first block could never make another, not even to repair the state.

use crate::amount::credited_at_most;
use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::account::Account;
use near_primitives::types::{AccountId, Balance, StateChangeCause};
use std::collections::BTreeMap;

/// Changes to validators' accounts in the first block of an epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StakeUpdate {
    /// For each account the largest stake of the last three epochs, yoctoNEAR; what is locked above it returns.
    pub stakes: BTreeMap<AccountId, Balance>,
    /// Rewards, yoctoNEAR, added to the stake.
    pub rewards: BTreeMap<AccountId, Balance>,
    /// Stakes proposed in the last block of the epoch, yoctoNEAR.
    pub proposals: BTreeMap<AccountId, Balance>,
    /// The protocol treasury, paid from `rewards` into its balance.
    pub treasury: Option<AccountId>,
}

/// Applies `update` to the accounts that it names.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn apply(overlay: &mut Overlay<'_>, update: &StakeUpdate) -> Result<(), StateError> {
    for (account_id, &stake) in &update.stakes {
        return_stake(overlay, update, account_id, stake)?;
    }
    if let Some(treasury) = &update.treasury {
        let reward = update.rewards.get(treasury).copied().unwrap_or(Balance::ZERO);
        // A treasury that stakes was paid above.
        if !update.stakes.contains_key(treasury)
            && let Some(mut account) = readable(overlay, treasury)?
        {
            account.set_amount(credited_at_most(account.amount(), reward));
            overlay.set_account(treasury, &account);
        }
    }
    overlay.commit(&StateChangeCause::ValidatorAccountsUpdate);
    Ok(())
}

/// Adds the reward to the stake, and unlocks what neither the last epochs nor a new proposal need.
/// An account that was patched to be uninitialized cannot hold a stake.
fn return_stake(
    overlay: &mut Overlay<'_>,
    update: &StakeUpdate,
    account_id: &AccountId,
    stake: Balance,
) -> Result<(), StateError> {
    let Some(mut account) = readable(overlay, account_id)? else { return Ok(()) };
    let zero = Balance::ZERO;
    let reward = update.rewards.get(account_id).copied().unwrap_or(zero);
    let locked = account.locked().saturating_add(reward);
    let needed = stake.max(update.proposals.get(account_id).copied().unwrap_or(zero));
    let returned = locked.saturating_sub(needed);
    if account.set_locked(locked.saturating_sub(returned)).is_ok() {
        account.set_amount(credited_at_most(account.amount(), returned));
        overlay.set_account(account_id, &account);
    }
    Ok(())
}

/// The account, unless its bytes do not decode.
fn readable(overlay: &Overlay<'_>, account_id: &AccountId) -> Result<Option<Account>, StateError> {
    match overlay.account(account_id) {
        Err(StateError::Corrupt { .. }) => Ok(None),
        found => found,
    }
}
