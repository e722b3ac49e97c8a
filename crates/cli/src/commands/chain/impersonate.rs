//! `chain impersonate`: acts as any account, without its key.

use super::control;
use crate::commands::outcome::Ran;
use crate::error::CliError;
use crate::tools::{Context, IntentArgs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::{AccountId, Outcome};
use near_primitives::views::FinalExecutionOutcomeViewEnum;
use serde_json::json;

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
    /// If the actions are invalid, refused or fail; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let intent = self.intent.intent(context, &self.receiver).await?;
        let (receiver, actions) = intent.resolve(&self.account).map_err(keyway::Error::from)?;
        let actions = borsh::to_vec(&actions).map_err(|source| CliError::System { source })?;
        let params = json!({
            "signer_id": self.account,
            "receiver_id": receiver,
            "actions_base64": STANDARD.encode(actions),
        });
        let view: FinalExecutionOutcomeViewEnum =
            control(context, "keyway_impersonate", params).await?;
        Ran::give_impersonated(context, Outcome::from(view))
    }
}
