//! `account keys-history`: what happened to an account's keys.

use crate::commands::tx::plain;
use crate::error::CliError;
use crate::tools::{Context, table};
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use keyway::trace::{KeyEventKind, KeyHistory};
use keyway::{AccountId, format_near};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

use crate::tools::read_handle;

/// Arguments of `account keys-history`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway account keys-history alice.near
      when each key was added, used, refunded and deleted, and by what
  keyway account keys-history alice.near --key ed25519:… --from-height 900

The history is read from the blocks that the node keeps, 5,000 at a time; the
answer says where to go on. Only keyway's own nodes can tell.")]
pub(crate) struct KeysHistoryArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Only this key; a long key can be named by its hash
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = read_handle)]
    key: Option<PublicKeyHandle>,
    /// The first block [default: the oldest that the node keeps]
    #[arg(long, value_name = "NUMBER")]
    from_height: Option<u64>,
}

impl KeysHistoryArgs {
    /// Shows the events.
    ///
    /// # Errors
    /// If the node cannot tell.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let key = self.key.as_ref().map(ToString::to_string);
        let history =
            context.client.key_history(&self.account, key.as_deref(), self.from_height).await;
        context.answer.give(&Shown(history.map_err(plain)?))
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct Shown(KeyHistory);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyHistory { from_height, to_height, events, next_height, .. } = &self.0;
        if events.is_empty() {
            writeln!(f, "no key changed in blocks {from_height} to {to_height}")?;
        } else {
            let mut table = table(["block", "time", "key", "event", "details", "transaction"]);
            for event in events {
                table.add_row([
                    event.block_height.to_string(),
                    time(&event.timestamp_nanosec),
                    event.public_key.clone(),
                    event.kind.word().to_owned(),
                    details(&event.kind),
                    event.transaction_hash.map_or(String::new(), |hash| hash.to_string()),
                ]);
            }
            writeln!(f, "{}", table.trim_fmt())?;
        }
        match next_height {
            Some(next) => writeln!(f, "more from block {next} on: --from-height {next}"),
            None => Ok(()),
        }
    }
}

fn details(kind: &KeyEventKind) -> String {
    match kind {
        KeyEventKind::Used { nonce, charged, left } => {
            let charged =
                charged.map_or(String::new(), |it| format!(", charged {}", format_near(it)));
            let left = left.map_or(String::new(), |it| format!(", {} left", format_near(it)));
            format!("nonce {nonce}{charged}{left}")
        }
        KeyEventKind::Refunded { amount, left } => {
            format!("{} back, {} left", format_near(*amount), format_near(*left))
        }
        KeyEventKind::Existed { access_key }
        | KeyEventKind::Added { access_key }
        | KeyEventKind::Changed { access_key } => permission(access_key),
        _ => String::new(),
    }
}

fn permission(key: &near_primitives::views::AccessKeyView) -> String {
    use near_primitives::views::AccessKeyPermissionView as Permission;
    match &key.permission {
        Permission::FullAccess => "full access".to_owned(),
        Permission::FunctionCall { receiver_id, allowance, .. } => {
            let allowance = allowance.map_or("no limit".to_owned(), format_near);
            format!("calls of {receiver_id}, {allowance}")
        }
        Permission::GasKeyFullAccess { balance, .. } => {
            format!("full-access gas key, {}", format_near(*balance))
        }
        Permission::GasKeyFunctionCall { receiver_id, balance, .. } => {
            format!("gas key for {receiver_id}, {}", format_near(*balance))
        }
    }
}

/// A time in nanoseconds since the Unix epoch, to the second.
fn time(nanoseconds: &str) -> String {
    let nanoseconds: i64 = nanoseconds.parse().unwrap_or(0);
    DateTime::from_timestamp_nanos(nanoseconds).to_rfc3339_opts(SecondsFormat::Secs, true)
}
