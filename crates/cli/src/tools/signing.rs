//! The key that signs.

use super::context::Context;
use super::key_name::KeyName;
use super::vault::{VaultName, encrypted};
use crate::error::CliError;
use clap::Args;
use keyway::keys::{
    AllowedKeys, EnvironmentKey, KeyFile, KeychainKeys, MoreKeys, Passphrase, RestrictedKeys,
};
use keyway::{AccountId, KeyPair, KeyService, MemoryKeys, Signer};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the signing key comes from. Without any of these flags, the least powerful key in the key
/// files that can sign.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SigningArgs {
    /// Sign with this key of the account; a long key can be named by its hash
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
    /// Sign with a key in an encrypted file; the passphrase is asked for, or read from
    /// KEYWAY_PASSPHRASE
    #[arg(long, group = "from", help_heading = "Signing")]
    pub(crate) encrypted: bool,
}

impl SigningArgs {
    /// A signer for `account_id`.
    ///
    /// # Errors
    /// If the place for keys cannot be used.
    pub(crate) async fn signer(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Signer, CliError> {
        let keys = self.keys(context, account_id).await?;
        self.see_a_key(context, account_id, &*keys).await?;
        Ok(Signer::new(context.client.clone(), account_id, keys)?)
    }

    /// The keys that can sign for `account_id`.
    ///
    /// # Errors
    /// As [`SigningArgs::signer`].
    pub(crate) async fn keys(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Arc<dyn KeyService>, CliError> {
        self.keys_and(context, account_id, &[]).await
    }

    /// The same, with `more` key pairs that were found elsewhere.
    ///
    /// # Errors
    /// As [`SigningArgs::signer`].
    pub(crate) async fn keys_and(
        &self,
        context: &Context,
        account_id: &AccountId,
        more: &[KeyPair],
    ) -> Result<Arc<dyn KeyService>, CliError> {
        let mut keys = self.all_keys(context, account_id).await?;
        if !more.is_empty() {
            keys = Arc::new(MoreKeys::new(keys, more.iter().cloned()));
        }
        Ok(match &self.sign_with {
            Some(key) => {
                let allowed = AllowedKeys::Only(key.whole(&*keys, account_id).await?);
                Arc::new(RestrictedKeys::new(keys, allowed))
            }
            None => keys,
        })
    }

    /// Whether the place of the key depends on the network's name.
    pub(crate) fn needs_network_name(&self) -> bool {
        self.key_file.is_none() && self.key_env.is_none()
    }

    /// Where signing keys are looked for.
    pub(crate) fn place(&self) -> SigningPlace {
        match (&self.key_file, &self.key_env) {
            (Some(path), _) => SigningPlace::File(path.clone()),
            (None, Some(variable)) => SigningPlace::Variable(variable.clone()),
            _ if self.keychain => SigningPlace::Vault(VaultName::Keychain),
            _ if self.encrypted => SigningPlace::Vault(VaultName::Encrypted),
            _ => SigningPlace::Vault(VaultName::Files),
        }
    }

    async fn all_keys(
        &self,
        context: &Context,
        account_id: &AccountId,
    ) -> Result<Arc<dyn KeyService>, CliError> {
        Ok(match self.place() {
            SigningPlace::File(path) => {
                let file = KeyFile::read(&path)?;
                Arc::new(MemoryKeys::new().with(account_id.clone(), file.key_pair))
            }
            SigningPlace::Variable(variable) => {
                Arc::new(EnvironmentKey::from_env(account_id.clone(), &variable)?)
            }
            SigningPlace::Vault(VaultName::Keychain) => {
                Arc::new(KeychainKeys::new(context.network_name().await?)?)
            }
            SigningPlace::Vault(VaultName::Encrypted) => {
                let ask = || Passphrase::prompt("Passphrase of the key files: ");
                let files = encrypted(context, ask).await?;
                context.warn_of(&files.find(account_id).1);
                Arc::new(files)
            }
            SigningPlace::Vault(VaultName::Files) => Arc::new(context.keyring().await?),
        })
    }
}

/// Where signing keys are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SigningPlace {
    /// In a place for keys.
    Vault(VaultName),
    /// In this file only.
    File(PathBuf),
    /// In this environment variable.
    Variable(String),
}
