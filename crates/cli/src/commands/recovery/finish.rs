//! `recovery finish`: gives the new key full access.

use super::contract::{Request, State};
use crate::error::CliError;
use crate::tools::{Context, SendingArgs, Sent, SigningArgs, words};
use clap::Args;
use keyway::protocol::PublicKey;
use keyway::{AccountId, call};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;

/// Arguments of `recovery finish`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway recovery finish alice.near --payer bob.near
  keyway recovery finish alice.near ed25519:… --payer bob.near
                          if helpers request several keys")]
pub(crate) struct FinishArgs {
    /// The account to recover
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The new key, if several are possible
    #[arg(value_name = "PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// The account that pays for the gas: any account with a key here
    #[arg(long, value_name = "ACCOUNT")]
    payer: AccountId,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl FinishArgs {
    /// Finishes the recovery.
    ///
    /// # Errors
    /// If too few helpers request the same key, the delay is not over, or the account has the key
    /// already; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let state = State::of(&context.client, &self.account).await?;
        let now_ns = context.client.block().await?.timestamp_ns;
        let public_key = self.ready(state.requests, now_ns)?;
        let signer = self.signing.signer(context, &self.payer).await?;
        let args = json!({ "new_public_key": public_key });
        let finish = call(&self.account, "finish_recovery").args_json(&args);
        let outcome = self.sending.execute(context, &self.signing, &signer, finish.into()).await?;
        let Some(outcome) = outcome else { return Ok(()) };
        if !outcome.json::<bool>()? {
            return Err(CliError::NotDone(
                "the new key could not be added: does the account have it already?",
            ));
        }
        let (account, sent) = (self.account.clone(), Sent::from(&outcome));
        context.answer.give(&Finished { account, public_key, sent })
    }

    /// The only key that can get full access now.
    fn ready(&self, mut requests: Vec<Request>, now_ns: u64) -> Result<PublicKey, CliError> {
        let asked = |key: &PublicKey| self.public_key.as_ref().is_none_or(|asked| asked == key);
        requests.retain(|request| asked(&request.new_public_key));
        if requests.is_empty() {
            return Err(CliError::NotFound("no recovery is in progress"));
        }
        let Some(left) = requests.iter().filter_map(|request| request.left_ns(now_ns)).min() else {
            return Err(CliError::NotFound(
                "too few helpers request the same key: see `recovery status`",
            ));
        };
        requests.retain(|request| request.left_ns(now_ns) == Some(0));
        match <[Request; 1]>::try_from(requests) {
            Ok([request]) => Ok(request.new_public_key),
            Err(none) if none.is_empty() => {
                Err(CliError::TooEarly { left: words(Duration::from_nanos(left)) })
            }
            Err(several) => Err(CliError::Invalid(format!(
                "{} keys can get full access: choose one as PUBLIC_KEY",
                several.len()
            ))),
        }
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
        writeln!(f, "the account still has its lost keys: see `keyway key list {}`", self.account)?;
        writeln!(f, "{}", self.sent)
    }
}
