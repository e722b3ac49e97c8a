//! `key delete`: take access from keys.

use crate::error::CliError;
use crate::tools::{
    Context, DeadSecrets, KeyName, LossArgs, Sent, SigningArgs, known_account, short,
};
use clap::Args;
use keyway::client::AccountKey;
use keyway::{AccountId, Intent, PublicKey, delete_key};
use serde::Serialize;
use std::fmt;

/// Arguments of `key delete`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key delete alice.near ed25519:…
  keyway key delete alice.near ed25519:… ed25519:… --json
  keyway key delete alice.near ed25519:… --forget     and the secret, where it is in a file here")]
pub(crate) struct DeleteArgs {
    /// The account that loses the keys
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The keys; long ones also by their hash, as `key list` has it, where they are at hand
    #[arg(value_name = "PUBLIC_KEY", required = true)]
    public_keys: Vec<KeyName>,
    /// Remove the secrets from the key files afterwards
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    loss: LossArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl DeleteArgs {
    /// Deletes the keys in one transaction: all of them or none.
    ///
    /// # Errors
    /// [`CliError::NoSuchKey`] when one of them is not there, and [`CliError::NotConfirmed`] when it cannot be taken
    /// back and was not confirmed: nothing is sent then. What the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        known_account(context, &self.account).await?;
        let on_chain = context.client.access_keys(&self.account).await?;
        let deleted = self.whole_keys(context, &on_chain).await?;
        let intent = deleted.iter().fold(Intent::on_self(), |i, key| i.then(delete_key(key)));
        let actions = intent.resolve(&self.account)?.1;
        self.loss.agree(context, &self.account, &on_chain, &actions)?;
        let signer = self.signing.signer(context, &self.account).await?;
        let at_hand = self.signing.every_key_at_hand(context, &self.account).await?;
        self.loss.agree_to_lose_hold(&self.account, &on_chain, &actions, &at_hand)?;
        let outcome = self.signing.execute(context, &signer, intent, "deleting").await?;
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        let dead = DeadSecrets::of_keys(context, &account, &deleted, self.forget).await;
        let deleted = Deleted { account, deleted, dead, sent };
        context.answer.give(&deleted)?;
        deleted.dead.whole().map(drop)
    }

    /// The keys, each once, which the account must have: the chain would refuse all of them for one that it has not,
    /// after it was paid.
    async fn whole_keys(
        &self,
        context: &Context,
        on_chain: &[AccountKey],
    ) -> Result<Vec<PublicKey>, CliError> {
        let mut whole = Vec::new();
        for name in &self.public_keys {
            let handle = name.handle();
            if !on_chain.iter().any(|key| key.public_key == handle) {
                let (account, public_key) = (self.account.clone(), handle);
                return Err(CliError::NoSuchKey { account, public_key });
            }
            let key = name.at_hand(context, &self.account).await?;
            if !whole.contains(&key) {
                whole.push(key);
            }
        }
        Ok(whole)
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
