//! `account`: accounts as a whole.

mod create;
mod delete;
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
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: AccountCommand,
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Create an account, with a key that is kept before the chain is told
    Create(create::CreateArgs),
    /// List the accounts that keys at hand are of, and what they own
    List(list::ListArgs),
    /// Show what an account owns, occupies and runs, and how many keys it has
    Show(show::ShowArgs),
    /// Delete an account's full-access keys, so that only its contract can act for it
    Lock(lock::LockArgs),
    /// Delete an account, with its keys, contract and data
    Delete(delete::DeleteArgs),
}

impl AccountArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            AccountCommand::Create(args) => args.run(context).await,
            AccountCommand::List(args) => args.run(context).await,
            AccountCommand::Show(args) => args.run(context).await,
            AccountCommand::Lock(args) => args.run(context).await,
            AccountCommand::Delete(args) => args.run(context).await,
        }
    }
}
