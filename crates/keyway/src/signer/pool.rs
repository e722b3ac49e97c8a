//! The keys of one signer: what the chain lets each do, and the lanes that they sign in.

use super::choose::{Candidate, Job, Purpose, choose};
use super::cost::Prices;
use super::lane::{Lane, Place};
use super::unfit::UnfitKey;
use crate::client::AccountKey;
use crate::error::{Error, PoolError};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::AccessKeyPermission;
use near_primitives::types::{AccountId, Balance, NonceIndex};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is known of the keys, and what is under way with them.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// None: the chain must be asked.
    keys: Option<Vec<Listed>>,
    lanes: Lanes,
}

type Lanes = BTreeMap<(PublicKey, Option<NonceIndex>), Arc<Lane>>;

/// A key as the chain had it.
#[derive(Debug)]
struct Listed {
    public_key: PublicKey,
    permission: Option<AccessKeyPermission>,
    /// What was bought with its allowance or balance since, yoctoNEAR. Refunds are not counted.
    spent: Balance,
}

/// A key chosen to sign, and its place in a lane.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) public_key: PublicKey,
    pub(crate) place: Place,
}

/// How choosing went.
#[derive(Debug)]
pub(crate) enum Picked {
    Seat(Seat),
    /// The list of keys is too old to choose by.
    AskTheChain,
}

impl Pool {
    /// Takes note of what the chain says of the keys that can sign here.
    pub(crate) fn learn(&self, own: Vec<PublicKey>, on_chain: Vec<AccountKey>) {
        let mut permissions: BTreeMap<PublicKeyHandle, AccessKeyPermission> =
            on_chain.into_iter().map(|key| (key.public_key, key.access_key.permission)).collect();
        let listed = own.into_iter().map(|public_key| {
            let permission = permissions.remove(&PublicKeyHandle::from(&public_key));
            Listed { public_key, permission, spent: Balance::ZERO }
        });
        self.state().keys = Some(listed.collect());
    }

    /// Asks the chain next time.
    pub(crate) fn forget(&self) {
        self.state().keys = None;
    }

    /// Whether what a job costs matters: some key has a budget of its own. None when unknown.
    pub(crate) fn has_budgets(&self) -> Option<bool> {
        let state = self.state();
        let keys = state.keys.as_ref()?;
        Some(keys.iter().any(|key| key.permission.as_ref().and_then(budget).is_some()))
    }

    /// Chooses a key. `prices` may be missing when no key has a budget; `fresh` says that the
    /// chain was asked just now.
    ///
    /// # Errors
    /// When none of the keys, as the chain has them now, may do the job.
    pub(crate) fn pick(
        &self,
        account_id: &AccountId,
        job: &Job<'_>,
        prices: Option<&Prices>,
        fresh: bool,
    ) -> Result<Picked, Error> {
        let mut state = self.state();
        let State { keys: Some(keys), lanes } = &mut *state else {
            return Ok(Picked::AskTheChain);
        };
        let cost = |key: &PublicKey| {
            prices.map_or(Balance::ZERO, |prices| prices.gas_cost(account_id, key, job))
        };
        let candidates: Vec<_> = keys.iter().map(|key| key.candidate(cost, lanes)).collect();
        let chosen = match choose(&candidates, job) {
            Ok(chosen) => chosen,
            Err(_) if !fresh => return Ok(Picked::AskTheChain),
            Err(unfit) => return Err(none_fits(account_id, unfit).into()),
        };
        let Some(key) = keys.iter_mut().find(|key| key.public_key == chosen.public_key) else {
            return Ok(Picked::AskTheChain);
        };
        if job.purpose == Purpose::Transaction && !key.spend(chosen.gas_cost) && !fresh {
            return Ok(Picked::AskTheChain);
        }
        Ok(Picked::Seat(key.seat(lanes)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here is left half-done by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listed {
    fn candidate(&self, cost: impl Fn(&PublicKey) -> Balance, lanes: &Lanes) -> Candidate {
        Candidate {
            public_key: self.public_key.clone(),
            permission: self.permission.clone(),
            gas_cost: cost(&self.public_key),
            busy: self.least_busy(lanes).1,
        }
    }

    /// Counts `cost` against the key's budget; false when it may not be there any more.
    fn spend(&mut self, cost: Balance) -> bool {
        let Some(budget) = self.permission.as_ref().and_then(budget) else { return true };
        let spent = self.spent.saturating_add(cost);
        let covered = spent <= budget;
        if covered {
            self.spent = spent;
        }
        covered
    }

    fn seat(&self, lanes: &mut Lanes) -> Seat {
        let index = self.least_busy(lanes).0;
        let lane = lanes.entry((self.public_key.clone(), index)).or_default();
        Seat { public_key: self.public_key.clone(), place: Place::new(lane.clone(), index) }
    }

    /// The key's lane with the least under way, and how much that is.
    fn least_busy(&self, lanes: &Lanes) -> (Option<NonceIndex>, usize) {
        let busy = |index| {
            let lane = lanes.get(&(self.public_key.clone(), index));
            lane.map_or(0, |lane| lane.busy())
        };
        let Some(rows) = self.permission.as_ref().and_then(rows) else { return (None, busy(None)) };
        let mut least = (Some(0), usize::MAX);
        for index in 0..rows {
            let under_way = busy(Some(index));
            if under_way < least.1 {
                least = (Some(index), under_way);
            }
            if under_way == 0 {
                break;
            }
        }
        least
    }
}

fn none_fits(account_id: &AccountId, unfit: Vec<UnfitKey>) -> PoolError {
    let account_id = account_id.clone();
    if unfit.is_empty() {
        return PoolError::NoKeys { account_id };
    }
    PoolError::NoFitKey { account_id, unfit }
}

/// What a key may spend on gas, yoctoNEAR; none when that is not limited.
fn budget(permission: &AccessKeyPermission) -> Option<Balance> {
    match permission {
        AccessKeyPermission::FullAccess => None,
        AccessKeyPermission::FunctionCall(calls) => calls.allowance,
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => Some(info.balance),
    }
}

/// How many nonces a gas key has; none when it is an ordinary key.
fn rows(permission: &AccessKeyPermission) -> Option<NonceIndex> {
    match permission {
        AccessKeyPermission::FullAccess | AccessKeyPermission::FunctionCall(_) => None,
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => Some(info.num_nonces),
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;
