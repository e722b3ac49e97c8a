//! The lanes of this instance: leases them, renews the leases, and learns the nonces.
//!
//! Lanes come and go with the keys: each look asks the signer and the chain which keys there are. A lane whose key is gone
//! from either gets no new work, and is returned when it is free.

use crate::InstanceId;
use crate::RequestId;
use crate::audit::gas_balance;
use crate::chain::{Chain, known};
use crate::signing::Signing;
use crate::store::{Fence, LaneId, Lease, Signed, Store, StoreError};
use keyway::client::BlockReference;
use keyway::protocol::{AccessKey, AccessKeyPermission, Nonce, PublicKey, PublicKeyHandle};
use keyway::{AccountId, Error, NearToken};
use keyway_rules::nonce_bound;
use near_primitives::types::BlockHeight;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// A lane that this instance holds. Whoever has this value uses it alone.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) fence: Fence,
    /// The last nonce that was signed, or that the chain has.
    pub(crate) last_nonce: Nonce,
}

impl Lane {
    pub(crate) fn id(&self) -> &LaneId {
        &self.fence.lane
    }

    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.fence.lane.public_key
    }

    /// The next nonce to sign, at a height; none if the lane has no nonce left.
    ///
    /// A nonce that no block of this height can hold was signed on another chain, which this one has replaced.
    pub(crate) fn next_nonce(&self, on_chain: Nonce, height: BlockHeight) -> Option<Nonce> {
        let next = self.last_nonce.max(on_chain).checked_add(1)?;
        if next < nonce_bound(height) {
            return Some(next);
        }
        on_chain.checked_add(1)
    }
}

/// A lane that was leased just now, with the bytes that were found on it.
#[derive(Debug)]
pub(crate) struct Leased {
    pub(crate) lane: Lane,
    pub(crate) unproved: Option<(RequestId, Signed)>,
}

/// The leases of this instance.
#[derive(Debug)]
pub(crate) struct Lanes {
    store: Arc<dyn Store>,
    chain: Arc<Chain>,
    owner: InstanceId,
    account_id: AccountId,
    signing: Arc<Signing>,
    /// How many lanes to hold.
    most: usize,
    time: Duration,
    held: Mutex<BTreeSet<Fence>>,
    /// The signer's keys, as of the last look.
    keys: Mutex<Vec<PublicKey>>,
    /// What those of them may sign that are on the account, as of the last look.
    permissions: Mutex<BTreeMap<PublicKey, AccessKeyPermission>>,
    /// Keys of the signer that the account did not have at the last look.
    missing: Mutex<BTreeSet<PublicKey>>,
    /// Told when a key turned out to be gone, so that the next look is at once.
    pub(crate) look_now: Notify,
}

/// What the leases of an instance are made with.
#[derive(Debug)]
pub(crate) struct LaneOptions {
    pub(crate) owner: InstanceId,
    pub(crate) account_id: AccountId,
    pub(crate) signing: Arc<Signing>,
    /// The keys that the signer has now.
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) most: usize,
    pub(crate) time: Duration,
}

/// Why lanes could not be leased.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LeaseError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Chain(#[from] Error),
}

impl Lanes {
    pub(crate) fn new(store: Arc<dyn Store>, chain: Arc<Chain>, options: LaneOptions) -> Self {
        let LaneOptions { owner, account_id, signing, keys, most, time } = options;
        Lanes {
            store,
            chain,
            owner,
            account_id,
            signing,
            most,
            time,
            held: Mutex::default(),
            keys: Mutex::new(keys),
            permissions: Mutex::default(),
            missing: Mutex::default(),
            look_now: Notify::new(),
        }
    }

    /// How often leases are renewed: three times in their time.
    pub(crate) fn period(&self) -> Duration {
        self.time / 3
    }

    pub(crate) fn holds(&self, fence: &Fence) -> bool {
        locked(&self.held).contains(fence)
    }

    /// Forgets a lane, without returning it: the lease ends by itself, and whoever leases it next proves what is on it.
    pub(crate) fn abandon(&self, fence: &Fence) {
        locked(&self.held).remove(fence);
    }

    /// How many lanes are held whose keys can sign.
    pub(crate) fn working(&self) -> usize {
        let permissions = locked(&self.permissions);
        let held = locked(&self.held);
        held.iter().filter(|fence| permissions.contains_key(&fence.lane.public_key)).count()
    }

    /// What each key that can sign pays from, as of the last look: its own balance or allowance; none if the account pays.
    pub(crate) fn funds(&self) -> Vec<(PublicKey, Option<NearToken>)> {
        let own = |permission: &AccessKeyPermission| match permission {
            AccessKeyPermission::FunctionCall(call) => call.allowance,
            permission => gas_balance(permission),
        };
        let permissions = locked(&self.permissions);
        permissions.iter().map(|(key, permission)| (key.clone(), own(permission))).collect()
    }

    /// The keys that can sign: those that both the signer and the account have.
    pub(crate) fn working_keys(&self) -> Vec<PublicKey> {
        locked(&self.permissions).keys().cloned().collect()
    }

    /// Gives a key's lanes no more work: the signer turned out not to have it any more.
    pub(crate) fn forget_key(&self, public_key: &PublicKey) {
        locked(&self.permissions).remove(public_key);
        self.look_now.notify_one();
    }

    /// Returns a free lane whose key is gone, so that everybody sees that it is not used.
    pub(crate) async fn give_back(&self, fence: Fence) {
        self.abandon(&fence);
        if let Err(error) = self.store.release(std::slice::from_ref(&fence)).await {
            tracing::warn!(lane = %fence.lane, %error, "a lane is not returned: its lease ends by itself");
        }
    }

    /// What a key may sign, if both the signer and the account have it.
    pub(crate) fn permission(&self, public_key: &PublicKey) -> Option<AccessKeyPermission> {
        locked(&self.permissions).get(public_key).cloned()
    }

    /// Renews what is held. Lanes that are lost are not held any more.
    pub(crate) async fn renew(&self) -> Result<(), StoreError> {
        let held: Vec<_> = locked(&self.held).iter().cloned().collect();
        if held.is_empty() {
            return Ok(());
        }
        let still: BTreeSet<_> = self.store.renew(&held, self.time).await?.into_iter().collect();
        let mut now = locked(&self.held);
        for fence in held.iter().filter(|fence| !still.contains(fence)) {
            tracing::warn!(lane = %fence.lane, number = fence.number, "a lease was lost");
            now.remove(fence);
        }
        Ok(())
    }

    /// Looks for the keys that there are, and leases more lanes, up to the number that this instance may hold. Lanes whose
    /// keys are gone do not count.
    pub(crate) async fn lease(&self) -> Result<Vec<Leased>, LeaseError> {
        let keys = self.look().await?;
        let mut leases = self.lease_left_behind().await?;
        let wanted = self.most.saturating_sub(self.working());
        let mut nonces = BTreeMap::new();
        if wanted > 0 {
            // The nonces are asked for before the lease, so they may be old; the store knows what was signed since.
            nonces = self.nonces(keys).await?;
            let candidates: Vec<_> = {
                let held = locked(&self.held);
                let taken: BTreeSet<_> = held.iter().map(|fence| &fence.lane).collect();
                nonces.keys().filter(|lane| !taken.contains(lane)).cloned().collect()
            };
            leases.extend(self.store.lease(&candidates, &self.owner, self.time, wanted).await?);
        }
        let leased: Vec<_> = leases
            .into_iter()
            .map(|Lease { fence, last_nonce, unproved }| {
                let on_chain = nonces.get(&fence.lane).copied().unwrap_or(0);
                let last_nonce = last_nonce.unwrap_or(0).max(on_chain);
                Leased { lane: Lane { fence, last_nonce }, unproved }
            })
            .collect();
        locked(&self.held).extend(leased.iter().map(|leased| leased.lane.fence.clone()));
        Ok(leased)
    }

    /// Lanes that nobody holds, with bytes whose fate is not proved, of keys that are gone: they get no new work, so nobody
    /// else would look at them.
    async fn lease_left_behind(&self) -> Result<Vec<Lease>, StoreError> {
        let lanes = self.store.lanes(&self.account_id).await?;
        let left: Vec<_> = lanes
            .into_iter()
            .filter(|it| it.unproved && !it.leased)
            .filter(|it| self.permission(&it.lane.public_key).is_none())
            .map(|it| it.lane)
            .collect();
        if left.is_empty() {
            return Ok(Vec::new());
        }
        self.store.lease(&left, &self.owner, self.time, left.len()).await
    }

    /// The last nonce of a lane in the newest final block.
    pub(crate) async fn nonce_on_chain(&self, lane: &LaneId) -> Result<Nonce, Error> {
        let client = self.chain.client().at(BlockReference::Final);
        match lane.row {
            None => Ok(client.access_key(&self.account_id, &lane.public_key).await?.nonce),
            Some(row) => {
                let nonces = client.gas_key_nonces(&self.account_id, &lane.public_key).await?;
                Ok(nonces.get(usize::from(row)).copied().unwrap_or(0))
            }
        }
    }

    /// Returns all lanes, at the end. Later writes of this instance are refused once another one holds them.
    pub(crate) async fn release_all(&self) -> Result<(), StoreError> {
        let held: Vec<_> = std::mem::take(&mut *locked(&self.held)).into_iter().collect();
        self.store.release(&held).await
    }

    /// Asks the signer and the chain which keys there are. Returns those that both have.
    async fn look(&self) -> Result<Vec<(PublicKey, AccessKey)>, Error> {
        match self.signing.public_keys().await {
            Ok(keys) => *locked(&self.keys) = keys,
            // It may be back before anything is to be signed.
            Err(error) => tracing::warn!(%error, "the signer's keys could not be listed"),
        }
        let client = self.chain.client().at(BlockReference::Final);
        // One question, however many keys there are.
        let on_chain = client.access_keys(&self.account_id).await?;
        let mut on_chain: BTreeMap<_, _> =
            on_chain.into_iter().map(|key| (key.public_key, key.access_key)).collect();
        let (mut working, mut missing) = (Vec::new(), BTreeSet::new());
        for public_key in locked(&self.keys).iter() {
            match on_chain.remove(&PublicKeyHandle::from(public_key)) {
                Some(key) => working.push((public_key.clone(), key)),
                None => drop(missing.insert(public_key.clone())),
            }
        }
        let permissions = working.iter().map(|(key, on)| (key.clone(), on.permission.clone()));
        *locked(&self.permissions) = permissions.collect();
        let before = std::mem::replace(&mut *locked(&self.missing), missing.clone());
        for key in missing.difference(&before) {
            tracing::warn!(%key, "the account does not have this key of the signer");
        }
        Ok(working)
    }

    /// Every lane of these keys, with its last nonce.
    async fn nonces(
        &self,
        keys: Vec<(PublicKey, AccessKey)>,
    ) -> Result<BTreeMap<LaneId, Nonce>, Error> {
        let client = self.chain.client().at(BlockReference::Final);
        let mut nonces = BTreeMap::new();
        for (public_key, key) in keys {
            let lane = |row| LaneId {
                account_id: self.account_id.clone(),
                public_key: public_key.clone(),
                row,
            };
            if key.gas_key_info().is_none() {
                nonces.insert(lane(None), key.nonce);
                continue;
            }
            let Some(of_rows) = known(client.gas_key_nonces(&self.account_id, &public_key).await)?
            else {
                continue;
            };
            for (row, nonce) in (0..).zip(of_rows) {
                nonces.insert(lane(Some(row)), nonce);
            }
        }
        Ok(nonces)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(last_nonce: Nonce) -> Lane {
        let public_key = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB".parse().unwrap();
        let lane = LaneId { account_id: "relay.near".parse().unwrap(), public_key, row: None };
        Lane { fence: Fence { lane, number: 1 }, last_nonce }
    }

    #[test]
    fn the_next_nonce_is_above_what_was_signed_and_what_the_chain_has() {
        assert_eq!(lane(7).next_nonce(3, 100), Some(8));
        assert_eq!(lane(3).next_nonce(7, 100), Some(8));
        assert_eq!(lane(Nonce::MAX).next_nonce(Nonce::MAX, 100), None);
    }

    #[test]
    fn a_nonce_of_a_chain_that_was_replaced_does_not_count() {
        assert_eq!(lane(900_000_000).next_nonce(3, 100), Some(4));
    }
}
