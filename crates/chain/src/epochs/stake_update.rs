//! How an epoch's first block changes validators' accounts.

use crate::epochs::schedule::Schedule;
use crate::spec::ChainSpec;
use keyway_engine::{StakeUpdate, StateError};
use keyway_state::{Trie, read};
use near_primitives::account::Account;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance, EpochId};
use std::collections::{BTreeMap, BTreeSet};

/// Stake returns and rewards for the first block after the epoch `ended`. `schedule` has already
/// begun the next one; `proposals` are those of the ended epoch's last block.
///
/// A sandbox patch may have taken stake or a whole account away; what is not there any more is
/// neither returned nor paid, so that the chain goes on. On a fork the same holds for accounts that
/// nothing was written to since, and nobody is paid: see [`Chain::fork`](crate::Chain::fork).
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn stake_update(
    spec: &ChainSpec,
    schedule: &Schedule,
    ended: &EpochId,
    proposals: &[ValidatorStake],
    state: &Trie,
) -> Result<StakeUpdate, StateError> {
    let rewards = schedule.next_info().rewards.paid.clone();
    let mut update = StakeUpdate { rewards, ..StakeUpdate::default() };
    for (account_id, largest) in largest_stakes(schedule, ended) {
        // To look at every validator of the network would fetch all of their accounts.
        if state.is_fork() && read::account(&state.written(), &account_id)?.is_none() {
            continue;
        }
        let Some(account) = account(state, &account_id)? else { continue };
        let reward = update.rewards.get(&account_id).copied().unwrap_or(Balance::ZERO);
        let locked = account.locked().saturating_add(reward);
        if let Some(last) = proposals.iter().find(|last| *last.account_id() == account_id) {
            update.proposals.insert(account_id.clone(), last.stake().min(locked));
        }
        update.stakes.insert(account_id, largest.min(locked));
    }
    if !state.is_fork() {
        let treasury = &spec.genesis.protocol_treasury_account;
        update.treasury = account(state, treasury)?.map(|_| treasury.clone());
    }
    Ok(update)
}

/// The account, unless its bytes are no account's: those must not keep an epoch from beginning.
fn account(state: &Trie, account_id: &AccountId) -> Result<Option<Account>, StateError> {
    match read::account(state, account_id) {
        Err(StateError::Corrupt { .. }) => Ok(None),
        found => found,
    }
}

/// For each account the largest stake decided for the ended epoch, this one and the next.
fn largest_stakes(schedule: &Schedule, ended: &EpochId) -> BTreeMap<AccountId, Balance> {
    let decided: Vec<_> = [ended, &schedule.running().id, &schedule.running().next_id]
        .into_iter()
        .filter_map(|id| schedule.info(id))
        .collect();
    let accounts: BTreeSet<_> = decided.iter().flat_map(|info| info.stake_change.keys()).collect();
    accounts
        .into_iter()
        .map(|account_id| {
            let stakes = decided.iter().map(|info| info.decided(account_id));
            (account_id.clone(), stakes.max().unwrap_or(Balance::ZERO))
        })
        .collect()
}
