//! `drop`: links that anybody turns into NEAR. The contract is contracts/drop.

mod claim;
mod contract;
mod create;
mod created;
mod link;
mod list;
mod reclaim;
mod sheet;
mod url;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `drop`.
#[derive(Args, Debug)]
pub(crate) struct DropArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: DropCommand,
}

/// What can be done with drops.
#[derive(Debug, Subcommand)]
enum DropCommand {
    /// Make links, each worth an amount
    Create(Box<create::CreateArgs>),
    /// Turn a link into NEAR, or into an account with NEAR on it
    Claim(claim::ClaimArgs),
    /// List the links that nobody has claimed yet
    List(list::ListArgs),
    /// Take expired links back
    Reclaim(reclaim::ReclaimArgs),
}

impl DropArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            DropCommand::Create(args) => args.run(context).await,
            DropCommand::Claim(args) => args.run(context).await,
            DropCommand::List(args) => args.run(context).await,
            DropCommand::Reclaim(args) => args.run(context).await,
        }
    }
}
