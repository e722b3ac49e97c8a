//! Replacing a key by another with the same rights, at no instant without a working key.

mod actions;
mod error;
#[cfg(test)]
mod tests;

use crate::grant::is_full_access;
use crate::{AccountFacts, GasBudget, Grant, KeyFacts};
use actions::{add, delete, proof};
pub use error::RotationError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Balance, NonceIndex};
use serde::Serialize;
use std::fmt;

/// The steps of a rotation. Each is safe to repeat, and to stop before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RotationPlan {
    /// The account.
    pub account_id: AccountId,
    /// The key that goes.
    pub old: PublicKey,
    /// The key that comes.
    pub new: PublicKey,
    /// What both may sign.
    pub grant: Grant,
    /// What is left of the old key's budget. The chain does not keep what it was given at first.
    pub old_budget: GasBudget,
    /// What the new key is given.
    pub new_budget: GasBudget,
    /// In this order.
    pub steps: Vec<RotationStep>,
}

/// What the new key may spend on gas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewBudget {
    /// What is left of the old key's allowance, or on the old gas key.
    #[default]
    Left,
    /// So much, yoctoNEAR.
    Set(Balance),
}

/// A step of a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RotationStep {
    /// Write the new secret to where it will rest, and read it back.
    Keep,
    /// The account adds the new key, and funds it where it is a gas key.
    Add {
        /// Any of these keys signs.
        signers: Vec<PublicKeyHandle>,
        /// The transaction's actions; it goes to the account itself.
        actions: Vec<Action>,
    },
    /// A transaction that does nothing, signed with the new key: once it is in a block the key works,
    /// though its receipt may fail.
    Prove {
        /// Where it goes.
        receiver_id: AccountId,
        /// No action, or a call with too little gas to begin.
        actions: Vec<Action>,
        /// The row of a gas key that the transaction names.
        nonce_index: Option<NonceIndex>,
    },
    /// The account withdraws what is on the old gas key, which deleting would burn, and deletes it. Take the
    /// actions from [`delete_actions`] anew if the old key was used since: its balance moved then.
    Delete {
        /// Any of these keys signs.
        signers: Vec<PublicKeyHandle>,
        /// The transaction's actions; it goes to the account itself.
        actions: Vec<Action>,
    },
}

/// Plans to replace `old` by `new` on `account`.
///
/// # Errors
/// The old key is not there or the new one is; or nobody can sign; or a budget is set for a key that has none.
///
/// ```
/// use keyway_guard::{AccountFacts, KeyFacts, NewBudget, RotationStep, rotation_plan};
/// # use near_crypto::{KeyType, SecretKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::types::Balance;
///
/// # let old = SecretKey::from_seed(KeyType::ED25519, "old").public_key();
/// # let new = SecretKey::from_seed(KeyType::ED25519, "new").public_key();
/// let account = Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182);
/// let access_key = AccessKey::full_access();
/// let keys = vec![KeyFacts { public_key: (&old).into(), access_key, gas_key_nonces: Vec::new() }];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// let plan = rotation_plan(&alice, &old, &new, NewBudget::Left)?;
/// let [RotationStep::Keep, RotationStep::Add { .. }, RotationStep::Prove { .. }, last] = &plan.steps[..] else {
///     panic!("{plan}");
/// };
/// assert!(matches!(last, RotationStep::Delete { signers, .. } if signers[..] == [(&new).into()]));
/// assert!(rotation_plan(&alice, &new, &old, NewBudget::Left).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rotation_plan(
    account: &AccountFacts,
    old: &PublicKey,
    new: &PublicKey,
    budget: NewBudget,
) -> Result<RotationPlan, RotationError> {
    let key = find(account, old)?;
    if account.keys.iter().any(|key| key.public_key == new.into()) {
        return Err(RotationError::NewKeyThere { account_id: account.account_id.clone() });
    }
    let permission = actions::copy(&key.access_key.permission, budget)?;
    let new_budget = GasBudget::of(&permission);
    let (receiver_id, call) = proof(account, &permission)?;
    let steps = vec![
        RotationStep::Keep,
        RotationStep::Add { signers: who_adds(account, key)?, actions: add(new, &permission) },
        RotationStep::Prove {
            receiver_id,
            actions: call,
            nonce_index: matches!(new_budget, GasBudget::KeyBalance { .. }).then_some(0),
        },
        RotationStep::Delete { signers: who_deletes(account, key, new), actions: delete(key, old) },
    ];
    Ok(RotationPlan {
        account_id: account.account_id.clone(),
        old: old.clone(),
        new: new.clone(),
        grant: Grant::of(&permission),
        old_budget: GasBudget::of(&key.access_key.permission),
        new_budget,
        steps,
    })
}

/// The actions that take `old` from `account`: what is on a gas key comes back first, deleting would burn it.
///
/// # Errors
/// The key is not there.
pub fn delete_actions(
    account: &AccountFacts,
    old: &PublicKey,
) -> Result<Vec<Action>, RotationError> {
    Ok(delete(find(account, old)?, old))
}

impl RotationPlan {
    /// Adding and deleting as one transaction, without a proof in between; the keys that can sign it are those
    /// that add. A gas key cannot sign away itself so, because signing moves its balance: then there is `None`.
    #[must_use]
    pub fn atomic(&self) -> Option<(Vec<PublicKeyHandle>, Vec<Action>)> {
        let old = PublicKeyHandle::from(&self.old);
        let is_gas_key = matches!(self.old_budget, GasBudget::KeyBalance { .. });
        let (mut signers, mut actions) = (Vec::new(), Vec::new());
        for step in &self.steps {
            match step {
                RotationStep::Add { signers: adding, actions: add } => {
                    signers
                        .extend(adding.iter().filter(|key| !is_gas_key || **key != old).cloned());
                    actions.extend_from_slice(add);
                }
                RotationStep::Delete { actions: delete, .. } => actions.extend_from_slice(delete),
                RotationStep::Keep | RotationStep::Prove { .. } => {}
            }
        }
        (!signers.is_empty()).then_some((signers, actions))
    }
}

fn find<'a>(account: &'a AccountFacts, old: &PublicKey) -> Result<&'a KeyFacts, RotationError> {
    let handle = PublicKeyHandle::from(old);
    let found = account.keys.iter().find(|key| key.public_key == handle);
    found.ok_or_else(|| RotationError::OldKeyMissing {
        account_id: account.account_id.clone(),
        keys: account.keys.len(),
    })
}

/// The full-access keys, the old one first where it is one: its owner has it at hand.
fn who_adds(account: &AccountFacts, old: &KeyFacts) -> Result<Vec<PublicKeyHandle>, RotationError> {
    let mut full: Vec<&KeyFacts> = account.keys.iter().filter(|key| is_full_access(key)).collect();
    full.sort_by_key(|key| key.public_key != old.public_key);
    if full.is_empty() {
        return Err(RotationError::NobodyCanSign { account_id: account.account_id.clone() });
    }
    Ok(full.iter().map(|key| key.public_key.clone()).collect())
}

/// The new key where it may: that proves it once more. Else any full-access key.
fn who_deletes(account: &AccountFacts, old: &KeyFacts, new: &PublicKey) -> Vec<PublicKeyHandle> {
    if is_full_access(old) {
        return vec![new.into()];
    }
    let full = account.keys.iter().filter(|key| is_full_access(key));
    full.map(|key| key.public_key.clone()).collect()
}

impl fmt::Display for RotationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_id, old, new, grant, old_budget, new_budget, .. } = self;
        writeln!(f, "{account_id}: replace {old} by {new}, for {grant}")?;
        writeln!(f, "  the old key has {old_budget} left, the new one gets {new_budget}")?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {}. {}", index + 1, step.words())?;
        }
        Ok(())
    }
}

impl RotationStep {
    fn words(&self) -> &'static str {
        match self {
            Self::Keep => "write the new secret and read it back",
            Self::Add { .. } => "add the new key",
            Self::Prove { .. } => "have a transaction accepted that the new key signed",
            Self::Delete { .. } => "delete the old key",
        }
    }
}
