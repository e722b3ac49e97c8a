//! What the owner does about recovery: cancel it, add helpers, remove them.

use super::contract::owners;
use crate::error::CliError;
use crate::tools::{Context, Sent, SigningArgs};
use clap::Args;
use keyway::action::FunctionCall;
use keyway::{AccountId, Outcome, PublicKey};
use serde::Serialize;
use serde_json::json;
use std::fmt;

/// Arguments of `recovery cancel`.
#[derive(Args, Debug)]
pub(crate) struct CancelArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
}

/// Arguments of `recovery add-helper` and `recovery remove-helper`.
#[derive(Args, Debug)]
pub(crate) struct HelperArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The helper's public key
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: PublicKey,
    #[command(flatten)]
    signing: SigningArgs,
}

impl CancelArgs {
    /// Ends what is under way.
    ///
    /// # Errors
    /// When nothing is, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let cancel = owners(&self.account, "cancel_recovery", &json!({}));
        let outcome = execute(context, &self.signing, &self.account, cancel).await?;
        Done::give(
            context,
            "the recovery is cancelled; its helper can start another".into(),
            &outcome,
        )
    }
}

impl HelperArgs {
    /// Names another helper.
    ///
    /// # Errors
    /// When the key is on the account already, or what the chain says.
    pub(crate) async fn add(&self, context: &Context) -> Result<(), CliError> {
        let outcome = self.execute(context, "add_helper").await?;
        if !outcome.json::<bool>()? {
            return Err(CliError::Undone("this key is on the account already: take a new one"));
        }
        let words = format!("{} can start recovery of {}", self.public_key, self.account);
        Done::give(context, words, &outcome)
    }

    /// Takes a helper's key away.
    ///
    /// # Errors
    /// When it is no helper's, or what the chain says.
    pub(crate) async fn remove(&self, context: &Context) -> Result<(), CliError> {
        let outcome = self.execute(context, "remove_helper").await?;
        let words = format!("{} is no helper's any more", self.public_key);
        Done::give(context, words, &outcome)
    }

    async fn execute(&self, context: &Context, method: &str) -> Result<Outcome, CliError> {
        let call = owners(&self.account, method, &json!({ "public_key": self.public_key }));
        execute(context, &self.signing, &self.account, call).await
    }
}

async fn execute(
    context: &Context,
    signing: &SigningArgs,
    account: &AccountId,
    call: FunctionCall,
) -> Result<Outcome, CliError> {
    Ok(signing.signer(context, account).await?.execute(call).await?)
}

#[derive(Serialize)]
struct Done {
    #[serde(skip)]
    words: String,
    #[serde(flatten)]
    sent: Sent,
}

impl Done {
    fn give(context: &Context, words: String, outcome: &Outcome) -> Result<(), CliError> {
        context.answer.give(&Self { words, sent: Sent::from(outcome) })
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}", self.words, self.sent)
    }
}
