//! The start of a rotation: the decisions before anything is sent.

use super::Job;
use super::drive::Drive;
use super::progress::{Notes, Progress};
use crate::error::{CliError, NoRotation};
use crate::tools::{Context, SigningPlace, Vault, VaultName, account_to_change};
use keyway::client::AccountKey;
use keyway::keys::Curve;
use keyway::protocol::PublicKey;
use keyway::rotation::{RotateError, Rotation, see_no_other};
use keyway::{KeyPair, KeyService};
use keyway_rules::is_full_access;
use near_crypto::PublicKeyHandle;
use std::path::PathBuf;

impl Job<'_> {
    /// Decides how to rotate, checks the rules, saves the new secret, and writes the progress file.
    ///
    /// # Errors
    /// If the rotation cannot work: then nothing was written.
    pub(super) async fn start<'a>(
        &self,
        context: &'a Context,
        path: PathBuf,
    ) -> Result<Drive<'a>, CliError> {
        let kept_in = self.args.vault_name(self.how.to)?;
        see_no_other(&path, self.account)?;
        // For an account that does not exist, the chain returns an empty list.
        account_to_change(context, self.account).await?;
        let on_chain = context.client.access_keys(self.account).await?;
        let keys = self.keys(context).await?;
        let old_key = self.old_key(context, &*keys, &on_chain).await?;
        let new = KeyPair::random(self.how.curve.map_or_else(|| Curve::of(&old_key), Curve::from));
        let rotation = self.decide(old_key, &new, &on_chain)?;
        match rotation.check(&context.client, keys.clone(), &on_chain).await {
            Ok(()) => {}
            Err(RotateError::Chain(error)) => {
                return Err(self.args.signing.explained(context, self.account, error).await);
            }
            Err(other) => return Err(other.into()),
        }
        let old = self.old_place(&*keys, &rotation.old_key).await?;
        let vault = Vault::open_to_keep(context, kept_in).await?;
        let mut progress = Progress::new(path, rotation, Notes { kept: kept_in, old });
        progress.erase_old = self.how.forget_old;
        Drive::start(context, progress, keys, &vault, &new).await
    }

    async fn old_key(
        &self,
        context: &Context,
        keys: &dyn KeyService,
        on_chain: &[AccountKey],
    ) -> Result<PublicKey, CliError> {
        if let Some(named) = self.old_key {
            return named.whole(keys, self.account).await;
        }
        let here = keys.public_keys(self.account).await?;
        let listed = |key: &PublicKey| {
            let handle = PublicKeyHandle::from(key);
            on_chain.iter().find(|listed| listed.public_key == handle)
        };
        let at_hand: Vec<_> = here.iter().filter_map(|key| Some((key, listed(key)?))).collect();
        let is_full = |key: &AccountKey| is_full_access(&key.access_key.permission);
        let pays_itself = |key: &AccountKey| key.access_key.gas_key_info().is_some();
        let full: Vec<_> = at_hand.iter().filter(|(_, key)| is_full(key)).collect();
        let plain: Vec<_> = full.iter().filter(|(_, key)| !pays_itself(key)).collect();
        match (at_hand.as_slice(), full.as_slice(), plain.as_slice()) {
            ([(one, _)], ..) | (_, [(one, _)], _) | (_, _, [(one, _)]) => Ok(PublicKey::clone(one)),
            ([], ..) if here.is_empty() => {
                Err(self.args.signing.no_key(context, self.account).await)
            }
            ([], ..) => Err(self.args.signing.none_of(context, self.account, here.len()).await),
            _ => {
                let at_hand = at_hand.iter().map(|(_, key)| (key.public_key.clone(), is_full(key)));
                let mut at_hand: Vec<_> = at_hand.collect();
                at_hand.sort_by_key(|(_, full)| !full);
                let account_id = self.account.clone();
                Err(NoRotation::WhichKey { account_id, at_hand }.into())
            }
        }
    }

    /// Where the old secret is, besides plain files.
    async fn old_place(
        &self,
        keys: &dyn KeyService,
        old_key: &PublicKey,
    ) -> Result<SigningPlace, CliError> {
        match self.args.signing.place() {
            SigningPlace::File(_) | SigningPlace::Variable(_)
                if !keys.public_keys(self.account).await?.contains(old_key) =>
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
        rotation.atomic = self.how.atomic;
        if self.args.grant.is_given() {
            (rotation.permission, rotation.fund) = self.args.grant.permission(new.public_key())?;
        }
        Ok(rotation)
    }
}
