//! `explain`: why a key may sign a transaction or may not.

mod every_key;
mod given;
mod one_key;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, IntentArgs, KeyName, Moment};
use clap::Args;
use every_key::EveryKey;
use given::Given;
use keyway::guard::{explain, explain_signed, unsigned};
use keyway::{AccountId, PublicKey};
use near_crypto::PublicKeyHandle;
use near_primitives::transaction::Transaction;
use one_key::OneKey;

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway explain alice.near game.near --call play --gas '300 Tgas'
                          which of alice's keys may do this, and why the others may not
  keyway explain alice.near game.near --call play --gas '300 Tgas' --sign-with ed25519:…
                          every rule for one key, and what would help
  keyway tx sign alice.near bob.near --transfer '1 NEAR' | keyway explain --transaction -
                          of a transaction that is there already

A transaction that was refused never got onto the chain, so its hash finds nothing: give the
transaction itself. Nothing is signed or sent.")]
pub(crate) struct ExplainArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// Who would sign
    #[arg(value_name = "SIGNER", required_unless_present = "transaction", requires = "receiver")]
    sender: Option<AccountId>,
    /// Whom it would be for
    #[arg(value_name = "RECEIVER")]
    receiver: Option<AccountId>,
    /// With which key, long ones also by their hash [default: each of the account's]
    #[arg(long, value_name = "PUBLIC_KEY")]
    sign_with: Option<KeyName>,
    /// Explain this transaction (base64), signed or not, or `-` for one on stdin
    #[arg(
        long,
        alias = "signed",
        value_name = "BASE64",
        conflicts_with_all = ["sender", "sign_with", "IntentArgs"]
    )]
    transaction: Option<String>,
    #[command(flatten)]
    intent: IntentArgs,
}

impl ExplainArgs {
    /// Explains, and sends nothing.
    ///
    /// # Errors
    /// When the intent cannot be meant, the transaction cannot be read, or the chain cannot be
    /// asked. That the chain would refuse it is an answer.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match (&self.transaction, &self.sender, &self.receiver) {
            (Some(text), ..) => given(context, Given::read(text)?).await,
            (None, Some(sender), Some(receiver)) => {
                let intent = self.intent.intent(context, receiver).await?;
                let (receiver_id, actions) = intent.resolve(sender)?;
                match &self.sign_with {
                    Some(key) => {
                        let key = key.at_hand(context, sender).await?;
                        let now = Moment::now(context).await?;
                        let account = now.account(sender, Some(&key)).await?;
                        let facts = account.as_ref();
                        let facts = facts.and_then(|facts| facts.key(&PublicKeyHandle::from(&key)));
                        let transaction = unsigned(sender, &key, facts, &receiver_id, actions);
                        let told = explain(&now.chain, account.as_ref(), &transaction);
                        context.answer.give(&OneKey::from(told))
                    }
                    None => {
                        let intended = |key: &PublicKey, facts: &_| -> Transaction {
                            unsigned(sender, key, Some(facts), &receiver_id, actions.clone())
                        };
                        let told = EveryKey::explained(context, sender, intended).await?;
                        context.answer.give(&told)
                    }
                }
            }
            (None, ..) => Err(CliError::NoActions),
        }
    }
}

async fn given(context: &Context, given: Given) -> Result<(), CliError> {
    let now = Moment::now(context).await?;
    let transaction = given.transaction();
    let key = transaction.public_key();
    let account = now.account(transaction.signer_id(), Some(key)).await?;
    context.answer.give(&OneKey::from(match &given {
        Given::Signed(signed) => explain_signed(&now.chain, account.as_ref(), signed),
        Given::Unsigned(unsigned) => explain(&now.chain, account.as_ref(), unsigned),
    }))
}
