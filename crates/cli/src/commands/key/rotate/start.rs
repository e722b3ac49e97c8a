//! The beginning of a rotation: what is decided, before anything is sent.

use super::drive::Drive;
use super::journal::{self, Journal};
use super::{RotateArgs, RotateError};
use crate::error::CliError;
use crate::tools::{Allowed, Context, Restricted, SigningPlace, Vault, VaultName};
use keyway::client::AccountKey;
use keyway::keys::Curve;
use keyway::rotation::{AtHand, Rotation, RotationStep};
use keyway::{AccessKey, AccessKeyPermission, Error, KeyPair, KeyService, PublicKey, Signer};
use near_crypto::PublicKeyHandle;
use std::path::PathBuf;
use std::sync::Arc;

impl RotateArgs {
    /// Decides, asks the rules whether it can be done, writes the new secret, and writes down what
    /// was decided.
    ///
    /// # Errors
    /// When it cannot be done: then nothing was written.
    pub(super) async fn start<'a>(
        &self,
        context: &'a Context,
        path: PathBuf,
    ) -> Result<Drive<'a>, CliError> {
        let kept_in = self.vault_name()?;
        journal::refuse_another(&path, &self.account)?;
        // The chain tells nothing of an account that does not exist: its list is empty, too.
        context.client.account(&self.account).await?;
        let on_chain = context.client.access_keys(&self.account).await?;
        let keys = self.signing.keys(context, &self.account).await?;
        let old_key = self.old_key(&*keys, &on_chain)?;
        let new = KeyPair::random(self.curve.map_or_else(|| Curve::of(&old_key), Curve::from));
        let rotation = self.decide(old_key, &new, &on_chain)?;
        self.ask_the_rules(context, &rotation, &on_chain, &keys).await?;
        self.ask_for_the_end(context, &rotation, &on_chain, keys.clone()).await?;

        let old = self.old_place(&*keys, &rotation.old_key)?;
        let vault = Vault::open_to_keep(context, kept_in).await?;
        let kept = vault.keep_beside(&self.account, &new)?;
        let journal = Journal { rotation, kept: kept_in, old, forget_old: self.forget_old, path };
        if let Err(other) = journal.begin() {
            vault.remove(&self.account, new.public_key())?;
            return Err(other.into());
        }
        Drive::begun(context, journal, keys, vault, kept).await
    }

    fn old_key(
        &self,
        keys: &dyn KeyService,
        on_chain: &[AccountKey],
    ) -> Result<PublicKey, CliError> {
        if let Some(named) = &self.old_key {
            return named.whole(keys, &self.account);
        }
        let mut at_hand = keys.public_keys(&self.account)?;
        at_hand.retain(|key| {
            let handle = PublicKeyHandle::from(key);
            on_chain.iter().any(|listed| listed.public_key == handle)
        });
        match at_hand.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(keyway::Error::from(keyway::error::PoolError::NoKeys {
                account_id: self.account.clone(),
            })
            .into()),
            _ => Err(RotateError::WhichKey { account_id: self.account.clone(), at_hand }.into()),
        }
    }

    /// Where the old secret is, beside plain files.
    fn old_place(
        &self,
        keys: &dyn KeyService,
        old_key: &PublicKey,
    ) -> Result<SigningPlace, CliError> {
        match self.signing.place() {
            SigningPlace::File(_) | SigningPlace::Variable(_)
                if !keys.public_keys(&self.account)?.contains(old_key) =>
            {
                Ok(SigningPlace::Vault(VaultName::Files))
            }
            place => Ok(place),
        }
    }

    fn decide(
        &self,
        old_key: PublicKey,
        new: &KeyPair,
        on_chain: &[AccountKey],
    ) -> Result<Rotation, CliError> {
        let (account, new_key) = (self.account.clone(), new.public_key().clone());
        let decided = Rotation::new(account, old_key, new_key, on_chain);
        let mut rotation = decided.map_err(RotateError::from)?;
        rotation.atomic = self.atomic;
        if self.grant.is_given() {
            (rotation.permission, rotation.fund) = self.grant.permission(new.public_key())?;
        }
        Ok(rotation)
    }

    /// Whether the chain would take the first transaction.
    async fn ask_the_rules(
        &self,
        context: &Context,
        rotation: &Rotation,
        on_chain: &[AccountKey],
        keys: &Arc<dyn KeyService>,
    ) -> Result<(), CliError> {
        let as_if = AtHand { secret: true, main: false };
        let first = rotation.next(on_chain, as_if).map_err(RotateError::from)?;
        let (RotationStep::Add(intent) | RotationStep::Swap(intent)) = first else { return Ok(()) };
        let signer = Signer::new(context.client.clone(), &self.account, keys.clone())?;
        match signer.check(intent).await?.refusal {
            Some(refusal) => Err(keyway::Error::from(refusal).into()),
            None => Ok(()),
        }
    }

    /// Whether a key at hand may delete the old one, where the new one will not.
    async fn ask_for_the_end(
        &self,
        context: &Context,
        rotation: &Rotation,
        on_chain: &[AccountKey],
        keys: Arc<dyn KeyService>,
    ) -> Result<(), CliError> {
        if rotation.atomic || may_delete(rotation) {
            return Ok(());
        }
        let mut proven = rotation.clone();
        proven.proven = true;
        let access_key = AccessKey { nonce: 0, permission: rotation.permission.clone() };
        let new = AccountKey { public_key: (&rotation.new_key).into(), access_key };
        let then = [on_chain, &[new]].concat();
        let as_if = AtHand { secret: true, main: true };
        let last = proven.next(&then, as_if).map_err(RotateError::from)?;
        let RotationStep::Delete(delete) = last else { return Ok(()) };
        let allowed = Allowed::AllBut(rotation.old_key.clone());
        let others = Arc::new(Restricted { keys, and: None, allowed });
        let signer = Signer::new(context.client.clone(), &self.account, others)?;
        match signer.check(delete).await {
            Ok(check) if check.refusal.is_none() => Ok(()),
            Ok(_) | Err(Error::Pool(_) | Error::Key(_)) => Err(RotateError::NobodyDeletes {
                account_id: self.account.clone(),
                old_key: Box::new(rotation.old_key.clone()),
            }
            .into()),
            Err(other) => Err(other.into()),
        }
    }
}

/// Whether the new key may delete the old one, and can pay for it.
fn may_delete(rotation: &Rotation) -> bool {
    match rotation.permission {
        AccessKeyPermission::FullAccess => true,
        AccessKeyPermission::GasKeyFullAccess(_) => !rotation.fund.is_zero(),
        AccessKeyPermission::FunctionCall(_) | AccessKeyPermission::GasKeyFunctionCall(..) => false,
    }
}
