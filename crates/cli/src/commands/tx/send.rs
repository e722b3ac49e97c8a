//! `tx send`: a transaction, signed now or before.

use super::signed;
use crate::commands::account::Ending;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::{Context, IntentArgs, LossArgs, SigningArgs};
use clap::Args;
use keyway::{AccountId, Action, Error, Outcome, SignedTransaction, WaitUntil};

/// Arguments of `tx send`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx send alice.near bob.near --transfer '1 NEAR'
  keyway tx send alice.near alice.near --delete-key ed25519:…
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
    /// Delete the signer's account, where an action does, without asking
    #[arg(long)]
    yes_delete: bool,
    #[command(flatten)]
    loss: LossArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

impl SendArgs {
    /// Sends, and waits for the end.
    ///
    /// # Errors
    /// When the chain refuses it, or when it runs and fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match self.send(context).await {
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
            (Some(text), ..) => self.send_signed(context, &signed::read(text)?).await,
            (None, Some(sender), Some(receiver)) => {
                let intent = self.intent.intent(context, receiver).await?;
                let (receiver, actions) = intent.resolve(sender)?;
                self.agree(context, sender, &receiver, &actions).await?;
                let signer = self.signing.signer(context, sender).await?;
                Ok(context.wait("sending", signer.execute(intent)).await?)
            }
            (None, ..) => Err(CliError::NoActions),
        }
    }

    async fn send_signed(
        &self,
        context: &Context,
        signed: &SignedTransaction,
    ) -> Result<Outcome, CliError> {
        let transaction = &signed.transaction;
        let (signer, receiver) = (transaction.signer_id(), transaction.receiver_id());
        self.agree(context, signer, receiver, transaction.actions()).await?;
        let sent = context.client.send(signed, WaitUntil::default());
        Ok(context.wait("sending", sent).await?.into_result()?)
    }

    /// Asks before what cannot be taken back.
    async fn agree(
        &self,
        context: &Context,
        signer: &AccountId,
        receiver: &AccountId,
        actions: &[Action],
    ) -> Result<(), CliError> {
        // Nobody loses a key or an account by a transaction for another one.
        if signer != receiver {
            return Ok(());
        }
        if let Some(Action::DeleteAccount(end)) = actions.last() {
            let (beneficiary, yes_burn) = (&end.beneficiary_id, self.loss.yes_burn);
            let ending =
                Ending { account: signer, beneficiary, yes_delete: self.yes_delete, yes_burn };
            return match ending.agree(context).await {
                // A transaction that ran already is answered for; it takes nothing more.
                Err(CliError::NoSuchAccount { .. }) => Ok(()),
                agreed => agreed.map(drop),
            };
        }
        let keys = context.client.access_keys(signer).await?;
        self.loss.agree(signer, &keys, actions)?;
        let at_hand = self.signing.every_key_at_hand(context, signer).await?;
        self.loss.agree_to_lose_hold(signer, &keys, actions, &at_hand)
    }
}
