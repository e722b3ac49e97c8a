//! Replaces one key by another, so that the account has a working key at every moment.
//!
//! The order is: the new secret is on disk and read back, the new key is added, it is proven to
//! work, files point to it, and only then is the old key deleted. [`Rotation::next`] says what comes
//! next from what the chain and the disk have. It remembers nothing else, so a
//! program that was interrupted asks again and continues. The plan can be written to a file: it holds no
//! secret.
//! [`RotationDriver`] does all of this over a client, key stores and a file. To drive it yourself:
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

/// What was decided: which key replaces which, and what it may do. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rotation {
    /// Whose keys.
    pub account_id: AccountId,
    /// The key that goes.
    pub old_key: PublicKey,
    /// The key that comes.
    pub new_key: PublicKey,
    /// What the new key may do. A gas key begins with nothing on it.
    pub permission: AccessKeyPermission,
    /// What is put on a new gas key, yoctoNEAR.
    pub fund: Balance,
    /// Whether both keys change in one transaction. Then nothing is proven before the old one goes.
    pub atomic: bool,
    /// Whether the new key was seen to work.
    pub proven: bool,
}

/// What the disk has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalState {
    /// Whether the new secret was read back, and signed for the new key.
    pub secret: bool,
    /// Whether programs that read one key of the account read another than the old one.
    pub main: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationStep {
    /// Add the new key, signed with any key that may.
    Add(Intent),
    /// Add the new key and delete the old one, all or nothing, signed with any key that may.
    Swap(Intent),
    /// See that the new key works.
    Prove(Proof),
    /// Let programs that read one key of the account, the old one until now, read the new one.
    MakeMain,
    /// Delete the old key, signed with any *other* key that may: the new one, where it may.
    Delete(Intent),
    /// The chain is done. Set the old secret aside, and forget the rotation.
    TidyUp,
}

/// How a key is seen to work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// The chain takes this transaction, signed with the new key, and it does nothing. A key with
    /// full access sends no tokens to its own account. A key for calls makes a call with too little
    /// gas to begin, so that it fails: taken is taken.
    Transaction(Intent),
    /// The key cannot pay for any transaction, but the chain lists it with the permission that was
    /// asked for: a signature by its secret, as it was read back, must verify.
    Signature,
}

impl Rotation {
    /// `new_key` replaces `old_key`, with the same permission. What is on an old gas key goes
    /// back to the account, and as much is put on the new one.
    ///
    /// Of an allowance, the new key gets what is left: the chain does not list what it was.
    ///
    /// # Errors
    /// [`RotationError::NotOnAccount`] when `keys`, those of the account, have no `old_key`.
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

    /// The next step, from the account's keys as the chain has them, and from what is at hand.
    ///
    /// # Errors
    /// When going on would leave the account without a key, or with less than it has:
    /// see [`RotationError`].
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

    /// What takes the rotation back on the chain, signed with any key but the new one; none when
    /// the new key is not there. Point files to the old key before, and remove the new secret
    /// after; but keep both secrets where [`both_gone`](Self::both_gone).
    ///
    /// # Errors
    /// [`RotationError::TooLate`] when the old key is gone, and the new one is there.
    pub fn take_back(&self, keys: &[AccountKey]) -> Result<Option<Intent>, RotationError> {
        match (find(keys, &self.old_key), find(keys, &self.new_key)) {
            (None, Some(_)) => Err(RotationError::TooLate { public_key: self.old_key.clone() }),
            (_, new) => Ok(new.map(|new| delete(&self.new_key, new))),
        }
    }

    /// Whether neither key is on the account: somebody else has deleted them, or a chain for tests
    /// has begun anew. Then there is nothing to go on with, and nothing to take back.
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
                // No contract begins to run with so little.
                call(&calls.receiver_id, method).gas(Gas::from_gas(1)).into()
            }
        })
    }

    /// The account keeps a key with full access if it has one.
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

/// What is on a gas key would be burnt with it.
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
