//! `credentials`: lists and checks key files.

mod doctor;
mod list;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `credentials`.
#[derive(Args, Debug)]
pub(crate) struct CredentialsArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: CredentialsCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum CredentialsCommand {
    /// List every secret in files here, of all networks, without asking a chain
    List(list::ListArgs),
    /// Find key files that are broken, open to others, left over, or useless on the chain
    Doctor(doctor::DoctorArgs),
}

impl CredentialsArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            CredentialsCommand::List(args) => args.run(context),
            CredentialsCommand::Doctor(args) => args.run(context).await,
        }
    }
}
