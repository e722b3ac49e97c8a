//! `key least`: the least keys that would have done what an account did.

use crate::commands::outcome::burnt_for_good;
use crate::error::CliError;
use crate::tools::{Context, read_handle};
use clap::Args;
use keyway::client::Made;
use keyway::error::QueryError;
use keyway::guard::{LeastKey, LeastKeys, Recorded, least_keys};
use keyway::{AccountId, Error, PublicKey, WaitUntil, exact_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// Arguments of `key least`.
#[derive(Args, Debug)]
#[command(after_help = "\
Nodes have no list of an account's transactions: the newest blocks are read, two questions each, and
what each transaction burnt, one question. Use the app on a local node, then ask.

The allowance is for an app that waits for each call's refund before the next; where several calls are
under way at once, take the larger figure.

Examples:
  keyway key least alice.near
  keyway key least alice.near --signed-with ed25519:… --blocks 5000")]
pub(crate) struct LeastArgs {
    /// Whose transactions
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Only those that this key signed; long keys also by their hash, as `key list` has it
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = read_handle)]
    signed_with: Option<PublicKeyHandle>,
    /// How many blocks to read, from the newest back
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    blocks: u64,
}

impl LeastArgs {
    /// Reads blocks, and tells the keys.
    ///
    /// # Errors
    /// When the chain cannot be asked.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let chain = context.client.chain_facts().await?;
        let lately = context.client.made_lately(&self.account, self.blocks);
        let lately = context.wait("reading blocks", lately).await?;
        let wanted = |key: &PublicKey| {
            self.signed_with.as_ref().is_none_or(|only| *only == PublicKeyHandle::from(key))
        };
        let made = lately.transactions.into_iter().filter(|made| wanted(&made.public_key));
        let recorded = context.wait("reading outcomes", self.recorded(context, made)).await?;
        let least = least_keys(&chain, &self.account, &recorded)
            .map_err(|error| CliError::Value { flag: "ACCOUNT", why: error.to_string() })?;
        context.answer.give(&Answer {
            account: self.account.clone(),
            from_block: lately.from,
            to_block: lately.to,
            transactions: recorded.len(),
            least,
        })
    }

    /// With what each burnt; where the node does not know any more it counts as all that it bought.
    async fn recorded(
        &self,
        context: &Context,
        made: impl Iterator<Item = Made>,
    ) -> Result<Vec<Recorded>, Error> {
        let mut recorded = Vec::new();
        for Made { hash, receiver_id, actions, .. } in made {
            let outcome = context.client.transaction(hash, &self.account, WaitUntil::default());
            let burnt = match outcome.await {
                Ok(outcome) => Some(burnt_for_good(&outcome)),
                Err(Error::Query(QueryError::UnknownTransaction { .. })) => None,
                Err(error) => return Err(error),
            };
            recorded.push(Recorded { receiver_id, actions, burnt });
        }
        Ok(recorded)
    }
}

#[derive(Serialize)]
struct Answer {
    account: AccountId,
    from_block: u64,
    to_block: u64,
    transactions: usize,
    #[serde(flatten)]
    least: LeastKeys,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, from_block, to_block, transactions, least } = self;
        writeln!(
            f,
            "{transactions} transactions of {account} in blocks {from_block} to {to_block}"
        )?;
        write!(f, "{least}")?;
        least.keys.iter().try_for_each(|key| match command(account, key) {
            Some(command) => writeln!(f, "  {command}"),
            None => writeln!(
                f,
                "  no command is written: a method's name has more than letters, digits and _"
            ),
        })
    }
}

/// What to write to make the key. None where a method's name could be more than a name to a shell,
/// or more than one name in a list: whoever called it chose it.
fn command(account: &AccountId, key: &LeastKey) -> Option<String> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = |name: &String| !name.is_empty() && name.chars().all(of_a_name);
    key.methods.iter().all(is_plain).then(|| {
        format!(
            "keyway key add {account} --contract {} --functions '{}' --allowance '{}'",
            key.receiver_id,
            key.methods.join(", "),
            exact_near(key.allowance)
        )
    })
}
