//! `key list`: an account's access keys.

use super::permission::Row;
use crate::error::CliError;
use crate::tools::{Context, known_account_at, table};
use clap::Args;
use keyway::AccountId;
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// Arguments of `key list`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key list alice.near
  keyway key list alice.testnet --network testnet --json")]
pub(crate) struct ListArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

impl ListArgs {
    /// Lists every key, page by page.
    ///
    /// # Errors
    /// If the account does not exist, or the chain or the key files cannot be read.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        // For an account that does not exist, the chain returns an empty list.
        let then = context.client.pinned().await?;
        known_account_at(context, &then, &self.account).await?;
        let keys = context.wait("listing the keys", then.access_keys(&self.account)).await?;
        let at_hand = context.keyring().await?.keys_of(&self.account);
        let at_hand: Vec<_> = at_hand.iter().map(PublicKeyHandle::from).collect();
        let keys = keys
            .into_iter()
            .map(|key| Row::new(key.public_key, &key.access_key, &at_hand))
            .collect();
        context.answer.give(&List { account: self.account.clone(), keys })
    }
}

#[derive(Serialize)]
struct List {
    account: AccountId,
    keys: Vec<Row>,
}

/// The columns for people.
fn cells(row: &Row) -> [String; 6] {
    let [access, contract, functions, budget] = row.permission.words();
    let here = if row.at_hand { "yes" } else { "" };
    [row.public_key.to_string(), access, contract, functions, budget, here.to_owned()]
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() {
            return writeln!(f, "{} has no keys: see `keyway locked {0}`", self.account);
        }
        let mut table =
            table(["public key", "access", "contract", "functions", "gas budget", "at hand"]);
        for row in &self.keys {
            table.add_row(cells(row));
        }
        writeln!(f, "{}", table.trim_fmt())
    }
}
