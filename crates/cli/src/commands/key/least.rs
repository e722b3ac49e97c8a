//! `key least`: the least powerful keys that would have sufficed for what an account did.

use crate::commands::outcome::burnt_for_good;
use crate::error::CliError;
use crate::tools::{Context, counted, read_handle};
use clap::Args;
use keyway::client::RecentTransaction;
use keyway::error::QueryError;
use keyway::guard::{Beyond, ChainFacts, Grant, LeastKey, Methods, Recorded, least_keys, wrapped};
use keyway::protocol::{CryptoHash, PublicKey};
use keyway::{AccountId, Error, WaitUntil, format_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Arguments of `key least`.
#[derive(Args, Debug)]
#[command(after_help = "\
Nodes cannot list an account's transactions, so the newest blocks are read: two
queries for each block, and one for each transaction to see what it burnt. Use
the app on a local node, then run this.

The allowance is for an app that waits for each call's refund before the next
one; if several calls run at the same time, use the larger figure.

What relayers sent for the account (meta transactions) is counted separately:
the relayer paid, so a key needs the methods for it, but no allowance.

Examples:
  keyway key least alice.near
  keyway key least alice.near --signed-with ed25519:… --blocks 5000")]
pub(crate) struct LeastArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Only transactions signed by this key; a long key can be named by its hash
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = read_handle)]
    signed_with: Option<PublicKeyHandle>,
    /// Number of blocks to read, from the newest back
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    blocks: u64,
}

impl LeastArgs {
    /// Reads blocks, and shows the keys.
    ///
    /// # Errors
    /// If the account does not exist or the chain cannot be queried.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let then = context.client.pinned().await?;
        then.account(&self.account).await?;
        let chain = then.chain_facts().await?;
        let lately = then.recent_transactions(&self.account, self.blocks);
        let lately = context.wait("reading blocks", lately).await?;
        let wanted = |key: &PublicKey| {
            self.signed_with.as_ref().is_none_or(|only| *only == PublicKeyHandle::from(key))
        };
        let made = lately.transactions.into_iter().filter(|made| wanted(&made.public_key));
        let (relayed, own): (Vec<RecentTransaction>, Vec<RecentTransaction>) =
            made.partition(|made| made.relayer.is_some());
        let own = context.wait("reading outcomes", self.recorded(context, own)).await?;
        let relayed = relayed.into_iter().map(|made| (made.hash, paid_by_relayer(made))).collect();
        let least = |made| Least::of(&chain, &self.account, made);
        context.answer.give(&Answer {
            account: self.account.clone(),
            from_block: lately.from,
            to_block: lately.to,
            own: least(own)?,
            relayed: least(relayed)?,
        })
    }

    /// The transactions with what each burnt; if the node no longer knows that, all that it bought.
    async fn recorded(
        &self,
        context: &Context,
        made: Vec<RecentTransaction>,
    ) -> Result<Vec<(CryptoHash, Recorded)>, Error> {
        let mut recorded = Vec::new();
        for RecentTransaction { hash, receiver_id, actions, .. } in made {
            let outcome = context.client.transaction(hash, &self.account, WaitUntil::default());
            let burnt = match outcome.await {
                Ok(outcome) => Some(burnt_for_good(&outcome)),
                Err(Error::Query(QueryError::UnknownTransaction { .. })) => None,
                Err(error) => return Err(error),
            };
            recorded.push((hash, Recorded { receiver_id, actions, burnt }));
        }
        Ok(recorded)
    }
}

fn paid_by_relayer(made: RecentTransaction) -> Recorded {
    Recorded { receiver_id: made.receiver_id, actions: made.actions, burnt: None }
}

#[derive(Serialize)]
struct Answer {
    account: AccountId,
    from_block: u64,
    to_block: u64,
    #[serde(flatten)]
    own: Least,
    /// What relayers sent and paid for: these keys need no allowance.
    relayed: Least,
}

/// The least powerful keys for some transactions.
#[derive(Serialize)]
struct Least {
    transactions: usize,
    keys: Vec<LeastKey>,
    /// The transactions that need full access.
    beyond: Vec<Needy>,
}

#[derive(Serialize)]
struct Needy {
    hash: CryptoHash,
    #[serde(flatten)]
    beyond: Beyond,
}

impl Least {
    fn of(
        chain: &ChainFacts,
        account: &AccountId,
        made: Vec<(CryptoHash, Recorded)>,
    ) -> Result<Self, CliError> {
        let (hashes, recorded): (Vec<CryptoHash>, Vec<Recorded>) = made.into_iter().unzip();
        let least = least_keys(chain, account, &recorded)
            .map_err(|error| CliError::Value { flag: "ACCOUNT", why: error.to_string() })?;
        let beyond = least.beyond.into_iter();
        let beyond =
            beyond.filter_map(|beyond| Some(Needy { hash: *hashes.get(beyond.index)?, beyond }));
        let beyond = beyond.collect();
        Ok(Self { transactions: recorded.len(), keys: least.keys, beyond })
    }

    /// The transactions that need full access, grouped by receiver and reason.
    fn needy(&self) -> BTreeMap<(String, String), Vec<CryptoHash>> {
        let mut groups: BTreeMap<_, Vec<CryptoHash>> = BTreeMap::new();
        for Needy { hash, beyond } in &self.beyond {
            let group = (beyond.receiver_id.to_string(), beyond.reason());
            groups.entry(group).or_default().push(*hash);
        }
        groups
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, from_block, to_block, own, relayed } = self;
        let sent = counted(own.transactions, "transaction");
        writeln!(f, "{sent} of {account} in blocks {from_block} to {to_block}")?;
        for key in &own.keys {
            writeln!(f, "{}", wrapped("", &key.to_string()))?;
            match command(account, key) {
                Some(command) => writeln!(f, "  {command}")?,
                None => {
                    let why = "no command is shown, because a method's name has characters other than letters, digits and _";
                    writeln!(f, "{}", wrapped("  ", why))?;
                }
            }
        }
        needy(f, own)?;
        if relayed.transactions == 0 {
            return Ok(());
        }
        let sent = counted(relayed.transactions, "delegate action");
        writeln!(f, "{sent} of {account} in transactions of relayers, who paid")?;
        for key in &relayed.keys {
            let calls = counted(key.calls, "call");
            let grant = Grant::Calls {
                receiver_id: key.receiver_id.to_string(),
                methods: Methods::Only(key.methods.clone()),
            };
            writeln!(f, "{}", wrapped("  ", &format!("{grant}: {calls}, no allowance needed")))?;
        }
        needy(f, relayed)
    }
}

fn needy(f: &mut fmt::Formatter<'_>, least: &Least) -> fmt::Result {
    const NAMED: usize = 3;
    for ((receiver, reason), hashes) in least.needy() {
        let count = counted(hashes.len(), "transaction");
        let need = if hashes.len() == 1 { "needs" } else { "need" };
        let text = format!("{count} to {receiver} {need} full access: {reason}");
        writeln!(f, "{}", wrapped("", &text))?;
        hashes.iter().take(NAMED).try_for_each(|hash| writeln!(f, "  {hash}"))?;
        match hashes.len().saturating_sub(NAMED) {
            0 => {}
            more => writeln!(f, "  and {more} more: --json lists them")?,
        }
    }
    Ok(())
}

/// The command that adds the key. `None` if a method's name could mean more than a name to a shell,
/// or several names in a list: the name was chosen by whoever called it.
fn command(account: &AccountId, key: &LeastKey) -> Option<String> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = |name: &String| !name.is_empty() && name.chars().all(of_a_name);
    key.methods.iter().all(is_plain).then(|| {
        format!(
            "keyway key add {account} --contract {} --functions '{}' --allowance '{}'",
            key.receiver_id,
            key.methods.join(", "),
            format_near(key.allowance)
        )
    })
}
