//! `key generate`: saves a new key pair in a key file.

use crate::error::CliError;
use crate::tools::{Context, short};
use clap::{Args, ValueEnum};
use keyway::keys::Curve;
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Arguments of `key generate`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway key generate alice.near
  keyway key generate alice.near --curve ml-dsa-65
      a post-quantum key
  keyway key generate
      for an implicit account, named by its key")]
pub(crate) struct GenerateArgs {
    /// The account that the key is for [default: the key's implicit account]
    #[arg(value_name = "ACCOUNT")]
    account: Option<AccountId>,
    /// Type of the key
    #[arg(long, value_enum, default_value_t)]
    curve: CurveName,
}

/// A curve as written on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CurveName {
    /// The usual type
    #[default]
    Ed25519,
    /// As in Ethereum and Bitcoin
    Secp256k1,
    /// Post-quantum
    #[value(name = "ml-dsa-65")]
    MlDsa65,
}

impl CurveName {
    /// A new key pair of this type.
    pub(crate) fn random(self) -> KeyPair {
        KeyPair::random(self.into())
    }

    /// The given key, or a new one with its secret.
    pub(crate) fn unless_given(self, given: Option<&PublicKey>) -> (PublicKey, Option<KeyPair>) {
        match given {
            Some(public_key) => (public_key.clone(), None),
            None => {
                let new = self.random();
                (new.public_key().clone(), Some(new))
            }
        }
    }
}

impl From<CurveName> for Curve {
    fn from(name: CurveName) -> Self {
        match name {
            CurveName::Ed25519 => Self::Ed25519,
            CurveName::Secp256k1 => Self::Secp256k1,
            CurveName::MlDsa65 => Self::MlDsa65,
        }
    }
}

impl GenerateArgs {
    /// Writes the key file, then prints the public key.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let key_pair = self.curve.random();
        let public_key = key_pair.public_key().clone();
        let account = match &self.account {
            Some(account) => account.clone(),
            None => implicit(&public_key)?,
        };
        let file = context.key_files().await?.save(&account, &key_pair)?;
        context.answer.give(&Generated { account, public_key, file })
    }
}

/// The implicit account of a key.
///
/// # Errors
/// [`CliError::AccountNeeded`] for a type of key without implicit accounts.
pub(crate) fn implicit(public_key: &PublicKey) -> Result<AccountId, CliError> {
    match public_key {
        PublicKey::ED25519(key) => {
            let name: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
            Ok(name.parse().expect("the invariant that 64 hexadecimal digits are an account id"))
        }
        _ => Err(CliError::AccountNeeded),
    }
}

#[derive(Serialize)]
struct Generated {
    account: AccountId,
    public_key: PublicKey,
    file: PathBuf,
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", short(&self.public_key))?;
        writeln!(f, "for {}, saved in {}", self.account, self.file.display())
    }
}
