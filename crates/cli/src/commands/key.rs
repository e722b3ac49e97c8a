//! `key`: the access keys of an account.

mod add;
mod compromised;
mod delete;
mod export;
mod exposed;
mod forget;
pub(super) mod generate;
mod grant;
mod import;
mod least;
mod list;
mod permission;
mod relocate;
mod revoke;
mod rotate;
mod show;
mod standing;
mod withdraw;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `key`.
#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: KeyCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Generate a key pair and save it in a key file, not on the chain
    Generate(generate::GenerateArgs),
    /// List an account's access keys, and whether their secrets are here
    List(list::ListArgs),
    /// Show one key: its permission, what its nonce shows, whether its secret is here
    Show(show::ShowArgs),
    /// Find the smallest permissions for what an account did recently
    Least(least::LeastArgs),
    /// Add a key to an account
    Add(Box<add::AddArgs>),
    /// Delete keys from an account
    Delete(delete::DeleteArgs),
    /// Withdraw the balance of a gas key to its account
    Withdraw(withdraw::WithdrawArgs),
    /// Replace one key or many, with a working key at every moment
    Rotate(Box<rotate::RotateArgs>),
    /// Delete leaked keys, from every account that has them
    Revoke(revoke::RevokeArgs),
    /// Import a secret key from a file, a variable or the terminal
    Import(import::ImportArgs),
    /// Export a secret key to a file or to another place for keys
    Export(export::ExportArgs),
    /// Move secret keys to another place for keys
    Move(relocate::MoveArgs),
    /// Remove secret keys from this machine, not from the chain
    Forget(forget::ForgetArgs),
}

impl KeyArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            KeyCommand::Generate(args) => args.run(context).await,
            KeyCommand::List(args) => args.run(context).await,
            KeyCommand::Least(args) => args.run(context).await,
            KeyCommand::Add(args) => args.run(context).await,
            KeyCommand::Delete(args) => args.run(context).await,
            KeyCommand::Withdraw(args) => args.run(context).await,
            KeyCommand::Rotate(args) => args.run(context).await,
            KeyCommand::Show(args) => args.run(context).await,
            KeyCommand::Import(args) => args.run(context).await,
            KeyCommand::Export(args) => args.run(context).await,
            KeyCommand::Move(args) => args.run(context).await,
            KeyCommand::Forget(args) => args.run(context).await,
            KeyCommand::Revoke(args) => args.run(context).await,
        }
    }
}
