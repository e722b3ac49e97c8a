//! Rotation: replaces one key by another, so that the account has a working key at every moment.
//!
//! The steps are: write the new secret to disk and read it back, add the new key, prove that it works, switch files to it,
//! and only then delete the old key. [`Rotation::next`] derives the next step from the chain and the disk. It has no other
//! memory, so a program that was interrupted calls it again and continues. The plan can be written to a file: it contains
//! no secret.
//! [`RotationDriver`] does all of this with a client, secret stores and a file. To drive it yourself:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use keyway::rotation::{LocalState, Proof, Rotation, RotationStep};
//! use keyway::{KeyPair, Sandbox, Signer};
//!
//! let sandbox = Sandbox::new();
//! let alice = sandbox.create_account("alice.near").create()?;
//! let (client, old, new) = (sandbox.client(), alice.key_pair().clone(), KeyPair::random_ed25519());
//! let keys = client.access_keys("alice.near").await?;
//! let (from, to) = (old.public_key().clone(), new.public_key().clone());
//! let mut rotation = Rotation::new("alice.near".parse()?, from, to, &keys)?;
//!
//! // Both secrets are in memory here; a program would keep the new one before anything else.
//! let local = LocalState { secret: true, main: true };
//! let signer = Signer::new(client.clone(), "alice.near", [old, new.clone()])?;
//! let with_new = Signer::new(client.clone(), "alice.near", new)?;
//! loop {
//!     let keys = client.access_keys("alice.near").await?;
//!     match rotation.next(&keys, local)? {
//!         RotationStep::Add(add) => drop(signer.execute(add).await?),
//!         RotationStep::Prove(Proof::Transaction(proof)) => {
//!             with_new.execute(proof).await?;
//!             rotation.proven = true;
//!         }
//!         RotationStep::Delete(delete) => drop(with_new.execute(delete).await?),
//!         RotationStep::TidyUp => break,
//!         other => panic!("{other:?}"),
//!     }
//! }
//! assert_eq!(client.access_keys("alice.near").await?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod check;
mod driver;
mod error;
mod grant;
mod progress;
mod report;

pub use driver::{RotationDriver, RotationSecrets};
pub use error::{RotateError, RotationError};
pub use progress::{ProgressFile, see_no_other};
pub use report::{RotationEvent, RotationReport};

use crate::action::{
    Intent, Step, call, delete_key, fund_gas_key, transfer, withdraw_from_gas_key,
};
use crate::client::AccountKey;
use grant::{gas_balance, same_grant, unfunded};
use keyway_rules::is_full_access;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, AccessKeyPermission};
use near_primitives::action::{Action, AddKeyAction};
use near_primitives::types::{AccountId, Balance, Gas};
use serde::{Deserialize, Serialize};

/// The plan: which key replaces which, and what it may do. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rotation {
    /// The account.
    pub account_id: AccountId,
    /// The key to replace.
    pub old_key: PublicKey,
    /// The new key.
    pub new_key: PublicKey,
    /// The permission of the new key. A new gas key has no balance.
    pub permission: AccessKeyPermission,
    /// The amount to fund a new gas key with, yoctoNEAR.
    pub fund: Balance,
    /// Whether both keys change in one transaction, without a proof before the old one is deleted.
    pub atomic: bool,
    /// Whether the new key was proven to work.
    pub proven: bool,
}

/// The state of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalState {
    /// Whether the new secret was read back, and signs for the new key.
    pub secret: bool,
    /// Whether programs that read only one key of the account read another one than the old key.
    pub main: bool,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationStep {
    /// Add the new key, signed with any key that can sign this.
    Add(Intent),
    /// Add the new key and delete the old one in one transaction, signed with any key that can sign this.
    Swap(Intent),
    /// Prove that the new key works.
    Prove(Proof),
    /// Make programs that read only one key of the account read the new one.
    MakeMain,
    /// Delete the old key, signed with any *other* key that can sign this: the new one, if it can.
    Delete(Intent),
    /// The chain is done. Set the old secret aside, and remove the plan.
    TidyUp,
}

/// How a key is proven to work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// The chain accepts this transaction, signed with the new key, and it does nothing. A full-access key transfers nothing
    /// to its own account. A function-call key makes a call with too little gas, which fails; being accepted is enough.
    Transaction(Intent),
    /// The key cannot pay for a transaction. The chain must list it with the permission that was asked for, and a signature
    /// by the secret that was read back must verify.
    Signature,
}

impl Rotation {
    /// `new_key` replaces `old_key`, with the same permission. The balance of an old gas key is withdrawn, and the new one
    /// is funded with the same amount.
    ///
    /// The new key gets what is left of an allowance, because the chain does not list the original amount.
    ///
    /// # Errors
    /// [`RotationError::NotOnAccount`] if `keys`, those of the account, do not contain `old_key`.
    pub fn new(
        account_id: AccountId,
        old_key: PublicKey,
        new_key: PublicKey,
        keys: &[AccountKey],
    ) -> Result<Self, RotationError> {
        let Some(old) = find(keys, &old_key) else {
            return Err(RotationError::NotOnAccount { account_id, public_key: old_key });
        };
        let (permission, fund) = (unfunded(&old.permission), gas_balance(&old.permission));
        Ok(Self { account_id, old_key, new_key, permission, fund, atomic: false, proven: false })
    }

    /// The next step, given the account's keys on the chain and the state of the disk.
    ///
    /// # Errors
    /// If continuing would leave the account without a key, or with a less powerful one; see [`RotationError`].
    pub fn next(
        &self,
        keys: &[AccountKey],
        local: LocalState,
    ) -> Result<RotationStep, RotationError> {
        let (old, new) = (find(keys, &self.old_key), find(keys, &self.new_key));
        if !local.secret {
            return Err(RotationError::SecretMissing { public_key: self.new_key.clone() });
        }
        if let Some(old) = old {
            self.keep_full_access(keys, old)?;
        }
        match (old, new) {
            (None, None) => Err(self.nothing_left()),
            (Some(old), None) if self.atomic => self.swap(old).map(RotationStep::Swap),
            (Some(_), None) => Ok(RotationStep::Add(self.add())),
            (_, Some(new)) if !same_grant(&self.permission, &new.permission) => {
                Err(RotationError::OtherPermission { public_key: self.new_key.clone() })
            }
            (Some(_), Some(_)) if !self.proven => Ok(RotationStep::Prove(self.proof())),
            (_, Some(_)) if !local.main => Ok(RotationStep::MakeMain),
            (Some(old), Some(_)) => Ok(RotationStep::Delete(delete(&self.old_key, old))),
            (None, Some(_)) => Ok(RotationStep::TidyUp),
        }
    }

    /// The actions that undo the rotation on the chain, signed with any key but the new one; none if the new key is not on
    /// the account. Before sending them, switch files to the old key; afterwards, erase the new secret. But keep both
    /// secrets if [`both_gone`](Self::both_gone).
    ///
    /// # Errors
    /// [`RotationError::TooLate`] if the old key is deleted and the new one is there.
    pub fn take_back(&self, keys: &[AccountKey]) -> Result<Option<Intent>, RotationError> {
        match (find(keys, &self.old_key), find(keys, &self.new_key)) {
            (None, Some(_)) => Err(RotationError::TooLate { public_key: self.old_key.clone() }),
            (_, new) => Ok(new.map(|new| delete(&self.new_key, new))),
        }
    }

    /// Whether neither key is on the account, because somebody has deleted them or the chain was reset. The rotation can
    /// then neither continue nor be undone.
    #[must_use]
    pub fn both_gone(&self, keys: &[AccountKey]) -> bool {
        find(keys, &self.old_key).is_none() && find(keys, &self.new_key).is_none()
    }

    fn add(&self) -> Intent {
        let access_key = AccessKey { nonce: 0, permission: self.permission.clone() };
        let public_key = self.new_key.clone();
        let action = Action::AddKey(Box::new(AddKeyAction { public_key, access_key }));
        let add = Intent::on_self().then(Step::raw(action));
        if self.fund.is_zero() { add } else { add.then(fund_gas_key(&self.new_key, self.fund)) }
    }

    fn swap(&self, old: &AccessKey) -> Result<Intent, RotationError> {
        let balance = gas_balance(&old.permission);
        if !balance.is_zero() {
            let public_key = self.old_key.clone();
            return Err(RotationError::FundsOnOldKey { public_key, balance });
        }
        Ok(self.add().then(delete_key(&self.old_key)))
    }

    fn proof(&self) -> Proof {
        let pays_itself = matches!(
            self.permission,
            AccessKeyPermission::GasKeyFullAccess(_) | AccessKeyPermission::GasKeyFunctionCall(..)
        );
        if pays_itself && self.fund.is_zero() {
            return Proof::Signature;
        }
        Proof::Transaction(match self.permission.function_call_permission() {
            None => Intent::on_self().then(transfer(Balance::ZERO)),
            Some(calls) => {
                let method = calls.method_names.first().map_or("prove", String::as_str);
                // No contract can start with so little gas.
                call(&calls.receiver_id, method).gas(Gas::from_gas(1)).into()
            }
        })
    }

    /// The account keeps a full-access key if it has one.
    fn keep_full_access(&self, keys: &[AccountKey], old: &AccessKey) -> Result<(), RotationError> {
        let old_handle = PublicKeyHandle::from(&self.old_key);
        let mut others = keys.iter().filter(|key| key.public_key != old_handle);
        let stays = is_full_access(&self.permission)
            || others.any(|key| is_full_access(&key.access_key.permission));
        if is_full_access(&old.permission) && !stays {
            let (account_id, public_key) = (self.account_id.clone(), self.old_key.clone());
            return Err(RotationError::LastFullAccess { account_id, public_key });
        }
        Ok(())
    }

    fn nothing_left(&self) -> RotationError {
        let (old_key, new_key) = (Box::new(self.old_key.clone()), Box::new(self.new_key.clone()));
        RotationError::BothGone { account_id: self.account_id.clone(), old_key, new_key }
    }
}

/// A gas key's balance would be burnt with it.
fn delete(public_key: &PublicKey, access_key: &AccessKey) -> Intent {
    let balance = gas_balance(&access_key.permission);
    let withdraw = (!balance.is_zero()).then(|| withdraw_from_gas_key(public_key, balance));
    withdraw.into_iter().fold(Intent::on_self(), Intent::then).then(delete_key(public_key))
}

fn find<'a>(keys: &'a [AccountKey], public_key: &PublicKey) -> Option<&'a AccessKey> {
    let handle = PublicKeyHandle::from(public_key);
    keys.iter().find(|key| key.public_key == handle).map(|key| &key.access_key)
}

#[cfg(test)]
mod tests {
    mod rotation;
}
