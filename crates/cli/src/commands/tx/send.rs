//! `tx send`: signs and sends a transaction, or sends a signed one.

use super::signed;
use crate::commands::account::Ending;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::{
    Context, INTENT_ARGS, IntentArgs, LossArgs, NewKeyArgs, SendingArgs, SigningArgs, WaitArgs,
    oddities, see_that_it_can_work,
};
use clap::Args;
use keyway::protocol::{Action, SignedTransaction};
use keyway::{AccountId, Intent, Outcome, Step, WaitUntil};
use serde_json::{Value, json};

/// Arguments of `tx send`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx send alice.near bob.near --transfer '1 NEAR'
  keyway tx send alice.near alice.near --delete-key ed25519:…
  keyway tx send alice.near game.near --call play --args '{\"move\": 3}' \\
      --gas '30 Tgas'
  keyway tx send alice.near bob.near --transfer '1 NEAR' --dry-run
      shows what would be signed with which key; sends nothing
  keyway tx send --signed DgAAAGFsaWNlLm5lYXI…
  keyway tx sign … | keyway tx send --signed -")]
pub(crate) struct SendArgs {
    /// The account that signs
    #[arg(value_name = "SIGNER", required_unless_present = "signed", requires = "receiver")]
    sender: Option<AccountId>,
    /// The account that receives the transaction
    #[arg(value_name = "RECEIVER")]
    receiver: Option<AccountId>,
    /// Send this signed transaction (base64) unchanged; `-` reads it from stdin
    #[arg(
        long,
        value_name = "BASE64",
        conflicts_with_all = ["sender", "SigningArgs", "dry_run"],
        conflicts_with_all = INTENT_ARGS
    )]
    signed: Option<String>,
    #[command(flatten)]
    intent: IntentArgs,
    /// Delete the signer's account without asking, if an action does so
    #[arg(long)]
    yes_delete: bool,
    #[command(flatten)]
    loss: LossArgs,
    #[command(flatten)]
    new_key: NewKeyArgs,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
    #[command(flatten)]
    wait: WaitArgs,
}

impl SendArgs {
    /// Sends, and waits for the outcome.
    ///
    /// # Errors
    /// If it is certain to fail, is refused, or runs and fails.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match (&self.signed, &self.sender, &self.receiver) {
            (Some(text), ..) => self.send_signed(context, &signed::read(text)?).await,
            (None, Some(sender), Some(receiver)) => {
                let intent = self.intent.intent(context, receiver).await?;
                self.sign_and_send(context, sender, intent).await
            }
            (None, ..) => Err(CliError::NoActions),
        }
    }

    async fn sign_and_send(
        &self,
        context: &Context,
        sender: &AccountId,
        intent: Intent,
    ) -> Result<(), CliError> {
        let (receiver, actions) = intent.resolve(sender)?;
        // Check that it can be signed and would not fail before asking the user.
        let signer = self.signing.signer(context, sender).await?;
        warn(context, &receiver, &actions).await;
        match self.sending.go_on(context, &self.signing, &signer, &intent).await {
            Ok(false) => return Ok(()),
            Ok(true) => self.agree(context, sender, &receiver, &actions).await?,
            Err(error) => return Ran::give_sent(context, Err(error)).await,
        }
        let sent = self.wait.send(context, &self.signing, &signer, intent).await;
        Ran::give_sent(context, sent.map(Some)).await
    }

    async fn send_signed(
        &self,
        context: &Context,
        signed: &SignedTransaction,
    ) -> Result<(), CliError> {
        let transaction = &signed.transaction;
        let (signer, receiver) = (transaction.signer_id(), transaction.receiver_id());
        if let Some(outcome) = ran_before(context, signed).await {
            return Ran::give_again(context, outcome).await;
        }
        warn(context, receiver, transaction.actions()).await;
        if !self.sending.send_anyway {
            let steps = transaction.actions().iter().cloned().map(Step::raw);
            let intent = steps.fold(Intent::to(receiver), Intent::then);
            see_that_it_can_work(context, signer, intent).await?;
        }
        self.agree(context, signer, receiver, transaction.actions()).await?;
        let sent = context.client.send(signed, self.wait.level());
        Ran::give(context, context.wait("sending", sent).await?).await
    }

    /// Asks before anything irreversible.
    async fn agree(
        &self,
        context: &Context,
        signer: &AccountId,
        receiver: &AccountId,
        actions: &[Action],
    ) -> Result<(), CliError> {
        self.new_key.agree(receiver, actions)?;
        // A transaction for another account cannot delete the signer's keys or account.
        if signer != receiver {
            return Ok(());
        }
        if let Some(Action::DeleteAccount(end)) = actions.last() {
            let (beneficiary, yes_burn) = (&end.beneficiary_id, self.loss.yes_burn);
            let ending =
                Ending { account: signer, beneficiary, yes_delete: self.yes_delete, yes_burn };
            return match ending.agree(context).await {
                // If the transaction ran before, sending it again changes nothing.
                Err(CliError::NoSuchAccount { .. }) => Ok(()),
                agreed => agreed.map(drop),
            };
        }
        let keys = context.client.access_keys(signer).await?;
        self.loss.agree(context, signer, &keys, actions)?;
        let at_hand = self.signing.every_key_at_hand(context, signer).await?;
        self.loss.agree_to_lose_hold(signer, &keys, actions, &at_hand)
    }
}

/// Warns about problems with the keys that `actions` add to `account`.
async fn warn(context: &Context, account: &AccountId, actions: &[Action]) {
    let known = match actions.iter().any(|action| matches!(action, Action::AddKey(_))) {
        true => context.client.account(account).await.ok(),
        false => return,
    };
    let oddities = oddities(context, known.as_ref(), actions).await;
    oddities.iter().for_each(|odd| context.notes.say(format!("warning: {odd}")));
}

/// The outcome if the transaction ran before: the chain ignores the same bytes.
async fn ran_before(context: &Context, signed: &SignedTransaction) -> Option<Outcome> {
    let (hash, signer) = (signed.get_hash(), signed.transaction.signer_id());
    let params = json!({ "tx_hash": hash, "sender_account_id": signer, "wait_until": "NONE" });
    let known: Value = context.client.request("tx", params).await.ok()?;
    let executed = ["EXECUTED_OPTIMISTIC", "EXECUTED", "FINAL"].map(Value::from);
    if !executed.contains(known.get("final_execution_status")?) {
        return None;
    }
    context.client.transaction(hash, signer, WaitUntil::default()).await.ok()
}
