//! `recovery finish`: the new key gets full access.

use super::contract::State;
use crate::error::CliError;
use crate::tools::{Context, Sent, SigningArgs, words};
use clap::Args;
use keyway::{AccountId, PublicKey, call};
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Arguments of `recovery finish`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery finish alice.near --payer bob.near")]
pub(crate) struct FinishArgs {
    /// The account that is recovered
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Who pays for the gas: any account whose key is at hand
    #[arg(long, value_name = "ACCOUNT")]
    payer: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
}

impl FinishArgs {
    /// Finishes.
    ///
    /// # Errors
    /// When no recovery is under way, when its delay is not over, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let state = State::of(context, &self.account).await?;
        let Some(pending) = state.pending else {
            return Err(CliError::Gone("no recovery is under way"));
        };
        let left = pending.left_ns(context.client.block().await?.timestamp_ns);
        if left > 0 {
            return Err(CliError::TooEarly { left: words(Duration::from_nanos(left)) });
        }
        let signer = self.signing.signer(context, &self.payer).await?;
        let sent = Sent::from(&signer.execute(call(&self.account, "finish_recovery")).await?);
        let (account, public_key) = (self.account.clone(), pending.new_public_key);
        context.answer.give(&Finished { account, public_key, sent })
    }
}

#[derive(Serialize)]
struct Finished {
    account: AccountId,
    public_key: PublicKey,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} has full access to {}", self.public_key, self.account)?;
        writeln!(
            f,
            "the keys that were lost are on it still: see `keyway key list {}`",
            self.account
        )?;
        writeln!(f, "{}", self.sent)
    }
}
