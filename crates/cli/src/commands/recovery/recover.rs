//! `recovery recover`: what a helper does.

use super::contract::{Pending, State};
use crate::error::CliError;
use crate::tools::{Context, Sent, SigningArgs, words};
use clap::{ArgGroup, Args};
use keyway::{AccountId, KeyPair, PublicKey, call};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `recovery recover`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("key").required(true))]
#[command(after_help = "\
The owner makes a new key pair and tells you its public key. After the delay, run
`keyway recovery finish`.

Examples:
  keyway recovery recover alice.near ed25519:…
  keyway recovery recover alice.near --new-key
                          on the owner's own machine: a new key, kept in a key file")]
pub(crate) struct RecoverArgs {
    /// The account whose keys are lost
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The owner's new key
    #[arg(value_name = "PUBLIC_KEY", group = "key")]
    public_key: Option<PublicKey>,
    /// Make the new key here, and keep it in a key file
    #[arg(long, group = "key")]
    new_key: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

impl RecoverArgs {
    /// Starts the delay.
    ///
    /// # Errors
    /// When no helper's key is at hand, when a recovery is under way, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signer = self.signing.signer(context, &self.account).await?;
        let (public_key, file) = match &self.public_key {
            Some(given) => (given.clone(), None),
            None => {
                let pair = KeyPair::random_ed25519();
                let file = context.key_files().await?.save(&self.account, &pair)?;
                (pair.public_key().clone(), Some(file))
            }
        };
        let args = json!({ "new_public_key": public_key });
        let outcome =
            signer.execute(call(&self.account, "start_recovery").args_json(&args)).await?;
        let pending: Pending = outcome.json()?;
        let state = State::of(context, &self.account).await?;
        let delay = Duration::from_nanos(state.delay_ns.parse().unwrap_or(u64::MAX));
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        context.answer.give(&Started { account, pending, file, delay: words(delay), sent })
    }
}

#[derive(Serialize)]
struct Started {
    account: AccountId,
    #[serde(flatten)]
    pending: Pending,
    /// Where the new secret rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(skip)]
    delay: String,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, account) = (&self.pending.new_public_key, &self.account);
        writeln!(f, "{key} can get full access to {account} in {}", self.delay)?;
        if let Some(file) = &self.file {
            writeln!(f, "kept in {}", file.display())?;
        }
        writeln!(f, "then: keyway recovery finish {account} --payer ACCOUNT")?;
        writeln!(f, "{}", self.sent)
    }
}
