//! `key add`: adds a key to an account.

use super::exposed::{Out, Printed};
use super::generate::CurveName;
use super::grant::GrantArgs;
use crate::error::CliError;
use crate::tools::{
    Context, Kept, NewKeyArgs, NewSecret, SendingArgs, Sent, SigningArgs, Vault, VaultName,
    account_to_change, oddities, short,
};
use clap::Args;
use keyway::keys::{AllowedKeys, RestrictedKeys};
use keyway::protocol::PublicKey;
use keyway::{AccountId, Error, KeyPair, Signer};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Arguments of `key add`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key add alice.near --contract game.near --functions play,score \\
      --allowance '0.25 NEAR'
      a new key for an app, saved in a key file
  keyway key add alice.near ed25519:… --full-access
      a key that someone else generated
  keyway key add relay.near --contract game.near --any-function --gas-key 16 \\
      --fund '1 NEAR'
  keyway key add alice.near --contract game.near --functions play \\
      --allowance '1 NEAR' --expose-secret --out env >> $GITHUB_ENV
      a key for a build machine, saved in no file here")]
pub(crate) struct AddArgs {
    /// The account that gets the key
    #[arg(value_name = "ACCOUNT")]
    pub(super) account: AccountId,
    /// The key [default: a new one, saved in a key file before it is added]
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// Type of the new key
    #[arg(long, value_enum, default_value_t, conflicts_with = "public_key")]
    curve: CurveName,
    /// Print the new secret on stdout before the key is added, and save it nowhere
    #[arg(long, conflicts_with = "public_key")]
    expose_secret: bool,
    /// Format of the printed secret
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        requires = "expose_secret",
        // clap ignores `requires` if a conflicting argument is given.
        conflicts_with = "public_key",
        default_value_t
    )]
    pub(super) out: Out,
    #[command(flatten)]
    new_key: NewKeyArgs,
    #[command(flatten)]
    grant: GrantArgs,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl AddArgs {
    /// Adds the key.
    ///
    /// # Errors
    /// If the permission is incomplete, the account does not exist, the transaction would fail or
    /// the key file cannot be written; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let (public_key, new) = self.curve.unless_given(self.public_key.as_ref());
        let intent = self.grant.intent(&public_key)?;
        let account = account_to_change(context, &self.account).await?;
        let signer = self.signer(context, new.as_ref()).await?;
        let actions = intent.resolve(&self.account)?.1;
        if !self.sending.dry_run {
            self.new_key.agree(&self.account, &actions)?;
        }
        let warnings = oddities(context, Some(&account), &actions).await;
        // Before it is paid, so that a user at a terminal can still stop it.
        let warned = self.sending.dry_run || context.notes.columns().is_some();
        if warned {
            warnings.iter().for_each(|odd| context.notes.fail(format!("warning: {odd}")));
        }
        if !self.sending.go_on(context, &self.signing, &signer, &intent).await? {
            return Ok(());
        }
        // A secret that is in no file must not get access, unless that was requested.
        let secret = match &new {
            Some(pair) if !self.expose_secret => {
                let vault = Vault::open(context, VaultName::Files).await?;
                Some(NewSecret::one_more(vault, &self.account, pair)?)
            }
            _ => None,
        };
        let printed = match new.filter(|_| self.expose_secret) {
            Some(pair) => {
                let account = self.account.clone();
                Some(Printed::begin(context, self.out, account, pair, &warnings)?)
            }
            None => None,
        };
        let added = context.wait("adding the key", signer.execute(intent)).await;
        let (outcome, kept) = match NewSecret::settle(secret, added) {
            Ok(settled) => settled,
            Err(error) => {
                if let Some(printed) = printed {
                    printed.in_vain(context, matches!(error, Error::Fate(_)));
                }
                return Err(self.signing.explained(context, &self.account, error).await);
            }
        };
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        let added = Added { account, public_key, kept, warnings, warned, sent };
        match printed {
            Some(printed) => {
                if !context.answer.is_json() {
                    context.notes.say(added.to_string().trim_end());
                }
                printed.end(context, &added.sent).await
            }
            None => context.answer.give(&added),
        }
    }

    /// Signs with any key except the new one, which is in the files by the time it is added.
    async fn signer(&self, context: &Context, new: Option<&KeyPair>) -> Result<Signer, CliError> {
        let Some(new) = new else { return self.signing.signer(context, &self.account).await };
        let keys = self.signing.keys(context, &self.account).await?;
        let allowed = AllowedKeys::AllBut(new.public_key().clone());
        let keys = Arc::new(RestrictedKeys::new(keys, allowed));
        self.signing.see_a_key(context, &self.account, &*keys).await?;
        Ok(Signer::new(context.client.clone(), &self.account, keys)?)
    }
}

#[derive(Serialize)]
struct Added {
    account: AccountId,
    public_key: PublicKey,
    /// Where the new secret is saved.
    #[serde(flatten)]
    kept: Option<Kept>,
    /// Warnings about the key and its permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    /// Whether they were shown before.
    #[serde(skip)]
    warned: bool,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is now a key of {}", short(&self.public_key), self.account)?;
        if let Some(kept) = &self.kept {
            writeln!(f, "{kept}")?;
        }
        if !self.warned {
            self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))?;
        }
        writeln!(f, "{}", self.sent)
    }
}
