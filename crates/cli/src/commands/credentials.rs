//! `credentials`: the files that hold keys.

mod doctor;
mod list;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `credentials`.
#[derive(Args, Debug)]
pub(crate) struct CredentialsArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: CredentialsCommand,
}

/// What can be done with key files.
#[derive(Debug, Subcommand)]
enum CredentialsCommand {
    /// List every secret in files here, of every network; no chain is asked
    List(list::ListArgs),
    /// Look for key files that are broken, open to others, left behind, or of no use on the chain
    Doctor(doctor::DoctorArgs),
}

impl CredentialsArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            CredentialsCommand::List(args) => args.run(context),
            CredentialsCommand::Doctor(args) => args.run(context).await,
        }
    }
}
