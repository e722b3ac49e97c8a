//! What an account loses for good when its keys go, and who agrees to that.

use super::consent::Consent;
use super::context::Context;
use crate::error::CliError;
use clap::Args;
use keyway::client::AccountKey;
use keyway::{AccessKey, AccountId, Action, NearToken, exact_near};
use keyway_engine::is_full_access;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::GasKeyInfo;

/// The flags that agree to it in scripts.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct LossArgs {
    /// Delete the last full-access key, or the last one that is at hand, without asking: nobody may be able to use the
    /// account fully any more
    #[arg(long)]
    yes_lock: bool,
    /// Burn without asking what is on gas keys that are deleted
    #[arg(long)]
    pub(crate) yes_burn: bool,
}

impl LossArgs {
    /// Asks before what cannot be taken back, where `account` with these keys does `actions` to
    /// itself.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] when nobody agreed; as [`agree_to_burn`].
    pub(crate) fn agree(
        self,
        context: &Context,
        account: &AccountId,
        keys: &[AccountKey],
        actions: &[Action],
    ) -> Result<(), CliError> {
        let loss = Loss::of(keys, actions);
        agree_to_burn(context, account, &loss.burns, self.yes_burn)?;
        if !loss.locks {
            return Ok(());
        }
        let danger = format!(
            "No full-access key of {account} will be left: from then on only its contract can act for it."
        );
        let (word, given) = (account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }

    /// Asks before `actions` take the last full-access key that is `at_hand`, where others stay: whoever does not have
    /// those loses the account.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] when that was not confirmed.
    pub(crate) fn agree_to_lose_hold(
        self,
        account: &AccountId,
        keys: &[AccountKey],
        actions: &[Action],
        at_hand: &[PublicKey],
    ) -> Result<(), CliError> {
        let stay = out_of_reach(keys, actions, at_hand);
        if stay.is_empty() {
            return Ok(());
        }
        let stay: Vec<_> = stay.iter().map(ToString::to_string).collect();
        let danger = format!(
            "No full-access key of {account} will be at hand: the secret of what stays ({}) is not in the key files here. Whoever does not have it elsewhere loses the account.",
            stay.join(", ")
        );
        let (word, given) = (account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }
}

/// The full-access keys that stay, where `actions` take the last one that is at hand, and none of those is.
fn out_of_reach(
    keys: &[AccountKey],
    actions: &[Action],
    at_hand: &[PublicKey],
) -> Vec<PublicKeyHandle> {
    let is_at_hand = |key: &PublicKeyHandle| at_hand.iter().any(|held| *key == held.into());
    let full = keys.iter().filter(|key| is_full_access(&key.access_key.permission));
    let had_one = full.into_iter().any(|key| is_at_hand(&key.public_key));
    // Whoever adds a key knows who has it.
    let is_added = |key: &PublicKeyHandle| {
        actions
            .iter()
            .any(|action| matches!(action, Action::AddKey(add) if *key == (&add.public_key).into()))
    };
    let stay = full_access_after(keys, actions);
    if had_one && !stay.iter().any(|key| is_at_hand(key) || is_added(key)) {
        stay
    } else {
        Vec::new()
    }
}

/// The full-access keys that are left of `keys` after `actions`.
fn full_access_after(keys: &[AccountKey], actions: &[Action]) -> Vec<PublicKeyHandle> {
    let full = keys.iter().filter(|key| is_full_access(&key.access_key.permission));
    let mut left: Vec<_> = full.map(|key| key.public_key.clone()).collect();
    for action in actions {
        match action {
            Action::AddKey(add) if is_full_access(&add.access_key.permission) => {
                left.push((&add.public_key).into());
            }
            Action::DeleteKey(delete) => {
                let gone = PublicKeyHandle::from(&delete.public_key);
                left.retain(|key| *key != gone);
            }
            _ => {}
        }
    }
    left
}

/// Asks before tokens on gas keys are burnt: each of `burns` at once, with a key, or with all keys
/// of an account that is deleted.
///
/// # Errors
/// [`CliError::Misfit`] where the chain burns no such sum; [`CliError::NotConfirmed`] when nobody
/// agreed.
pub(crate) fn agree_to_burn(
    context: &Context,
    account: &AccountId,
    burns: &[NearToken],
    given: bool,
) -> Result<(), CliError> {
    let most = burns.iter().copied().max().unwrap_or(NearToken::ZERO);
    let sum = burns.iter().fold(NearToken::ZERO, |sum, burn| sum.saturating_add(*burn));
    let withdraw = context.command(&format!("key withdraw {account} PUBLIC_KEY"));
    let rescue = format!("`{withdraw}` saves it first");
    if most > GasKeyInfo::MAX_BALANCE_TO_BURN {
        let limit = exact_near(GasKeyInfo::MAX_BALANCE_TO_BURN);
        return Err(CliError::Misfit(format!(
            "the gas keys that go hold {}, and the chain burns {limit} at most: {rescue}",
            exact_near(most)
        )));
    }
    if sum.is_zero() {
        return Ok(());
    }
    let sum = exact_near(sum);
    let danger = format!("The gas keys that go hold {sum}, which will be burnt: {rescue}.");
    Consent { danger: &danger, word: account.as_str(), flag: "--yes-burn", given }.ask()
}

/// The tokens on a gas key; nothing for other keys.
pub(crate) fn on_gas_key(key: &AccessKey) -> NearToken {
    key.gas_key_info().map_or(NearToken::ZERO, |info| info.balance)
}

/// What an account's actions on itself take from it.
#[derive(Debug, PartialEq, Eq)]
struct Loss {
    /// Whether the last full-access key goes, and the account stays.
    locks: bool,
    /// What is burnt with each gas key.
    burns: Vec<NearToken>,
}

/// As much of a key as decides.
struct Held {
    key: PublicKeyHandle,
    full: bool,
    balance: NearToken,
}

impl Loss {
    fn of(keys: &[AccountKey], actions: &[Action]) -> Self {
        let held = |key: &AccountKey| Held::new(key.public_key.clone(), &key.access_key);
        let mut keys: Vec<_> = keys.iter().map(held).collect();
        let had_full = keys.iter().any(|key| key.full);
        let mut burns = Vec::new();
        for action in actions {
            match action {
                Action::AddKey(add) => {
                    keys.push(Held::new((&add.public_key).into(), &add.access_key));
                }
                Action::DeleteKey(delete) => {
                    if let Some(nth) = nth(&keys, &delete.public_key) {
                        burns.push(keys.remove(nth).balance);
                    }
                }
                Action::TransferToGasKey(fund) => change(&mut keys, &fund.public_key, |balance| {
                    balance.saturating_add(fund.deposit)
                }),
                Action::WithdrawFromGasKey(withdraw) => {
                    change(&mut keys, &withdraw.public_key, |balance| {
                        balance.saturating_sub(withdraw.amount)
                    });
                }
                _ => {}
            }
        }
        Self { locks: had_full && !keys.iter().any(|key| key.full), burns }
    }
}

impl Held {
    fn new(key: PublicKeyHandle, access_key: &AccessKey) -> Self {
        let full = is_full_access(&access_key.permission);
        Self { key, full, balance: on_gas_key(access_key) }
    }
}

fn nth(keys: &[Held], public_key: &PublicKey) -> Option<usize> {
    let handle = PublicKeyHandle::from(public_key);
    keys.iter().position(|held| held.key == handle)
}

fn change(keys: &mut [Held], key: &PublicKey, change: impl FnOnce(NearToken) -> NearToken) {
    if let Some(nth) = nth(keys, key) {
        keys[nth].balance = change(keys[nth].balance);
    }
}

/// As many actions as a transaction may have.
pub(crate) const KEYS_AT_ONCE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway::{
        Intent, KeyPair, Step, add_full_access_gas_key, add_full_access_key, delete_key,
        fund_gas_key, withdraw_from_gas_key,
    };

    fn loss(keys: &[AccountKey], steps: impl IntoIterator<Item = Step>) -> Loss {
        let intent = steps.into_iter().fold(Intent::on_self(), Intent::then);
        let (_, actions) = intent.resolve(&"alice.near".parse().unwrap()).unwrap();
        Loss::of(keys, &actions)
    }

    fn full(pair: &KeyPair) -> AccountKey {
        AccountKey { public_key: pair.public_key().into(), access_key: AccessKey::full_access() }
    }

    #[test]
    fn the_last_key_locks_unless_another_comes() {
        let (old, new) = (KeyPair::random_ed25519(), KeyPair::random_ml_dsa_65());
        let (old_key, new_key) = (old.public_key(), new.public_key());
        assert!(loss(&[full(&old)], [delete_key(old_key)]).locks);
        assert!(!loss(&[full(&old), full(&new)], [delete_key(old_key)]).locks);
        let swap = [delete_key(old_key), add_full_access_key(new_key)];
        assert!(!loss(&[full(&old)], swap).locks);
        let back = [add_full_access_key(new_key), delete_key(new_key), delete_key(old_key)];
        assert!(loss(&[full(&old)], back).locks);
        assert!(!loss(&[], [delete_key(old_key)]).locks, "it was locked before");
    }

    /// It was done without a question, and its owner was locked out.
    #[test]
    fn the_last_key_at_hand_is_not_deleted_for_one_that_nobody_may_have() {
        let (own, other) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let (own_key, other_key) = (own.public_key(), other.public_key());
        let asks = |steps: Vec<Step>, at_hand: &[&PublicKey]| {
            let intent = steps.into_iter().fold(Intent::on_self(), Intent::then);
            let (_, actions) = intent.resolve(&"alice.near".parse().unwrap()).unwrap();
            let at_hand: Vec<_> = at_hand.iter().copied().cloned().collect();
            !out_of_reach(&[full(&own), full(&other)], &actions, &at_hand).is_empty()
        };
        assert!(asks(vec![delete_key(own_key)], &[own_key]));
        assert!(!asks(vec![delete_key(own_key)], &[own_key, other_key]));
        assert!(!asks(vec![delete_key(other_key)], &[own_key]));
        assert!(!asks(vec![delete_key(other_key)], &[]), "it was not at hand before");
        let swap = |new: &KeyPair| vec![delete_key(own_key), add_full_access_key(new.public_key())];
        let new = KeyPair::random_ed25519();
        assert!(!asks(swap(&new), &[own_key]), "who adds a key knows who has it");
        assert!(
            !asks(vec![delete_key(own_key), delete_key(other_key)], &[own_key]),
            "another question"
        );
    }

    #[test]
    fn what_is_withdrawn_before_is_not_burnt() {
        let (alice, gas) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let key = gas.public_key();
        let near = NearToken::from_near;
        let begin = || vec![add_full_access_gas_key(key, 2), fund_gas_key(key, near(3))];
        let burns = |steps: Vec<Step>| loss(&[full(&alice)], steps).burns;
        let and = |more: Vec<Step>| [begin(), more].concat();
        assert_eq!(burns(and(vec![delete_key(key)])), [near(3)]);
        let saved = vec![withdraw_from_gas_key(key, near(2)), delete_key(key)];
        assert_eq!(burns(and(saved)), [near(1)]);
        assert!(burns(begin()).is_empty());
    }
}
