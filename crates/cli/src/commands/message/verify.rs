//! `message verify`: checks a signed message.

use super::TextArgs;
use crate::error::CliError;
use crate::tools::{Context, read_file, read_stdin};
use clap::Args;
use keyway::error::QueryError;
use keyway::keys::SignedMessage;
use keyway::protocol::PublicKey;
use keyway::{AccountId, Client, Error};
use keyway_rules::is_full_access;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `message verify`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway message verify --text 'Log me in' --recipient game.near \\
      --nonce 'KNV0…Y=' proof.json
  keyway message verify … --signature-only -
      from stdin, without asking a node")]
pub(crate) struct VerifyArgs {
    /// The signed message, as JSON in the form that wallets use; `-` for stdin
    #[arg(value_name = "FILE")]
    proof: PathBuf,
    #[command(flatten)]
    text: TextArgs,
    /// The nonce that was requested: 32 bytes in base64
    #[arg(long, value_name = "BASE64")]
    nonce: String,
    /// Do not check that the account has the key
    #[arg(long)]
    signature_only: bool,
}

impl VerifyArgs {
    /// Checks the signature, then that the account has this key with full access: a function-call
    /// key must not speak for the account.
    ///
    /// # Errors
    /// [`CliError::NotProven`] with the reason.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let signed = self.proof()?;
        let message = self.text.message(Some(&self.nonce))?;
        signed.verify(&message).map_err(|error| CliError::NotProven(error.to_string()))?;
        if !self.signature_only {
            check_on_chain(context, &signed).await?;
        }
        context.answer.give(&Verified {
            account: signed.account_id().clone(),
            public_key: signed.public_key().clone(),
            speaks_for_the_account: (!self.signature_only).then_some(true),
        })
    }

    fn proof(&self) -> Result<SignedMessage, CliError> {
        let text = if self.proof.as_os_str() == "-" {
            read_stdin(LARGEST)?
        } else {
            read_file(&self.proof, LARGEST)?
        };
        serde_json::from_slice(&text)
            .map_err(|error| CliError::Value { flag: "the signed message", why: error.to_string() })
    }
}

async fn check_on_chain(context: &Context, signed: &SignedMessage) -> Result<(), CliError> {
    let (account, public_key) = (signed.account_id(), signed.public_key());
    let then = context.client.pinned().await?;
    match then.access_key(account, public_key).await {
        Ok(key) if is_full_access(&key.permission) => Ok(()),
        Ok(_) => Err(CliError::NotProven(format!(
            "{public_key} is a function-call key of {account}, so it does not speak for the account"
        ))),
        Err(Error::Query(
            QueryError::UnknownAccessKey { .. } | QueryError::UnknownAccount { .. },
        )) => Err(CliError::NotProven(why_not(&then, account, public_key).await?)),
        Err(other) => Err(other.into()),
    }
}

/// Nodes report a missing account as a missing key, too.
async fn why_not(
    client: &Client,
    account: &AccountId,
    public_key: &PublicKey,
) -> Result<String, CliError> {
    match client.account(account).await {
        Ok(_) => Ok(format!("{public_key} is not a key of {account}")),
        Err(Error::Query(QueryError::UnknownAccount { .. })) => {
            Ok(format!("there is no account {account}"))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct Verified {
    account: AccountId,
    public_key: PublicKey,
    /// `None` if it was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    speaks_for_the_account: Option<bool>,
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "signed with {}", self.public_key)?;
        match self.speaks_for_the_account {
            Some(_) => writeln!(f, "which is a full-access key of {}", self.account),
            None => writeln!(f, "whether that is a key of {} was not checked", self.account),
        }
    }
}

/// In bytes: more than any signed message has.
const LARGEST: u64 = 1 << 20;
