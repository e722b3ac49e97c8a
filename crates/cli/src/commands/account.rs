//! `account`: creates, lists, shows, locks and deletes accounts.

mod create;
mod delete;
mod keys_history;
mod list;
mod lock;
mod show;

pub(crate) use delete::Ending;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `account`.
#[derive(Args, Debug)]
pub(crate) struct AccountArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: AccountCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Create an account; its new key is saved before it is sent
    Create(create::CreateArgs),
    /// List the accounts that have keys on this machine, and their balances
    List(list::ListArgs),
    /// Show an account's balance, storage, contract and number of keys
    Show(show::ShowArgs),
    /// Show what happened to an account's keys: added, used, deleted
    KeysHistory(keys_history::KeysHistoryArgs),
    /// Delete an account's full-access keys, so that only its contract can act for it
    Lock(lock::LockArgs),
    /// Delete an account, with its keys, contract and data
    Delete(delete::DeleteArgs),
}

impl AccountArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            AccountCommand::Create(args) => args.run(context).await,
            AccountCommand::List(args) => args.run(context).await,
            AccountCommand::Show(args) => args.run(context).await,
            AccountCommand::KeysHistory(args) => args.run(context).await,
            AccountCommand::Lock(args) => args.run(context).await,
            AccountCommand::Delete(args) => args.run(context).await,
        }
    }
}
