//! `recovery install`: lets helpers restore access to an account.

use super::contract::{State, WASM, owners};
use crate::error::CliError;
use crate::tools::{Context, SendingArgs, Sent, SigningArgs, contract_or, read_duration, words};
use clap::Args;
use keyway::client::Contract;
use keyway::protocol::PublicKey;
use keyway::{AccountId, GasLiteral, Intent, deploy};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Arguments of `recovery install`.
#[derive(Args, Debug)]
#[command(after_help = "\
Each helper generates a key (keyway key generate alice.near) and gives you the
public key. That key can request a recovery and nothing else. When enough
helpers request the same new key, you can cancel within the delay, so choose one
within which you check your account. With --threshold 1 each helper alone can
take over an account whose owner does not cancel. The contract locks about 1.2
NEAR for its storage.

Examples:
  keyway recovery install alice.near --helper ed25519:… --helper ed25519:… \\
      --delay '14 days'
  keyway recovery status alice.near")]
pub(crate) struct InstallArgs {
    /// The account, which must not have a contract
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Public key of a helper; can be given up to 8 times
    #[arg(long = "helper", value_name = "PUBLIC_KEY", required = true)]
    helpers: Vec<PublicKey>,
    /// How many helpers must request the same new key [default: more than half of them]
    #[arg(long, value_name = "NUMBER")]
    threshold: Option<usize>,
    /// How long you can cancel, as in `14 days`; at least a day
    #[arg(long, value_parser = read_duration, value_name = "TIME")]
    delay: Duration,
    /// Wasm file of another contract to install
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
    #[command(flatten)]
    signing: SigningArgs,
    #[command(flatten)]
    sending: SendingArgs,
}

impl InstallArgs {
    /// Installs in one transaction: everything or nothing.
    ///
    /// # Errors
    /// If the account has a contract, the helpers and the threshold do not fit, or a helper's key
    /// is on the account already; the chain's error.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let threshold = self.threshold()?;
        if context.client.account(&self.account).await?.contract != Contract::None {
            return Err(CliError::HasContract { account: self.account.clone() });
        }
        let wasm = contract_or(context, self.wasm.as_deref(), WASM).await?;
        let delay_ns = self.delay.as_nanos().to_string();
        let args = json!({ "delay_ns": delay_ns, "threshold": threshold });
        let mut intent =
            Intent::on_self().then(deploy(wasm)).then(owners(&self.account, "new", &args));
        for helper in &self.helpers {
            let args = json!({ "public_key": helper });
            intent = intent.then(owners(&self.account, "add_helper", &args).gas(20.tgas()));
        }
        let signer = self.signing.signer(context, &self.account).await?;
        let sent = self.sending.execute(context, &self.signing, &signer, intent).await?;
        let Some(sent) = sent.as_ref().map(Sent::from) else { return Ok(()) };
        let state = State::of(&context.client, &self.account).await?;
        if self.helpers.iter().any(|helper| !state.helpers.contains(helper)) {
            return Err(CliError::NotDone(
                "recovery is installed, but not every helper: a key was on the account already",
            ));
        }
        let (account, delay) = (self.account.clone(), words(self.delay));
        context.answer.give(&Installed { account, state, delay, sent })
    }

    /// How many helpers must agree. One is never the default.
    fn threshold(&self) -> Result<usize, CliError> {
        // A helper who is named twice counts once.
        let count = self.helpers.iter().collect::<HashSet<_>>().len();
        let why = match self.threshold {
            _ if count > MAX_HELPERS => {
                format!("{count} helpers, but at most {MAX_HELPERS} are possible")
            }
            None if count == 1 => {
                "one helper alone could take over the account: name two, or allow \
                                   it with --threshold 1"
                    .to_owned()
            }
            None => return Ok(count / 2 + 1),
            Some(asked) if (1..=count).contains(&asked) => return Ok(asked),
            Some(asked) => {
                format!("--threshold {asked} with {count} helpers: it can be 1 to {count}")
            }
        };
        Err(CliError::Invalid(why))
    }
}

#[derive(Serialize)]
struct Installed {
    account: AccountId,
    #[serde(flatten)]
    state: State,
    #[serde(skip)]
    delay: String,
    #[serde(flatten)]
    sent: Sent,
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for helper in &self.state.helpers {
            writeln!(f, "{helper} can request recovery of {}", self.account)?;
        }
        let (needed, helpers) = (self.state.threshold, self.state.helpers.len());
        writeln!(f, "{needed} of {helpers} must request the same new key")?;
        writeln!(f, "the owner has {} to cancel it", self.delay)?;
        writeln!(f, "{}", self.sent)
    }
}

/// The maximum of the contract.
const MAX_HELPERS: usize = 8;
