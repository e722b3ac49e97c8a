//! `recovery`: a way back into an account whose keys are lost. The contract is contracts/recovery.

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
    /// Which chain, and how to answer.
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// What to do.
    #[command(subcommand)]
    command: RecoveryCommand,
}

/// What can be done about recovery.
#[derive(Debug, Subcommand)]
enum RecoveryCommand {
    /// Name helpers who can give you your account back, after a delay
    Install(install::InstallArgs),
    /// As a helper, ask for a new key for an account whose keys are lost
    #[command(visible_alias = "start")]
    Recover(recover::RecoverArgs),
    /// As a helper, take back what you asked for
    Withdraw(withdraw::WithdrawArgs),
    /// After the delay, give the new key full access; anybody may
    Finish(finish::FinishArgs),
    /// As the owner, end what helpers ask for
    Cancel(owner::CancelArgs),
    /// As the owner, name another helper
    AddHelper(owner::HelperArgs),
    /// As the owner, take a helper's key away, and end what it asks for
    RemoveHelper(owner::HelperArgs),
    /// Show helpers, delay, and what is under way
    Status(status::StatusArgs),
}

impl RecoveryArgs {
    /// Does what the arguments say.
    ///
    /// # Errors
    /// What the command's own file says.
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
