//! `key delete`: deletes keys from an account.

use crate::error::CliError;
use crate::tools::{
    Context, DeadSecrets, KeyName, LossArgs, SendingArgs, Sent, SigningArgs, account_to_change,
    short,
};
use clap::Args;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Intent, delete_key};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// Arguments of `key delete`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key delete alice.near ed25519:…
  keyway key delete alice.near ed25519:… ed25519:… --json
  keyway key delete alice.near ed25519:… --forget
      also removes the secret from files here")]
pub(crate) struct DeleteArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The keys; a long key can be named by its hash if the key itself is here
    #[arg(value_name = "PUBLIC_KEY", required = true)]
    public_keys: Vec<KeyName>,
    /// Remove the secrets from the key files afterwards
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    loss: LossArgs,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl DeleteArgs {
    /// Deletes the keys in one transaction: all of them or none.
    ///
    /// # Errors
    /// [`CliError::Foreseen`] if one of them does not exist, and [`CliError::NotConfirmed`]:
    /// nothing is sent then. The chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        account_to_change(context, &self.account).await?;
        let deleted = self.whole_keys(context).await?;
        let intent = deleted.iter().fold(Intent::on_self(), |i, key| i.then(delete_key(key)));
        let signer = self.signing.signer(context, &self.account).await?;
        if !self.sending.go_on(context, &self.signing, &signer, &intent).await? {
            return Ok(());
        }
        let actions = intent.resolve(&self.account)?.1;
        let on_chain = context.client.access_keys(&self.account).await?;
        self.loss.agree(context, &self.account, &on_chain, &actions)?;
        let at_hand = self.signing.every_key_at_hand(context, &self.account).await?;
        self.loss.agree_to_lose_hold(&self.account, &on_chain, &actions, &at_hand)?;
        let outcome = self.signing.execute(context, &signer, intent, "deleting").await?;
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        let dead = DeadSecrets::of_keys(context, &account, &deleted, self.forget).await;
        let deleted = Deleted { account, deleted, dead, sent };
        context.answer.give(&deleted)?;
        deleted.dead.whole().map(drop)
    }

    /// The keys, without duplicates.
    async fn whole_keys(&self, context: &Context) -> Result<Vec<PublicKey>, CliError> {
        let mut whole = Vec::new();
        for name in &self.public_keys {
            let key = match name.at_hand(context, &self.account).await {
                Err(CliError::HashedKey { public_key })
                    if !self.is_on_chain(context, &public_key).await? =>
                {
                    let account = self.account.clone();
                    return Err(CliError::NoSuchKey { account, public_key, to_change: true });
                }
                key => key?,
            };
            if !whole.contains(&key) {
                whole.push(key);
            }
        }
        Ok(whole)
    }

    async fn is_on_chain(
        &self,
        context: &Context,
        public_key: &PublicKeyHandle,
    ) -> Result<bool, CliError> {
        let keys = context.client.access_keys(&self.account).await?;
        Ok(keys.iter().any(|key| key.public_key == *public_key))
    }
}

#[derive(Serialize)]
struct Deleted {
    account: AccountId,
    deleted: Vec<PublicKey>,
    #[serde(flatten)]
    dead: DeadSecrets,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.deleted {
            writeln!(f, "{} is no longer a key of {}", short(key), self.account)?;
        }
        write!(f, "{}", self.dead)?;
        writeln!(f, "{}", self.sent)
    }
}
