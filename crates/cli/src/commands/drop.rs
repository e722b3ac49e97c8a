//! `drop`: links that anyone can turn into NEAR. The contract is contracts/drop.

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
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: DropCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum DropCommand {
    /// Create links, each worth an amount
    Create(Box<create::CreateArgs>),
    /// Turn a link into NEAR, or into a new account with NEAR
    Claim(claim::ClaimArgs),
    /// List the links that have not been claimed
    List(list::ListArgs),
    /// Reclaim expired links
    Reclaim(reclaim::ReclaimArgs),
}

impl DropArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            DropCommand::Create(args) => args.run(context).await,
            DropCommand::Claim(args) => args.run(context).await,
            DropCommand::List(args) => args.run(context).await,
            DropCommand::Reclaim(args) => args.run(context).await,
        }
    }
}
