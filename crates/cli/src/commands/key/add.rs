//! `key add`: give a key access to an account.

use super::generate::CurveName;
use super::grant::GrantArgs;
use crate::error::CliError;
use crate::tools::{Context, Sent, SigningArgs};
use clap::Args;
use keyway::{AccountId, PublicKey};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `key add`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key add alice.near --contract game.near --functions play,score --allowance '0.25 NEAR'
                          a new key for an app, kept in a key file
  keyway key add alice.near ed25519:… --full-access
                          a key that somebody else has made
  keyway key add relay.near --contract game.near --any-function --gas-key 16 --fund '1 NEAR'")]
pub(crate) struct AddArgs {
    /// The account that the key gets access to
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key [default: a new one, kept in a key file before the chain is told]
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// The kind of the new key
    #[arg(long, value_enum, default_value_t, conflicts_with = "public_key")]
    curve: CurveName,
    #[command(flatten)]
    grant: GrantArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl AddArgs {
    /// Adds the key.
    ///
    /// # Errors
    /// When the grant is not said in full, when the key file cannot be written, or what the chain
    /// says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signer = self.signing.signer(context, &self.account).await?;
        let new = self.public_key.is_none().then(|| self.curve.random());
        let public_key = match (&self.public_key, &new) {
            (Some(given), _) => given.clone(),
            (None, Some(pair)) => pair.public_key().clone(),
            (None, None) => unreachable!("the invariant that a key is given or new"),
        };
        let intent = self.grant.intent(&public_key)?;
        // A secret that no file holds must not be able to do anything.
        let file = match &new {
            Some(pair) => Some(context.key_files().await?.save(&self.account, pair)?),
            None => None,
        };
        let outcome = context.wait("adding the key", signer.execute(intent)).await?;
        let sent = Sent::from(&outcome);
        context.answer.give(&Added { account: self.account.clone(), public_key, file, sent })
    }
}

#[derive(Serialize)]
struct Added {
    account: AccountId,
    public_key: PublicKey,
    /// Where the new secret rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is now a key of {}", self.public_key, self.account)?;
        if let Some(file) = &self.file {
            writeln!(f, "kept in {}", file.display())?;
        }
        writeln!(f, "{}", self.sent)
    }
}
