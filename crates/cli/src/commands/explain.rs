//! `explain`: why a key may sign a transaction or may not.

mod every_key;
mod given;
mod one_key;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, INTENT_ARGS, IntentArgs, KeyName, Moment};
use clap::Args;
use every_key::EveryKey;
use given::Given;
use keyway::guard::{Explanation, explain, explain_signed, unsigned};
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
  keyway explain alice.near game.near --call play --gas '30 Tgas' --require-accepted
                          for scripts: exit code 12 unless a key may, and nothing is sure to fail

What runs is looked at as far as it can be foreseen: whether accounts, contracts and functions exist,
and whether a delegate action may run. What a contract does, only the chain finds out.

A transaction that was refused never got onto the chain, so its hash finds nothing: give the
transaction itself. Nothing is signed or sent.")]
pub(crate) struct ExplainArgs {
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
        conflicts_with_all = ["sender", "sign_with"],
        conflicts_with_all = INTENT_ARGS
    )]
    transaction: Option<String>,
    /// Fail, with exit code 12, when the chain refuses it, or takes it and it is certain to fail
    #[arg(long)]
    require_accepted: bool,
    #[command(flatten)]
    intent: IntentArgs,
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl ExplainArgs {
    /// Explains, and sends nothing.
    ///
    /// # Errors
    /// When the actions are invalid, the transaction cannot be read, or the chain cannot be
    /// asked. That the chain would refuse it is an answer, but with `--require-accepted`:
    /// [`CliError::Found`] then.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let problem = match (&self.transaction, &self.sender, &self.receiver) {
            (Some(text), ..) => given(context, Given::read(text)?).await?,
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
                        one_key(context, &now, told, &transaction).await?
                    }
                    None => {
                        let intended = |key: &PublicKey, facts: &_| -> Transaction {
                            unsigned(sender, key, Some(facts), &receiver_id, actions.clone())
                        };
                        let told = EveryKey::explained(context, sender, intended).await?;
                        context.answer.give(&told)?;
                        told.problem()
                    }
                }
            }
            (None, ..) => return Err(CliError::NoActions),
        };
        match problem {
            Some(problem) if self.require_accepted => Err(CliError::Found(problem)),
            _ => Ok(()),
        }
    }
}

/// Answers, and tells why the transaction cannot succeed where it cannot.
async fn one_key(
    context: &Context,
    now: &Moment,
    told: Explanation,
    transaction: &Transaction,
) -> Result<Option<String>, CliError> {
    // What is refused never runs.
    let outlook = if told.is_accepted() { now.outlook(transaction).await? } else { None };
    let told = OneKey::from(told.looking_ahead(outlook));
    context.answer.give(&told)?;
    Ok(told.problem())
}

async fn given(context: &Context, given: Given) -> Result<Option<String>, CliError> {
    let now = Moment::now(context).await?;
    let transaction = given.transaction();
    let key = transaction.public_key();
    let account = now.account(transaction.signer_id(), Some(key)).await?;
    let told = match &given {
        Given::Signed(signed) => explain_signed(&now.chain, account.as_ref(), signed),
        Given::Unsigned(unsigned) => explain(&now.chain, account.as_ref(), unsigned),
    };
    one_key(context, &now, told, transaction).await
}
