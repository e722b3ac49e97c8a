//! `key export`: copies a secret key to another place.

use super::standing::AtHand;
use crate::error::CliError;
use crate::tools::{Context, Kept, Vault, VaultName, read_handle};
use clap::Args;
use keyway::keys::KeyFile;
use keyway::protocol::PublicKey;
use keyway::{AccountId, KeyPair};
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Arguments of `key export`.
#[derive(Args, Debug)]
#[command(after_help = "\
The secret also stays where it is; `keyway key move` removes it there.

Examples:
  keyway key export alice.near ed25519:… --file alice-key.json
  keyway key export alice.near ed25519:… --to encrypted
  keyway key export alice.near ed25519:… --expose-secret \\
      | pass insert -e near/alice")]
pub(crate) struct ExportArgs {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The key; a long key can be named by its hash
    #[arg(value_name = "PUBLIC_KEY", value_parser = read_handle)]
    public_key: PublicKeyHandle,
    /// Where the secret is
    #[arg(long, value_enum, value_name = "PLACE", default_value_t)]
    from: VaultName,
    #[command(flatten)]
    way: Way,
}

/// Where to copy it.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Way {
    /// Write a new key file, readable by its owner only
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Save it in another place for keys
    #[arg(long, value_enum, value_name = "PLACE")]
    to: Option<VaultName>,
    /// Print the secret key
    #[arg(long)]
    expose_secret: bool,
}

impl ExportArgs {
    /// Copies the secret to the requested place.
    ///
    /// # Errors
    /// If the secret is not found or cannot be written.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let pair = self.find(context).await?;
        if self.way.expose_secret {
            return context.answer.give_secret(&Exposed::new(&self.account, &pair));
        }
        let kept = self.keep(context, &pair).await?;
        let mut copy = AtHand::of(context, &self.account, pair.public_key(), kept).await;
        copy.stays = self.stays(context, pair.public_key()).await?;
        context.answer.give(&copy)
    }

    /// The plain files in which the secret is still readable after it was copied to a safer place.
    async fn stays(&self, context: &Context, key: &PublicKey) -> Result<Vec<PathBuf>, CliError> {
        let sealed = matches!(self.way.to, Some(VaultName::Encrypted | VaultName::Keychain));
        if !sealed || self.from != VaultName::Files {
            return Ok(Vec::new());
        }
        Ok(context.key_files().await?.files_of(&self.account, key))
    }

    async fn find(&self, context: &Context) -> Result<KeyPair, CliError> {
        let missing = || CliError::NotAtHand {
            account: self.account.clone(),
            public_key: self.public_key.clone(),
        };
        let is_it = |key: &PublicKey| PublicKeyHandle::from(key) == self.public_key;
        if self.from == VaultName::Files {
            // Includes the well-known keys on a development chain.
            let pairs = context.keyring().await?.key_pairs(&self.account);
            return pairs.into_iter().find(|pair| is_it(pair.public_key())).ok_or_else(missing);
        }
        let vault = Vault::open(context, self.from).await?;
        let keys = vault.list(&self.account)?;
        let key = keys.into_iter().find(is_it).ok_or_else(missing)?;
        vault.read(&self.account, &key)?.ok_or_else(missing)
    }

    async fn keep(&self, context: &Context, pair: &KeyPair) -> Result<Kept, CliError> {
        if let Some(file) = &self.way.file {
            KeyFile::write(file, &self.account, pair)?;
            return Ok(Kept::elsewhere(file.clone()));
        }
        let vault = Vault::open_to_keep(context, self.way.to.unwrap_or_default()).await?;
        vault.keep_once(&self.account, pair)
    }
}

/// The secret itself.
#[derive(Serialize)]
struct Exposed<'a> {
    account: &'a AccountId,
    public_key: &'a PublicKey,
    #[serde(serialize_with = "plainly")]
    secret_key: Zeroizing<String>,
}

impl<'a> Exposed<'a> {
    fn new(account: &'a AccountId, pair: &'a KeyPair) -> Self {
        Self { account, public_key: pair.public_key(), secret_key: pair.expose_secret_text() }
    }
}

fn plainly<S: serde::Serializer>(text: &Zeroizing<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text)
}

impl fmt::Display for Exposed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", *self.secret_key)
    }
}
