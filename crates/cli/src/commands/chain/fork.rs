//! `chain fork`: what a forked node read of its network.

mod freeze;
mod gas;
mod status;

use crate::error::CliError;
use crate::tools::Context;
use clap::{Args, Subcommand};

/// Arguments of `chain fork`.
#[derive(Args, Debug)]
pub(super) struct ForkArgs {
    /// The subcommand.
    #[command(subcommand)]
    command: ForkCommand,
}

#[derive(Debug, Subcommand)]
enum ForkCommand {
    /// Show where the fork begins, and what it asked the network for
    Status(status::StatusArgs),
    /// Write what was read into a file, to fork again without the network
    Freeze(freeze::FreezeArgs),
    /// Show how far the gas of a transaction can be from the network's
    Gas(gas::GasArgs),
}

impl ForkArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand; if the node's chain is no fork.
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            ForkCommand::Status(args) => args.run(context).await,
            ForkCommand::Freeze(args) => args.run(context).await,
            ForkCommand::Gas(args) => args.run(context).await,
        }
    }
}
