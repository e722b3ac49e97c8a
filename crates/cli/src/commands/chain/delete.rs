//! `chain delete`: deletes rows of the state, without a transaction.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::{Context, KeyName};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use keyway::AccountId;
use serde_json::json;

/// Arguments of `chain delete`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain delete account bob.near
  keyway chain delete key alice.near \\
      ed25519:2nTqUZTf2SPaQ6BdZYAKJiwmB7eXAvrWrTkJ3HH9VEFU
  keyway chain delete data game.near STATE
  keyway chain delete data game.near --base64 U1RBVEU=
  keyway chain delete contract game.near

A snapshot taken before brings it back.")]
pub(super) struct DeleteArgs {
    /// What to delete.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Delete an account with its keys, contract and data; its balance is gone
    #[command(after_help = "Examples:\n  keyway chain delete account bob.near")]
    Account(AccountOnly),
    /// Delete an access key; of a gas key also its nonce rows and its balance
    Key(KeyArgs),
    /// Delete an entry of a contract's data
    Data(DataArgs),
    /// Delete an account's contract; its data stays
    #[command(after_help = "Examples:\n  keyway chain delete contract game.near")]
    Contract(AccountOnly),
}

#[derive(Args, Debug)]
struct AccountOnly {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain delete key alice.near \\
      ed25519:2nTqUZTf2SPaQ6BdZYAKJiwmB7eXAvrWrTkJ3HH9VEFU")]
struct KeyArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key; a long key can be named by its hash
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: KeyName,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain delete data game.near STATE
  keyway chain delete data game.near --base64 U1RBVEU=")]
struct DataArgs {
    /// The contract
    #[arg(value_name = "CONTRACT")]
    contract: AccountId,
    /// The entry's key as text
    #[arg(value_name = "KEY", required_unless_present = "base64")]
    key: Option<String>,
    /// The entry's key in base64
    #[arg(long, value_name = "KEY", conflicts_with = "key")]
    base64: Option<String>,
}

impl DeleteArgs {
    /// Deletes it, and shows the newest block.
    ///
    /// # Errors
    /// If it does not exist or cannot be deleted; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let deletion = match &self.what {
            What::Account(AccountOnly { account }) => json!({"account": {"account_id": account}}),
            What::Contract(AccountOnly { account }) => {
                json!({"contract": {"account_id": account}})
            }
            What::Key(KeyArgs { account, public_key }) => json!({
                "access_key": {"account_id": account, "public_key": public_key.handle().to_string()}
            }),
            What::Data(DataArgs { contract, key, base64 }) => {
                let text = || STANDARD.encode(key.as_deref().unwrap_or_default());
                let key = base64.clone().unwrap_or_else(text);
                json!({"data": {"account_id": contract, "key_base64": key}})
            }
        };
        let params = json!({"delete": [deletion]});
        let head: Head = control(context, "keyway_patch", params).await?;
        context.answer.give(&head)
    }
}
