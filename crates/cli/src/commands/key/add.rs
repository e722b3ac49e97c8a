//! `key add`: give a key access to an account.

use super::generate::CurveName;
use super::grant::GrantArgs;
use crate::error::CliError;
use crate::tools::{Context, Kept, NewSecret, Sent, SigningArgs, Vault, VaultName};
use clap::Args;
use keyway::{AccountId, PublicKey};
use serde::Serialize;
use std::fmt;

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
    /// The key [default: a new one, kept in a key file of its own before the chain is told]
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
        let (public_key, new) = self.curve.unless_given(self.public_key.as_ref());
        let intent = self.grant.intent(&public_key)?;
        // A secret that no file holds must not be able to do anything.
        let secret = match &new {
            Some(pair) => {
                let vault = Vault::open(context, VaultName::Files).await?;
                Some(NewSecret::one_more(vault, &self.account, pair)?)
            }
            None => None,
        };
        let added = context.wait("adding the key", signer.execute(intent)).await;
        let (outcome, kept) = NewSecret::settle(secret, added)?;
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        context.answer.give(&Added { account, public_key, kept, sent })
    }
}

#[derive(Serialize)]
struct Added {
    account: AccountId,
    public_key: PublicKey,
    /// Where the new secret rests.
    #[serde(flatten)]
    kept: Option<Kept>,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is now a key of {}", self.public_key, self.account)?;
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}")?;
        }
        writeln!(f, "{}", self.sent)
    }
}
