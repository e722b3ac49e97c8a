//! `tx`: transactions, signed here or elsewhere.

mod send;
mod show;
mod sign;
pub(crate) mod signed;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `tx`.
#[derive(Args, Debug)]
pub(crate) struct TxArgs {
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: TxCommand,
}

/// What can be done with transactions.
#[derive(Debug, Subcommand)]
enum TxCommand {
    /// Sign a transaction and print it; with --offline on a machine without a network
    Sign(Box<sign::SignArgs>),
    /// Sign and send a transaction, or send one that is signed already
    Send(Box<send::SendArgs>),
    /// Show what a transaction says, or what became of it
    Show(show::ShowArgs),
}

impl TxArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            TxCommand::Sign(args) => args.run(context).await,
            TxCommand::Send(args) => args.run(context).await,
            TxCommand::Show(args) => args.run(context).await,
        }
    }
}
