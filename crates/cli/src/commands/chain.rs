//! `chain`: controls a chain of one's own, over the `keyway_*` methods of its node.

mod delete;
mod dump;
mod fork;
mod head;
mod impersonate;
mod mine;
mod sealing;
mod set_balance;
mod snapshot;
mod time;

use crate::error::{CliError, NoControl};
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};
use keyway::error::QueryError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Arguments of `chain`.
#[derive(Args, Debug)]
#[command(after_help = "\
The node is the one on 127.0.0.1:3030, or the one at --url. A node that was
started with --no-cheats, and any node of a network, refuses.")]
pub(crate) struct ChainControlArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: ChainCommand,
}

/// The subcommands, one file each.
#[derive(Debug, Subcommand)]
enum ChainCommand {
    /// Show or change the time
    Time(time::TimeArgs),
    /// Show or change when blocks are sealed
    Sealing(sealing::SealingArgs),
    /// Seal blocks now
    Mine(mine::MineArgs),
    /// Write the chain, or a snapshot of it, to a file from which others start
    Dump(dump::DumpArgs),
    /// Act as any account, without its key
    Impersonate(Box<impersonate::ImpersonateArgs>),
    /// Set an account's balance
    SetBalance(set_balance::SetBalanceArgs),
    /// Delete an account, a key, a contract or an entry of its data
    Delete(delete::DeleteArgs),
    /// Save, list and delete snapshots of the chain
    Snapshot(snapshot::SnapshotArgs),
    /// Go back to a snapshot
    Revert(snapshot::RevertArgs),
    /// Go back to the first block, and delete all snapshots
    Reset(snapshot::ResetArgs),
    /// Look at what a fork read of its network, or keep it
    Fork(fork::ForkArgs),
}

impl ChainControlArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand; if the node is one of a public network, or its chain control is off.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if context.network.own_url().is_none() {
            return Err(NoControl::Others.into());
        }
        match &self.command {
            ChainCommand::Time(args) => args.run(context).await,
            ChainCommand::Sealing(args) => args.run(context).await,
            ChainCommand::Mine(args) => args.run(context).await,
            ChainCommand::Dump(args) => args.run(context).await,
            ChainCommand::Impersonate(args) => args.run(context).await,
            ChainCommand::SetBalance(args) => args.run(context).await,
            ChainCommand::Delete(args) => args.run(context).await,
            ChainCommand::Snapshot(args) => args.run(context).await,
            ChainCommand::Revert(args) => args.run(context).await,
            ChainCommand::Reset(args) => args.run(context).await,
            ChainCommand::Fork(args) => args.run(context).await,
        }
    }
}

/// Calls a `keyway_*` method of the node.
///
/// # Errors
/// If the node has no chain control or it is off; what the method refuses; if no node answers.
async fn control<R: DeserializeOwned>(
    context: &Context,
    method: &str,
    params: impl Serialize,
) -> Result<R, CliError> {
    context.client.request(method, params).await.map_err(|error| refused(method, error))
}

/// The error of a `keyway_*` method.
fn refused(method: &str, error: keyway::Error) -> CliError {
    match error {
        keyway::Error::Query(QueryError::UnknownRpcMethod { .. }) => {
            NoControl::NoMethod { method: method.to_owned() }.into()
        }
        // The name of the cause is for programs.
        keyway::Error::Query(QueryError::Other { message, .. }) if !message.is_empty() => {
            NoControl::Refused(message).into()
        }
        error => error.into(),
    }
}
