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
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: KeyCommand,
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key pair and keep it in a key file; the chain is not told
    Generate(generate::GenerateArgs),
    /// List an account's access keys, and whether their secrets are at hand
    List(list::ListArgs),
    /// Show one key: what it may do, what its nonce tells, whether its secret is at hand
    Show(show::ShowArgs),
    /// Tell the least keys that would have done what an account did lately
    Least(least::LeastArgs),
    /// Give a key access to an account
    Add(Box<add::AddArgs>),
    /// Take access from keys
    Delete(delete::DeleteArgs),
    /// Take what is on a gas key back to its account
    Withdraw(withdraw::WithdrawArgs),
    /// Put a new key in the place of one, or of many, with a working key at every moment
    Rotate(Box<rotate::RotateArgs>),
    /// Take access from keys that somebody else may have, on every account that they open
    Revoke(revoke::RevokeArgs),
    /// Take a secret key over, from a file, a variable, or what is typed
    Import(import::ImportArgs),
    /// Give a secret key to a file or another place of keys
    Export(export::ExportArgs),
    /// Move secret keys to another place of keys
    Move(relocate::MoveArgs),
    /// Remove secret keys from this machine; the chain is not told
    Forget(forget::ForgetArgs),
}

impl KeyArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
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
