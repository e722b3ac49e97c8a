//! The owner's commands: cancel a recovery, add and remove helpers.

use super::contract::owners;
use crate::error::CliError;
use crate::tools::{Context, SendingArgs, Sent, SigningArgs};
use clap::Args;
use keyway::action::FunctionCall;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Outcome};
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Arguments of `recovery cancel`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery cancel alice.near
  keyway recovery cancel alice.near --dry-run")]
pub(crate) struct CancelArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

/// Arguments of `recovery add-helper` and `recovery remove-helper`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery add-helper alice.near ed25519:…
  keyway recovery remove-helper alice.near ed25519:…")]
pub(crate) struct HelperArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The helper's public key
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: PublicKey,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl CancelArgs {
    /// Cancels the requests of all helpers.
    ///
    /// # Errors
    /// If there are none; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let cancel = owners(&self.account, "cancel_recovery", &json!({}));
        let outcome = execute(context, &self.signing, self.sending, &self.account, cancel).await?;
        let Some(outcome) = outcome else { return Ok(()) };
        Done::give(
            context,
            "every request was cancelled; helpers can make new ones".into(),
            &outcome,
        )
    }
}

impl HelperArgs {
    /// Adds a helper.
    ///
    /// # Errors
    /// If the account has the key already; the chain's error.
    pub(crate) async fn add(&self, context: &Context) -> Result<(), CliError> {
        let Some(outcome) = self.execute(context, "add_helper").await? else { return Ok(()) };
        if !outcome.json::<bool>()? {
            return Err(CliError::NotDone("the account has this key already: use a new one"));
        }
        let words = format!("{} can request recovery of {}", self.public_key, self.account);
        Done::give(context, words, &outcome)
    }

    /// Removes a helper.
    ///
    /// # Errors
    /// If the key is not a helper's; the chain's error.
    pub(crate) async fn remove(&self, context: &Context) -> Result<(), CliError> {
        let Some(outcome) = self.execute(context, "remove_helper").await? else { return Ok(()) };
        let words = format!("{} is no longer a helper's key", self.public_key);
        Done::give(context, words, &outcome)
    }

    async fn execute(&self, context: &Context, method: &str) -> Result<Option<Outcome>, CliError> {
        let call = owners(&self.account, method, &json!({ "public_key": self.public_key }));
        execute(context, &self.signing, self.sending, &self.account, call).await
    }
}

async fn execute(
    context: &Context,
    signing: &SigningArgs,
    sending: SendingArgs,
    account: &AccountId,
    call: FunctionCall,
) -> Result<Option<Outcome>, CliError> {
    let signer = signing.signer(context, account).await?;
    sending.execute(context, signing, &signer, call.into()).await
}

/// The answer of a command that returns nothing but success.
#[derive(Serialize)]
pub(super) struct Done {
    #[serde(skip)]
    words: String,
    #[serde(flatten)]
    sent: Sent,
}

impl Done {
    pub(super) fn give(
        context: &Context,
        words: String,
        outcome: &Outcome,
    ) -> Result<(), CliError> {
        context.answer.give(&Self { words, sent: Sent::from(outcome) })
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.words, self.sent)
    }
}
