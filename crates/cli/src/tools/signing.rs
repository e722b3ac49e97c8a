//! Which key signs.

use super::context::Context;
use super::key_name::KeyName;
use crate::error::CliError;
use clap::Args;
use keyway::keys::{
    EncryptedFileKeys, EnvironmentKey, KeyFile, KeychainKeys, Passphrase, PassphraseError,
};
use keyway::{AccountId, KeyService, KeyServiceError, MemoryKeys, PublicKey, Signature, Signer};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the signing key comes from. Without any of these: the key files, and of an account's keys
/// the least powerful one that may do what is asked.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SigningArgs {
    /// Sign with this one of the account's keys; long ones also by their hash, as `key list` has it
    #[arg(long, value_name = "PUBLIC_KEY", help_heading = "Signing")]
    pub(crate) sign_with: Option<KeyName>,
    /// Sign with the key in this file
    #[arg(long, value_name = "FILE", group = "from", help_heading = "Signing")]
    pub(crate) key_file: Option<PathBuf>,
    /// Sign with the secret key in this environment variable
    #[arg(long, value_name = "VARIABLE", group = "from", help_heading = "Signing")]
    pub(crate) key_env: Option<String>,
    /// Sign with a key in the system's keychain
    #[arg(long, group = "from", help_heading = "Signing")]
    pub(crate) keychain: bool,
    /// Sign with a key in an encrypted file; its passphrase is asked for, or read from
    /// KEYWAY_PASSPHRASE
    #[arg(long, group = "from", help_heading = "Signing")]
    pub(crate) encrypted: bool,
}

impl SigningArgs {
    /// A signer for `account_id`.
    ///
    /// # Errors
    /// When the place where the key should be cannot be used.
    pub(crate) async fn signer(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Signer, CliError> {
        let keys = self.keys(context, account_id).await?;
        Ok(Signer::new(context.client.clone(), account_id, keys)?)
    }

    /// The keys that may sign for `account_id`.
    ///
    /// # Errors
    /// As [`SigningArgs::signer`].
    pub(crate) async fn keys(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Arc<dyn KeyService>, CliError> {
        let keys = self.place(context, account_id).await?;
        Ok(match &self.sign_with {
            Some(key) => {
                let public_key = key.whole(&*keys, account_id)?;
                Arc::new(Only { keys, public_key })
            }
            None => keys,
        })
    }

    /// Whether the key is in a place that goes by the network's name.
    pub(crate) fn needs_network_name(&self) -> bool {
        self.key_file.is_none() && self.key_env.is_none()
    }

    async fn place(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Arc<dyn KeyService>, CliError> {
        if let Some(path) = &self.key_file {
            let file = KeyFile::read(path)?;
            return Ok(Arc::new(MemoryKeys::new().with(account_id.clone(), file.key_pair)));
        }
        if let Some(variable) = &self.key_env {
            return Ok(Arc::new(EnvironmentKey::from_env(account_id.clone(), variable)?));
        }
        if self.keychain {
            return Ok(Arc::new(KeychainKeys::new(context.network_name().await?)?));
        }
        if self.encrypted {
            let ask = || Passphrase::prompt("Passphrase of the key files: ");
            return Ok(Arc::new(encrypted(context, ask).await?));
        }
        Ok(Arc::new(context.keyring().await?))
    }
}

/// This network's encrypted key files, with the passphrase in KEYWAY_PASSPHRASE or the one that is
/// asked for.
pub(super) async fn encrypted(
    context: &Context,
    ask: impl FnOnce() -> Result<Passphrase, PassphraseError>,
) -> Result<EncryptedFileKeys, CliError> {
    let name = context.network_name().await?;
    let passphrase = match Passphrase::from_env("KEYWAY_PASSPHRASE") {
        Ok(passphrase) => passphrase,
        Err(PassphraseError::NotSet { .. }) => ask()?,
        Err(unusable) => return Err(unusable.into()),
    };
    EncryptedFileKeys::new(context.credentials_dir()?, name, passphrase)
        .map_err(|_| CliError::NetworkName { name: name.to_owned() })
}

/// One key of several.
#[derive(Debug)]
struct Only {
    keys: Arc<dyn KeyService>,
    public_key: PublicKey,
}

impl KeyService for Only {
    fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let mut keys = self.keys.public_keys(account_id)?;
        keys.retain(|key| *key == self.public_key);
        Ok(keys)
    }

    fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        self.keys.sign(account_id, public_key, bytes)
    }
}
