//! `recovery recover`: a helper requests a new key.

use super::contract::{Request, State};
use crate::error::CliError;
use crate::tools::{
    Context, Kept, NewSecret, SendingArgs, Sent, SigningArgs, Vault, VaultName, words,
};
use clap::{ArgGroup, Args};
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair, call};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;

/// Arguments of `recovery recover`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("key").required(true))]
#[command(after_help = "\
The owner generates a new key and gives its public key to the helpers. The delay
starts once enough of them request this key. After the delay, run `keyway
recovery finish`. A helper requests one key at a time: a new request replaces
the old one.

Examples:
  keyway recovery recover alice.near ed25519:…
  keyway recovery recover alice.near --new-key
      on the owner's own machine: a new key, saved in a key file")]
pub(crate) struct RecoverArgs {
    /// The account whose keys are lost
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The owner's new key
    #[arg(value_name = "PUBLIC_KEY", group = "key")]
    public_key: Option<PublicKey>,
    /// Generate the new key here and save it in a key file
    #[arg(long, group = "key")]
    new_key: bool,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl RecoverArgs {
    /// Requests the key; the delay starts once enough helpers do.
    ///
    /// # Errors
    /// If no helper's key is here; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signer = self.signing.signer(context, &self.account).await?;
        let (public_key, secret) = match &self.public_key {
            Some(given) => (given.clone(), None),
            // Nobody has this key: it stands for the key that would be generated.
            None if self.sending.dry_run => (KeyPair::random_ed25519().public_key().clone(), None),
            None => {
                let (pair, vault) =
                    (KeyPair::random_ed25519(), Vault::open(context, VaultName::Files).await?);
                let secret = NewSecret::one_more(vault, &self.account, &pair)?;
                (pair.public_key().clone(), Some(secret))
            }
        };
        let args = json!({ "new_public_key": public_key });
        let start = call(&self.account, "start_recovery").args_json(&args);
        let started = self.sending.execute(context, &self.signing, &signer, start.into()).await;
        let (outcome, kept) = NewSecret::settle(secret, started)?;
        let Some(outcome) = outcome else { return Ok(()) };
        let request: Request = outcome.json()?;
        let state = State::of(&context.client, &self.account).await?;
        let now_ns = context.client.block().await?.timestamp_ns;
        let left = request.left_ns(now_ns).map(|left| words(Duration::from_nanos(left)));
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        let threshold = state.threshold;
        context.answer.give(&Started { account, request, threshold, kept, left, sent })
    }
}

#[derive(Serialize)]
struct Started {
    account: AccountId,
    #[serde(flatten)]
    request: Request,
    threshold: u8,
    /// Where the new secret is saved.
    #[serde(flatten)]
    kept: Option<Kept>,
    #[serde(skip)]
    left: Option<String>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, account) = (&self.request.new_public_key, &self.account);
        let (asking, needed) = (self.request.helpers.len(), self.threshold);
        match &self.left {
            Some(left) => writeln!(f, "{key} can get full access to {account} in {left}")?,
            None => writeln!(f, "{asking} of {needed} required helpers have requested {key}")?,
        }
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}")?;
        }
        if self.left.is_some() {
            writeln!(f, "then: keyway recovery finish {account} --payer ACCOUNT")?;
        }
        writeln!(f, "{}", self.sent)
    }
}
