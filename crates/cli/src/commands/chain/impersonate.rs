//! `chain impersonate`: acts as any account, without its key.

use super::refused;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::{Context, IntentArgs};
use clap::Args;
use keyway::AccountId;

/// Arguments of `chain impersonate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain impersonate whale.near alice.near --transfer '5 NEAR'
  keyway chain impersonate whale.near wrap.near --call ft_transfer \\
      --args '{\"receiver_id\": \"alice.near\", \"amount\": \"1\"}' \\
      --deposit '1 yoctoNEAR' --gas '30 Tgas'

All rules hold except those about keys: the account must exist, and pays. The
transaction is sealed at once.")]
pub(super) struct ImpersonateArgs {
    /// The account that acts
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The receiver of the actions
    #[arg(value_name = "RECEIVER")]
    receiver: AccountId,
    #[command(flatten)]
    intent: IntentArgs,
}

impl ImpersonateArgs {
    /// Runs the actions, and shows their outcome.
    ///
    /// # Errors
    /// If the actions are invalid, refused or fail; as [`super::control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let intent = self.intent.intent(context, &self.receiver).await?;
        let outcome = context.client.impersonate(&self.account, intent).await;
        let outcome = outcome.map_err(|error| refused("keyway_impersonate", error))?;
        Ran::give_impersonated(context, outcome)
    }
}
