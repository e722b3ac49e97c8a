//! `key delete`: take access from keys.

use crate::error::CliError;
use crate::tools::{Consent, Context, KeyName, Sent, SigningArgs};
use clap::Args;
use keyway::client::AccountKey;
use keyway::{AccountId, Intent, PublicKey, delete_key, exact_near};
use keyway_engine::is_full_access;
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// Arguments of `key delete`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key delete alice.near ed25519:…
  keyway key delete alice.near ed25519:… ed25519:… --json")]
pub(crate) struct DeleteArgs {
    /// The account that loses the keys
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The keys; long ones also by their hash, as `key list` has it, where they are at hand
    #[arg(value_name = "PUBLIC_KEY", required = true)]
    public_keys: Vec<KeyName>,
    /// Delete the last full-access key without asking: nobody can use the account fully any more
    #[arg(long)]
    yes_lock: bool,
    /// Delete a gas key with tokens on it without asking: they are lost
    #[arg(long)]
    yes_burn: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl DeleteArgs {
    /// Deletes the keys in one transaction: all of them or none.
    ///
    /// # Errors
    /// [`CliError::NotConfirmed`] when it cannot be taken back and nobody agreed; what the chain
    /// says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let keys = context.client.access_keys(&self.account).await?;
        let mut deleted = Vec::new();
        for key in &self.public_keys {
            deleted.push(key.at_hand(context, &self.account).await?);
        }
        let doomed: Vec<_> = deleted.iter().map(PublicKeyHandle::from).collect();
        self.agree_to_lock(&keys, &doomed)?;
        self.agree_to_burn(&keys, &doomed)?;
        let signer = self.signing.signer(context, &self.account).await?;
        let intent = deleted.iter().fold(Intent::on_self(), |i, key| i.then(delete_key(key)));
        let outcome = context.wait("deleting", signer.execute(intent)).await?;
        let sent = Sent::from(&outcome);
        context.answer.give(&Deleted { account: self.account.clone(), deleted, sent })
    }

    fn agree_to_lock(
        &self,
        keys: &[AccountKey],
        doomed: &[PublicKeyHandle],
    ) -> Result<(), CliError> {
        let full = |key: &&AccountKey| is_full_access(&key.access_key.permission);
        let (before, stays) = (
            keys.iter().filter(full).count(),
            keys.iter().filter(full).filter(|key| !doomed.contains(&key.public_key)).count(),
        );
        if before == 0 || stays > 0 {
            return Ok(());
        }
        let danger = format!(
            "No full-access key of {} will be left: from then on only its contract can act for it.",
            self.account
        );
        let (word, given) = (self.account.as_str(), self.yes_lock);
        Consent { danger: &danger, word, flag: "--yes-lock", given }.ask()
    }

    fn agree_to_burn(
        &self,
        keys: &[AccountKey],
        doomed: &[PublicKeyHandle],
    ) -> Result<(), CliError> {
        for key in keys.iter().filter(|key| doomed.contains(&key.public_key)) {
            let Some(info) = key.access_key.gas_key_info() else { continue };
            if info.balance.is_zero() {
                continue;
            }
            let danger = format!(
                "{} holds {}, which will be burnt: withdraw it first to keep it.",
                key.public_key,
                exact_near(info.balance)
            );
            let (word, given) = (self.account.as_str(), self.yes_burn);
            Consent { danger: &danger, word, flag: "--yes-burn", given }.ask()?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Deleted {
    account: AccountId,
    deleted: Vec<PublicKey>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.deleted {
            writeln!(f, "{key} is no key of {} any more", self.account)?;
        }
        writeln!(f, "{}", self.sent)
    }
}
