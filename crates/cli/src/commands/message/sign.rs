//! `message sign`: signs a message offline.

use super::TextArgs;
use crate::error::CliError;
use crate::tools::{Context, SigningArgs};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use keyway::AccountId;
use keyway::keys::SignedMessage;
use serde::Serialize;
use std::fmt;

/// Arguments of `message sign`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway message sign alice.near --text 'Log me in' --recipient game.near
  keyway message sign alice.near --text 'Log me in' --recipient game.near \\
      --nonce 'KNV0…Y='")]
pub(crate) struct SignArgs {
    /// The account that signs
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    text: TextArgs,
    /// The nonce of the service that asks for the signature: 32 bytes in base64 [default: random]
    #[arg(long, value_name = "BASE64")]
    nonce: Option<String>,
    #[command(flatten)]
    signing: SigningArgs,
}

impl SignArgs {
    /// Signs without asking a node.
    ///
    /// # Errors
    /// If no key is here, or several are and none was chosen.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let message = self.text.message(self.nonce.as_deref())?;
        let keys = self.signing.keys(context, &self.account).await?;
        let public_key = match keys.public_keys(&self.account).await?.as_slice() {
            [one] => one.clone(),
            several => {
                let (account, has) = (self.account.clone(), several.len());
                return Err(CliError::WhichKey { account, has });
            }
        };
        let signed = message.sign_with(&*keys, self.account.clone(), &public_key).await?;
        let nonce = STANDARD.encode(message.nonce);
        context.answer.give(&Proof { signed, nonce })
    }
}

/// What the verifier needs.
#[derive(Serialize)]
struct Proof {
    #[serde(flatten)]
    signed: SignedMessage,
    nonce: String,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Always JSON, as the standard says.
        let json = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        writeln!(f, "{json}")
    }
}
