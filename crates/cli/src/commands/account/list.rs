//! `account list`: the accounts that have keys here, and their balances.

use crate::dev_accounts;
use crate::error::CliError;
use crate::tools::{Context, table};
use clap::Args;
use keyway::client::PublicKeyHandle;
use keyway::error::QueryError;
use keyway::{AccountId, Client, Error, NearToken, format_near};
use keyway_rules::is_full_access;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Arguments of `account list`.
#[derive(Args, Debug)]
#[command(after_help = "\
The list contains the accounts with a key file for this network, encrypted or
not; on a development chain also those with well-known keys. A keychain is not
searched.

Examples:
  keyway account list
  keyway account list --network testnet --json")]
pub(crate) struct ListArgs {}

impl ListArgs {
    /// Queries the chain for each account.
    ///
    /// # Errors
    /// If the key files or the chain cannot be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let keys = at_hand(context).await?;
        let asked = async {
            let then = context.client.pinned().await?;
            let mut accounts = Vec::new();
            for (account, keys) in keys {
                accounts.push(Listed::of(&then, account, &keys).await?);
            }
            Ok::<_, CliError>(accounts)
        };
        let accounts = context.wait("asking about the accounts", asked).await?;
        context.answer.give(&List { accounts })
    }
}

/// The keys of one account that are here.
#[derive(Default)]
struct AtHand {
    files: BTreeSet<PublicKeyHandle>,
    /// The well-known key, on a development chain.
    known: Option<PublicKeyHandle>,
}

impl AtHand {
    fn has(&self, key: &PublicKeyHandle) -> bool {
        self.files.contains(key) || self.known.as_ref() == Some(key)
    }
}

/// The keys here, by account.
async fn at_hand(context: &Context) -> Result<BTreeMap<AccountId, AtHand>, CliError> {
    let keyring = context.keyring().await?;
    let mut keys: BTreeMap<AccountId, AtHand> = BTreeMap::new();
    for file in keyring.files.survey()? {
        let account = keys.entry(file.account_id).or_default();
        match file.public_key {
            Ok(key) => drop(account.files.insert((&key).into())),
            Err(error) => context.warn_of(&[error]),
        }
    }
    for dev in dev_accounts::all().into_iter().filter(|_| keyring.development) {
        keys.entry(dev.account_id).or_default().known = Some((&dev.public_key).into());
    }
    Ok(keys)
}

#[derive(Serialize)]
struct List {
    accounts: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    account: AccountId,
    exists: bool,
    /// yoctoNEAR.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<NearToken>,
    /// The number of keys here that the account has, and of all its keys.
    full_access_at_hand: usize,
    full_access_keys: usize,
    function_call_at_hand: usize,
    function_call_keys: usize,
    /// The number of keys in files that the account does not have.
    dead: usize,
}

impl Listed {
    async fn of(client: &Client, account: AccountId, at_hand: &AtHand) -> Result<Self, CliError> {
        let total = match client.account(&account).await {
            Ok(found) => Some(found.total),
            Err(Error::Query(QueryError::UnknownAccount { .. })) => None,
            Err(error) => return Err(error.into()),
        };
        let keys = match total {
            Some(_) => client.access_keys(&account).await?,
            None => Vec::new(),
        };
        let (full, calls): (Vec<_>, Vec<_>) =
            keys.iter().partition(|key| is_full_access(&key.access_key.permission));
        let here = |keys: &[&keyway::client::AccountKey]| {
            keys.iter().filter(|key| at_hand.has(&key.public_key)).count()
        };
        let is_listed = |key: &&PublicKeyHandle| keys.iter().any(|k| k.public_key == **key);
        let dead = at_hand.files.iter().filter(|key| !is_listed(key)).count();
        let (full_here, calls_here) = (here(&full), here(&calls));
        Ok(Self {
            account,
            exists: total.is_some(),
            total,
            full_access_at_hand: full_here,
            full_access_keys: full.len(),
            function_call_at_hand: calls_here,
            function_call_keys: calls.len(),
            dead,
        })
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.accounts.is_empty() {
            return writeln!(f, "no account has a key file for this network");
        }
        let mut table = table(["account", "total", "full access", "function call", "dead"]);
        for listed in &self.accounts {
            let dead = if listed.dead == 0 { String::new() } else { listed.dead.to_string() };
            let Some(total) = listed.total else {
                let none = String::new;
                table.add_row([
                    listed.account.to_string(),
                    "none yet".to_owned(),
                    none(),
                    none(),
                    dead,
                ]);
                continue;
            };
            let of = |here: usize, all: usize| format!("{here} of {all} at hand");
            table.add_row([
                listed.account.to_string(),
                format_near(total),
                of(listed.full_access_at_hand, listed.full_access_keys),
                of(listed.function_call_at_hand, listed.function_call_keys),
                dead,
            ]);
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
