//! `tx send`: a transaction, signed now or before.

use super::signed;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::{Context, IntentArgs, SigningArgs};
use clap::Args;
use keyway::{AccountId, Error, Outcome, WaitUntil};

/// Arguments of `tx send`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx send alice.near bob.near --transfer '1 NEAR'
  keyway tx send alice.near game.near --call play --args '{\"move\": 3}' --gas '30 Tgas'
  keyway tx send --signed DgAAAGFsaWNlLm5lYXI…
  keyway tx sign … | keyway tx send --signed -")]
pub(crate) struct SendArgs {
    /// Who signs
    #[arg(value_name = "SIGNER", required_unless_present = "signed", requires = "receiver")]
    sender: Option<AccountId>,
    /// Whom it is for
    #[arg(value_name = "RECEIVER")]
    receiver: Option<AccountId>,
    /// Send this signed transaction (base64) as it is, or `-` for one on stdin
    #[arg(
        long,
        value_name = "BASE64",
        conflicts_with_all = ["sender", "IntentArgs", "SigningArgs"]
    )]
    signed: Option<String>,
    #[command(flatten)]
    intent: IntentArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl SendArgs {
    /// Sends, and waits for the end.
    ///
    /// # Errors
    /// When the chain refuses it, or when it runs and fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match context.wait("sending", self.send(context)).await {
            Ok(outcome) => context.answer.give(&Ran::from(outcome)),
            // What ran is the answer, also when it failed.
            Err(CliError::Library(Error::Failed(failure))) => {
                context.answer.give(&Ran::from(failure.outcome().clone()))?;
                Err(Error::Failed(failure).into())
            }
            Err(other) => Err(other),
        }
    }

    async fn send(&self, context: &Context) -> Result<Outcome, CliError> {
        match (&self.signed, &self.sender, &self.receiver) {
            (Some(text), ..) => {
                let signed = signed::read(text)?;
                let sent = context.client.send(&signed, WaitUntil::default()).await?;
                Ok(sent.into_result()?)
            }
            (None, Some(sender), Some(receiver)) => {
                let intent = self.intent.intent(context, receiver).await?;
                Ok(self.signing.signer(context, sender).await?.execute(intent).await?)
            }
            (None, ..) => Err(CliError::NoActions),
        }
    }
}
