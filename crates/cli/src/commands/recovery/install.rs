//! `recovery install`: helpers who can give the account back.

use super::contract::{State, WASM, owners};
use crate::error::CliError;
use crate::tools::{Context, Sent, SigningArgs, read_duration, read_file, words};
use clap::Args;
use keyway::client::Contract;
use keyway::{AccountId, GasLiteral, Intent, PublicKey, deploy};
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `recovery install`.
#[derive(Args, Debug)]
#[command(after_help = "\
A helper makes a key pair (keyway key generate alice.near) and tells you its public key. With it they
can start a recovery and do nothing else. You have the delay to cancel it: choose one within which you
look at your account. The contract locks about 1 NEAR for its storage.

Examples:
  keyway recovery install alice.near --helper ed25519:… --delay '14 days'
  keyway recovery status alice.near")]
pub(crate) struct InstallArgs {
    /// The account, which must not have a contract
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// A helper's public key; several may be given, at most 8
    #[arg(long = "helper", value_name = "PUBLIC_KEY", required = true)]
    helpers: Vec<PublicKey>,
    /// How long you can cancel, as in `14 days`; a day is the least
    #[arg(long, value_parser = read_duration, value_name = "TIME")]
    delay: Duration,
    /// Another contract than the one that this program brings
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    #[command(flatten)]
    signing: SigningArgs,
}

impl InstallArgs {
    /// Installs, in one transaction: all of it or nothing.
    ///
    /// # Errors
    /// When the account has a contract, when a helper's key is on it already, or what the chain says.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        if context.client.account(&self.account).await?.contract != Contract::None {
            return Err(CliError::HasContract { account: self.account.clone() });
        }
        let wasm = self.wasm.as_deref().map_or_else(|| Ok(WASM.to_vec()), read_file)?;
        let args = json!({ "delay_ns": self.delay.as_nanos().to_string() });
        let mut intent =
            Intent::on_self().then(deploy(wasm)).then(owners(&self.account, "new", &args));
        for helper in &self.helpers {
            let args = json!({ "public_key": helper });
            intent = intent.then(owners(&self.account, "add_helper", &args).gas(20.tgas()));
        }
        let signer = self.signing.signer(context, &self.account).await?;
        let sent = Sent::from(&signer.execute(intent).await?);
        let state = State::of(context, &self.account).await?;
        if self.helpers.iter().any(|helper| !state.helpers.contains(helper)) {
            return Err(CliError::Undone(
                "recovery is installed, but not every helper: a key was on the account already",
            ));
        }
        let (account, helpers, delay) = (self.account.clone(), state.helpers, words(self.delay));
        context.answer.give(&Installed { account, helpers, delay_ns: state.delay_ns, delay, sent })
    }
}

#[derive(Serialize)]
struct Installed {
    account: AccountId,
    helpers: Vec<PublicKey>,
    delay_ns: String,
    #[serde(skip)]
    delay: String,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for helper in &self.helpers {
            writeln!(f, "{helper} can start recovery of {}", self.account)?;
        }
        writeln!(f, "the owner has {} to cancel it", self.delay)?;
        writeln!(f, "{}", self.sent)
    }
}
