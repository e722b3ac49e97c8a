//! `tx`: signs, sends and shows transactions.

mod send;
mod show;
mod sign;
pub(crate) mod signed;
mod trace;
mod traced;
mod what_if;
mod why;

pub(crate) use traced::{plain, traced};

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `tx`.
#[derive(Args, Debug)]
pub(crate) struct TxArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: TxCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum TxCommand {
    /// Sign a transaction and print it; --offline works without a network
    Sign(Box<sign::SignArgs>),
    /// Sign and send a transaction, or send a signed one
    Send(Box<send::SendArgs>),
    /// Show a transaction, or the outcome of one
    Show(show::ShowArgs),
    /// Say why a transaction failed, and where its money went
    Why(why::WhyArgs),
    /// Show everything that a transaction did: receipts, gas, storage, logs
    Trace(trace::TraceArgs),
    /// Run a past transaction again with something changed
    WhatIf(Box<what_if::WhatIfArgs>),
}

impl TxArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            TxCommand::Sign(args) => args.run(context).await,
            TxCommand::Send(args) => args.run(context).await,
            TxCommand::Show(args) => args.run(context).await,
            TxCommand::Why(args) => args.run(context).await,
            TxCommand::Trace(args) => args.run(context).await,
            TxCommand::WhatIf(args) => args.run(context).await,
        }
    }
}
