//! `recovery`: regains access to an account that lost its keys. The contract is contracts/recovery.

mod contract;
mod finish;
mod install;
mod owner;
mod recover;
mod status;
mod withdraw;

use crate::error::CliError;
use crate::tools::{ChainArgs, Context};
use clap::{Args, Subcommand};

/// Arguments of `recovery`.
#[derive(Args, Debug)]
pub(crate) struct RecoveryArgs {
    /// The chain and the output format.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The subcommand.
    #[command(subcommand)]
    command: RecoveryCommand,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum RecoveryCommand {
    /// Name helpers who can restore access to the account after a delay
    Install(install::InstallArgs),
    /// As a helper, request a new key for an account that lost its keys
    #[command(visible_alias = "start")]
    Recover(recover::RecoverArgs),
    /// As a helper, withdraw your request
    Withdraw(withdraw::WithdrawArgs),
    /// After the delay, give the new key full access; anyone can do this
    Finish(finish::FinishArgs),
    /// As the owner, cancel a recovery
    Cancel(owner::CancelArgs),
    /// As the owner, add a helper
    AddHelper(owner::HelperArgs),
    /// As the owner, remove a helper and cancel its request
    RemoveHelper(owner::HelperArgs),
    /// Show the helpers, the delay and any recovery in progress
    Status(status::StatusArgs),
}

impl RecoveryArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// As the subcommand.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            RecoveryCommand::Install(args) => args.run(context).await,
            RecoveryCommand::Recover(args) => args.run(context).await,
            RecoveryCommand::Withdraw(args) => args.run(context).await,
            RecoveryCommand::Finish(args) => args.run(context).await,
            RecoveryCommand::Cancel(args) => args.run(context).await,
            RecoveryCommand::AddHelper(args) => args.add(context).await,
            RecoveryCommand::RemoveHelper(args) => args.remove(context).await,
            RecoveryCommand::Status(args) => args.run(context).await,
        }
    }
}
