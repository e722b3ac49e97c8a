//! `explain`: why a key can or cannot sign a transaction.

mod every_key;
mod given;
mod one_key;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context, INTENT_ARGS, IntentArgs, KeyName, Moment};
use clap::Args;
use every_key::EveryKey;
pub(crate) use given::Given;
use keyway::AccountId;
use keyway::guard::{Explanation, explain, explain_signed, unsigned};
use keyway::protocol::PublicKey;
use near_crypto::PublicKeyHandle;
use near_primitives::transaction::Transaction;
use one_key::OneKey;

/// Arguments of `explain`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway explain alice.near game.near --call play --gas '300 Tgas'
      which of alice's keys can sign this, and why the others cannot
  keyway explain alice.near game.near --call play --gas '300 Tgas' \\
      --sign-with ed25519:…
      every rule for one key, and what would help
  keyway tx sign alice.near bob.near --transfer '1 NEAR' \\
      | keyway explain --transaction -
      for a transaction that exists already
  keyway explain alice.near game.near --call play --gas '30 Tgas' \\
      --require-accepted
      for scripts: exit code 12 unless a key can sign it and nothing is
      certain to fail

Execution is predicted as far as possible: whether accounts, contracts and
functions exist, and whether a delegate action can run. What a contract does is
known only when it runs.

A refused transaction was never on the chain, so its hash finds nothing: pass
the transaction itself. Nothing is signed or sent.")]
pub(crate) struct ExplainArgs {
    /// The account that would sign
    #[arg(value_name = "SIGNER", required_unless_present = "transaction", requires = "receiver")]
    sender: Option<AccountId>,
    /// The account that would receive the transaction
    #[arg(value_name = "RECEIVER")]
    receiver: Option<AccountId>,
    /// The key; a long key can be named by its hash [default: every key of the account]
    #[arg(long, value_name = "PUBLIC_KEY")]
    sign_with: Option<KeyName>,
    /// Explain this transaction (base64), signed or unsigned; `-` reads it from stdin
    #[arg(
        long,
        alias = "signed",
        value_name = "BASE64",
        conflicts_with_all = ["sender", "sign_with"],
        conflicts_with_all = INTENT_ARGS
    )]
    transaction: Option<String>,
    /// End with exit code 12 if the chain would refuse it, or would accept it and it is certain to
    /// fail
    #[arg(long)]
    require_accepted: bool,
    #[command(flatten)]
    intent: IntentArgs,
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
}

impl ExplainArgs {
    /// Explains; sends nothing.
    ///
    /// # Errors
    /// If the actions are invalid, the transaction cannot be read or the chain cannot be queried. A
    /// refusal is an answer, but [`CliError::Found`] with `--require-accepted`.
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

/// Answers, and returns why the transaction cannot succeed, if it cannot.
async fn one_key(
    context: &Context,
    now: &Moment,
    told: Explanation,
    transaction: &Transaction,
) -> Result<Option<String>, CliError> {
    // A refused transaction never runs.
    let outlook = if told.is_accepted() { now.outlook(transaction).await? } else { None };
    let told = OneKey::from(told.looking_ahead(outlook));
    context.answer.give(&told)?;
    Ok(told.problem())
}

/// Answers with every rule for a transaction that exists already, as `explain --transaction` does.
///
/// # Errors
/// If the chain cannot be queried.
pub(crate) async fn give_rules(context: &Context, given_one: Given) -> Result<(), CliError> {
    given(context, given_one).await.map(drop)
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
