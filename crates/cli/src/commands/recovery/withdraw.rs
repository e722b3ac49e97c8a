//! `recovery withdraw`: a helper withdraws its request.

use super::owner::Done;
use crate::error::CliError;
use crate::tools::{Context, SendingArgs, SigningArgs};
use clap::Args;
use keyway::{AccountId, call};

/// Arguments of `recovery withdraw`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery withdraw alice.near
  keyway recovery withdraw alice.near --sign-with ed25519:…")]
pub(crate) struct WithdrawArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl WithdrawArgs {
    /// Withdraws; requests of other helpers stay.
    ///
    /// # Errors
    /// If this helper has no request; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signer = self.signing.signer(context, &self.account).await?;
        let withdraw = call(&self.account, "withdraw_recovery");
        let outcome =
            self.sending.execute(context, &self.signing, &signer, withdraw.into()).await?;
        let Some(outcome) = outcome else { return Ok(()) };
        Done::give(context, "this helper's request is withdrawn".into(), &outcome)
    }
}
