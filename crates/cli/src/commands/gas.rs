//! `gas`: gas snapshots, which show in CI what grew.

mod snapshot;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `gas`.
#[derive(Args, Debug)]
pub(crate) struct GasArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: GasCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum GasCommand {
    /// Record what transactions burnt in a file, or compare it with the file
    Snapshot(snapshot::SnapshotArgs),
}

impl GasArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            GasCommand::Snapshot(args) => args.run(context).await,
        }
    }
}
