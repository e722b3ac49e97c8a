//! What an account loses for good by actions on its own keys: gas keys' balances, and its last full-access
//! key.

use keyway_rules::is_full_access;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, GasKeyInfo};
use near_primitives::action::Action;
use near_primitives::types::Balance;

/// What an account loses for good by actions on itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyLoss {
    /// Whether the last full-access key is deleted and the account stays: then only its contract acts for it.
    pub locks: bool,
    /// The balance that is burnt with each deleted gas key, yoctoNEAR.
    pub burns: Vec<Balance>,
}

impl KeyLoss {
    /// Gas keys with these balances (yoctoNEAR) are deleted, and nothing else is lost.
    #[must_use]
    pub fn of_gas_keys(burns: impl Into<Vec<Balance>>) -> Self {
        Self { locks: false, burns: burns.into() }
    }

    /// A burnt balance that is above the protocol's limit for one deletion, and that limit, both yoctoNEAR. Such a
    /// deletion fails.
    #[must_use]
    pub fn above_limit(&self) -> Option<(Balance, Balance)> {
        let most = self.burns.iter().copied().max()?;
        let limit = GasKeyInfo::MAX_BALANCE_TO_BURN;
        (most > limit).then_some((most, limit))
    }

    /// The sum of what is burnt, yoctoNEAR.
    #[must_use]
    pub fn burnt(&self) -> Balance {
        self.burns.iter().fold(Balance::ZERO, |sum, burn| sum.saturating_add(*burn))
    }
}

/// What an account with these keys loses if it runs `actions` on itself.
///
/// ```
/// use keyway_guard::key_loss;
/// use near_crypto::{KeyType, PublicKey, PublicKeyHandle};
/// use near_primitives::account::AccessKey;
/// use near_primitives::action::{Action, DeleteKeyAction};
///
/// let public_key = PublicKey::empty(KeyType::ED25519);
/// let (handle, full) = (PublicKeyHandle::from(&public_key), AccessKey::full_access());
/// let delete = Action::DeleteKey(Box::new(DeleteKeyAction { public_key }));
/// assert!(key_loss([(&handle, &full)], &[delete]).locks);
/// ```
#[must_use]
pub fn key_loss<'a>(
    keys: impl IntoIterator<Item = (&'a PublicKeyHandle, &'a AccessKey)>,
    actions: &[Action],
) -> KeyLoss {
    let mut keys: Vec<_> =
        keys.into_iter().map(|(handle, key)| Key::new(handle.clone(), key)).collect();
    let had_full = keys.iter().any(|key| key.full);
    let mut burns = Vec::new();
    for action in actions {
        match action {
            Action::AddKey(add) => keys.push(Key::new((&add.public_key).into(), &add.access_key)),
            Action::DeleteKey(delete) => {
                if let Some(nth) = nth(&keys, &delete.public_key) {
                    burns.push(keys.remove(nth).balance);
                }
            }
            Action::TransferToGasKey(fund) => {
                change(&mut keys, &fund.public_key, |balance| balance.saturating_add(fund.deposit));
            }
            Action::WithdrawFromGasKey(withdraw) => {
                change(&mut keys, &withdraw.public_key, |balance| {
                    balance.saturating_sub(withdraw.amount)
                });
            }
            _ => {}
        }
    }
    KeyLoss { locks: had_full && !keys.iter().any(|key| key.full), burns }
}

/// The full-access keys that stay on the account if `actions` delete the last one whose secret is `available`; empty
/// if one of those stays, if there was none before, or if no key stays at all. The caller would lose the account to
/// the holders of these keys. A key that the actions add counts as available.
#[must_use]
pub fn full_access_out_of_reach<'a>(
    keys: impl IntoIterator<Item = (&'a PublicKeyHandle, &'a AccessKey)>,
    actions: &[Action],
    available: &[PublicKey],
) -> Vec<PublicKeyHandle> {
    let is_available = |key: &PublicKeyHandle| available.iter().any(|held| *key == held.into());
    let is_added = |key: &PublicKeyHandle| {
        actions
            .iter()
            .any(|action| matches!(action, Action::AddKey(add) if *key == (&add.public_key).into()))
    };
    let full = keys.into_iter().filter(|(_, key)| is_full_access(&key.permission));
    let before: Vec<_> = full.map(|(handle, _)| handle.clone()).collect();
    let had_one = before.iter().any(is_available);
    let stay = full_access_after(before, actions);
    if had_one && !stay.iter().any(|key| is_available(key) || is_added(key)) {
        stay
    } else {
        Vec::new()
    }
}

fn full_access_after(mut keys: Vec<PublicKeyHandle>, actions: &[Action]) -> Vec<PublicKeyHandle> {
    for action in actions {
        match action {
            Action::AddKey(add) if is_full_access(&add.access_key.permission) => {
                keys.push((&add.public_key).into());
            }
            Action::DeleteKey(delete) => {
                let gone = PublicKeyHandle::from(&delete.public_key);
                keys.retain(|key| *key != gone);
            }
            _ => {}
        }
    }
    keys
}

/// The parts of a key that matter.
struct Key {
    handle: PublicKeyHandle,
    full: bool,
    balance: Balance,
}

impl Key {
    fn new(handle: PublicKeyHandle, access_key: &AccessKey) -> Self {
        let balance = access_key.gas_key_info().map_or(Balance::ZERO, |info| info.balance);
        Self { handle, full: is_full_access(&access_key.permission), balance }
    }
}

fn nth(keys: &[Key], public_key: &PublicKey) -> Option<usize> {
    let handle = PublicKeyHandle::from(public_key);
    keys.iter().position(|key| key.handle == handle)
}

fn change(keys: &mut [Key], key: &PublicKey, change: impl FnOnce(Balance) -> Balance) {
    if let Some(nth) = nth(keys, key) {
        keys[nth].balance = change(keys[nth].balance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyway_signer::KeyPair;
    use near_primitives::action::{
        AddKeyAction, DeleteKeyAction, TransferToGasKeyAction, WithdrawFromGasKeyAction,
    };

    fn loss(keys: &[&KeyPair], actions: &[Action]) -> KeyLoss {
        let keys: Vec<_> = keys.iter().map(|pair| full(pair)).collect();
        key_loss(keys.iter().map(|(handle, key)| (handle, key)), actions)
    }

    fn full(pair: &KeyPair) -> (PublicKeyHandle, AccessKey) {
        (pair.public_key().into(), AccessKey::full_access())
    }

    fn add(pair: &KeyPair, access_key: AccessKey) -> Action {
        let public_key = pair.public_key().clone();
        Action::AddKey(Box::new(AddKeyAction { public_key, access_key }))
    }

    fn delete(pair: &KeyPair) -> Action {
        Action::DeleteKey(Box::new(DeleteKeyAction { public_key: pair.public_key().clone() }))
    }

    #[test]
    fn the_last_key_locks_unless_another_comes() {
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        let add_new = || add(&new, AccessKey::full_access());
        assert!(loss(&[&old], &[delete(&old)]).locks);
        assert!(!loss(&[&old, &new], &[delete(&old)]).locks);
        assert!(!loss(&[&old], &[delete(&old), add_new()]).locks);
        assert!(loss(&[&old], &[add_new(), delete(&new), delete(&old)]).locks);
        assert!(!loss(&[], &[delete(&old)]).locks, "it was locked before");
    }

    /// A bug: this was done without a warning, and the owner was locked out.
    #[test]
    fn the_last_available_key_is_not_deleted_for_one_that_nobody_may_have() {
        let (own, other) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let new = KeyPair::random_ed25519();
        let loses = |actions: &[Action], available: &[&KeyPair]| {
            let keys = [full(&own), full(&other)];
            let available: Vec<_> =
                available.iter().map(|pair| pair.public_key().clone()).collect();
            let keys = keys.iter().map(|(handle, key)| (handle, key));
            !full_access_out_of_reach(keys, actions, &available).is_empty()
        };
        assert!(loses(&[delete(&own)], &[&own]));
        assert!(!loses(&[delete(&own)], &[&own, &other]));
        assert!(!loses(&[delete(&other)], &[&own]));
        assert!(!loses(&[delete(&other)], &[]), "it was not available before");
        let swap = [delete(&own), add(&new, AccessKey::full_access())];
        assert!(!loses(&swap, &[&own]), "whoever adds a key knows who has it");
        assert!(!loses(&[delete(&own), delete(&other)], &[&own]), "that locks the account");
    }

    #[test]
    fn what_is_withdrawn_before_is_not_burnt() {
        let (alice, gas) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let near = Balance::from_near;
        let public_key = || gas.public_key().clone();
        let fund = TransferToGasKeyAction { public_key: public_key(), deposit: near(3) };
        let begin = vec![
            add(&gas, AccessKey::gas_key_full_access(2)),
            Action::TransferToGasKey(Box::new(fund)),
        ];
        let burns = |more: &[Action]| loss(&[&alice], &[&begin, more].concat());
        let lost = burns(&[delete(&gas)]);
        assert_eq!((lost.burnt(), lost.burns.len()), (near(3), 1));
        assert_eq!(lost.above_limit(), Some((near(3), GasKeyInfo::MAX_BALANCE_TO_BURN)));
        let withdraw = WithdrawFromGasKeyAction { public_key: public_key(), amount: near(2) };
        let saved = [Action::WithdrawFromGasKey(Box::new(withdraw)), delete(&gas)];
        assert_eq!(burns(&saved).burns, [near(1)]);
        assert_eq!(burns(&[]), KeyLoss::default());
    }
}
