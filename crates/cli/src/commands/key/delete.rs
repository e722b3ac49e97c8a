//! `key delete`: take access from keys.

use crate::error::CliError;
use crate::tools::{Context, KeyName, LossArgs, Sent, SigningArgs};
use clap::Args;
use keyway::{AccountId, Intent, PublicKey, delete_key};
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
    #[command(flatten)]
    loss: LossArgs,
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
        let intent = deleted.iter().fold(Intent::on_self(), |i, key| i.then(delete_key(key)));
        self.loss.agree(&self.account, &keys, &intent.resolve(&self.account)?.1)?;
        let signer = self.signing.signer(context, &self.account).await?;
        let outcome = context.wait("deleting", signer.execute(intent)).await?;
        let sent = Sent::from(&outcome);
        context.answer.give(&Deleted { account: self.account.clone(), deleted, sent })
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
