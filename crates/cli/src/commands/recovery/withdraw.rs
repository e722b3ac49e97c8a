//! `recovery withdraw`: a helper asks for nothing any more.

use super::owner::Done;
use crate::error::CliError;
use crate::tools::{Context, SigningArgs};
use clap::Args;
use keyway::{AccountId, call};

/// Arguments of `recovery withdraw`.
#[derive(Args, Debug)]
pub(crate) struct WithdrawArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
}

impl WithdrawArgs {
    /// Withdraws; what other helpers ask for stays.
    ///
    /// # Errors
    /// When this helper asks for nothing, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signer = self.signing.signer(context, &self.account).await?;
        let outcome = signer.execute(call(&self.account, "withdraw_recovery")).await?;
        Done::give(context, "this helper asks for nothing any more".into(), &outcome)
    }
}
