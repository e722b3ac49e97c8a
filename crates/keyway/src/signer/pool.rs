//! The keys of one signer: the permission of each, what is left of its budget, and its lanes.

use super::budget::{BudgetTracker, Reservation};
use super::choose::{Candidate, Job, Purpose, UnusableKey, choose};
use super::cost::Prices;
use super::lane::{Lane, LaneSlot};
use crate::client::AccountKey;
use crate::error::{Error, PoolError};
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::AccessKeyPermission;
use near_primitives::types::{AccountId, Balance, NonceIndex};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is known of the keys and of their pending transactions.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    /// Where the secrets are, for error messages.
    place: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// None: the chain must be asked.
    keys: Option<Vec<Listed>>,
    lanes: Lanes,
    budgets: BTreeMap<PublicKey, Arc<BudgetTracker>>,
}

type Lanes = BTreeMap<(PublicKey, Option<NonceIndex>), Arc<Lane>>;

/// A key as the chain listed it.
#[derive(Debug)]
struct Listed {
    public_key: PublicKey,
    permission: Option<AccessKeyPermission>,
    spent: Arc<BudgetTracker>,
}

/// A key that was chosen to sign, with a slot in one of its lanes. Held until the transaction has ended.
#[derive(Debug)]
pub(crate) struct KeyLease {
    pub(crate) public_key: PublicKey,
    pub(crate) slot: LaneSlot,
    /// The part of the key's budget that the gas may take.
    _reservation: Option<Reservation>,
}

/// The result of [`Pool::pick`].
#[derive(Debug)]
pub(crate) enum Picked {
    Lease(KeyLease),
    /// The list of keys is missing or may be out of date.
    AskTheChain,
    /// A key has a budget, so prices are needed.
    AskPrices,
}

impl Pool {
    pub(crate) fn of(place: String) -> Self {
        Pool { place, ..Pool::default() }
    }

    /// Stores the permissions that the chain lists for the keys whose secrets are here.
    pub(crate) fn learn(&self, own: Vec<PublicKey>, on_chain: Vec<AccountKey>) {
        let mut permissions: BTreeMap<PublicKeyHandle, AccessKeyPermission> =
            on_chain.into_iter().map(|key| (key.public_key, key.access_key.permission)).collect();
        let mut state = self.state();
        let listed = own.into_iter().map(|public_key| {
            let permission = permissions.remove(&PublicKeyHandle::from(&public_key));
            let spent = state.budgets.entry(public_key.clone()).or_default().clone();
            spent.reset();
            Listed { public_key, permission, spent }
        });
        let listed = listed.collect();
        state.keys = Some(listed);
    }

    /// Makes the next choice ask the chain.
    pub(crate) fn forget(&self) {
        self.state().keys = None;
    }

    /// Chooses a key. `prices` may be missing until they are asked for; `fresh` means that the list of
    /// keys was read just now.
    ///
    /// If no key has enough left beside what pending transactions reserve, those reservations are
    /// ignored, because the chain may have charged them already.
    ///
    /// # Errors
    /// When none of the keys that the chain lists can do the job.
    pub(crate) fn pick(
        &self,
        account_id: &AccountId,
        job: &Job<'_>,
        prices: Option<&Prices>,
        fresh: bool,
    ) -> Result<Picked, Error> {
        let mut state = self.state();
        let State { keys: Some(keys), lanes, .. } = &mut *state else {
            return Ok(Picked::AskTheChain);
        };
        if prices.is_none() && keys.iter().any(|key| key.budget().is_some()) {
            return Ok(Picked::AskPrices);
        }
        let gas_cost = |key: &Listed| match (prices, key.budget()) {
            (Some(prices), Some(_)) => prices.gas_cost(account_id, &key.public_key, job),
            // Nothing of the key's is spent.
            _ => Balance::ZERO,
        };
        let gas_costs: Vec<_> = keys.iter().map(gas_cost).collect();
        let chosen_by = |count: Count| {
            let priced = keys.iter().zip(&gas_costs);
            let candidates: Vec<_> =
                priced.map(|(key, gas_cost)| key.candidate(count, *gas_cost, lanes)).collect();
            choose(&candidates, job).map(|chosen| (chosen.public_key.clone(), chosen.gas_cost))
        };
        let chosen = chosen_by(Count::Left);
        // Refunds may have made another key the better choice; only the chain knows.
        if !fresh && (chosen.is_err() || chosen != chosen_by(Count::NotReserved)) {
            return Ok(Picked::AskTheChain);
        }
        let (public_key, gas_cost) = match chosen.or_else(|_| chosen_by(Count::Listed)) {
            Ok(chosen) => chosen,
            Err(unusable) => return Err(self.none_fits(account_id, unusable).into()),
        };
        let Some(key) = keys.iter().find(|key| key.public_key == public_key) else {
            return Ok(Picked::AskTheChain);
        };
        let pays = job.purpose == Purpose::Transaction && key.budget().is_some();
        let reservation = pays.then(|| key.spent.reserve(gas_cost));
        Ok(Picked::Lease(key.lease(lanes, reservation)))
    }

    fn none_fits(&self, account_id: &AccountId, unusable: Vec<UnusableKey>) -> PoolError {
        let (account_id, place) = (account_id.clone(), self.place.clone());
        match unusable.is_empty() {
            true => PoolError::NoKeys { account_id, place },
            false => PoolError::NoUsableKey { account_id, place, unusable },
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of a key's budget is counted as available.
#[derive(Clone, Copy, Debug)]
enum Count {
    /// All that the chain last reported.
    Listed,
    /// Without what pending transactions reserve.
    NotReserved,
    /// Also without what was spent since.
    Left,
}

impl Listed {
    fn candidate(&self, count: Count, gas_cost: Balance, lanes: &Lanes) -> Candidate {
        Candidate {
            public_key: self.public_key.clone(),
            permission: self.permission.clone().map(|permission| self.counted(permission, count)),
            gas_cost,
            pending: self.least_busy(lanes).1,
        }
    }

    /// What it may spend on gas, yoctoNEAR; none means unlimited.
    fn budget(&self) -> Option<Balance> {
        match self.permission.as_ref()? {
            AccessKeyPermission::FullAccess => None,
            AccessKeyPermission::FunctionCall(calls) => calls.allowance,
            AccessKeyPermission::GasKeyFullAccess(info)
            | AccessKeyPermission::GasKeyFunctionCall(info, _) => Some(info.balance),
        }
    }

    /// The permission, with only the available part of its budget.
    fn counted(&self, mut permission: AccessKeyPermission, count: Count) -> AccessKeyPermission {
        let rest = |budget: Balance| match (count, self.spent.remaining(budget)) {
            (Count::Listed, _) => budget,
            (Count::NotReserved, (free, _)) => free,
            (Count::Left, (_, left)) => left,
        };
        match &mut permission {
            AccessKeyPermission::FullAccess => {}
            AccessKeyPermission::FunctionCall(calls) => calls.allowance = calls.allowance.map(rest),
            AccessKeyPermission::GasKeyFullAccess(info)
            | AccessKeyPermission::GasKeyFunctionCall(info, _) => info.balance = rest(info.balance),
        }
        permission
    }

    fn lease(&self, lanes: &mut Lanes, reservation: Option<Reservation>) -> KeyLease {
        let index = self.least_busy(lanes).0;
        let lane = lanes.entry((self.public_key.clone(), index)).or_default();
        let slot = LaneSlot::new(lane.clone(), index);
        KeyLease { public_key: self.public_key.clone(), slot, _reservation: reservation }
    }

    /// The key's lane with the fewest pending transactions, and how many those are.
    fn least_busy(&self, lanes: &Lanes) -> (Option<NonceIndex>, usize) {
        let pending = |index| {
            let lane = lanes.get(&(self.public_key.clone(), index));
            lane.map_or(0, |lane| lane.pending())
        };
        let Some(rows) = self.permission.as_ref().and_then(rows) else {
            return (None, pending(None));
        };
        let mut least = (Some(0), usize::MAX);
        for index in 0..rows {
            let pending = pending(Some(index));
            if pending < least.1 {
                least = (Some(index), pending);
            }
            if pending == 0 {
                break;
            }
        }
        least
    }
}

/// How many nonce rows a gas key has; none for an ordinary key.
fn rows(permission: &AccessKeyPermission) -> Option<NonceIndex> {
    match permission {
        AccessKeyPermission::FullAccess | AccessKeyPermission::FunctionCall(_) => None,
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => Some(info.num_nonces),
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    mod pool;
}
