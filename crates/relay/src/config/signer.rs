//! What signs for the relayer's account.

use super::{ConfigError, Environment, SecretSource};
use keyway::AccountId;
use keyway::keys::{
    EncryptedFileKeys, EnvironmentKey, FileKeys, KeyFile, KeyService, KeychainKeys, MemoryKeys,
    Passphrase,
};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Where the relayer's secret keys are. They are never in the configuration or in the store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignerSource {
    /// One key, in an environment variable.
    Env(String),
    /// One key, in a key file of any of NEAR's tools.
    KeyFile(PathBuf),
    /// Key files, in the layout of NEAR's tools.
    KeyFiles(KeyDirectory),
    /// Encrypted key files.
    Encrypted(EncryptedKeys),
    /// The system's keychain.
    Keychain {
        /// The network's name there.
        network: String,
    },
}

/// A directory of key files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyDirectory {
    /// The directory; usually `~/.near-credentials`.
    pub directory: PathBuf,
    /// The network's name in it.
    pub network: String,
}

/// A directory of encrypted key files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptedKeys {
    /// The directory; usually `~/.near-credentials`.
    pub directory: PathBuf,
    /// The network's name in it.
    pub network: String,
    /// The passphrase.
    pub passphrase: SecretSource,
}

impl SignerSource {
    /// The keys of `account_id` that are there.
    ///
    /// # Errors
    /// If the place cannot be used.
    pub fn open(
        &self,
        account_id: &AccountId,
        environment: Environment<'_>,
    ) -> Result<Arc<dyn KeyService>, ConfigError> {
        let unusable = |why: String| ConfigError::Signer { why };
        Ok(match self {
            SignerSource::Env(name) => {
                let value: Zeroizing<String> = environment(name).ok_or_else(|| {
                    unusable(format!("the environment variable {name} is not set"))
                })?;
                let key = EnvironmentKey::from_value(account_id.clone(), name, &value);
                Arc::new(key.map_err(|error| unusable(error.to_string()))?)
            }
            SignerSource::KeyFile(path) => {
                let file = KeyFile::read(path).map_err(|error| unusable(error.to_string()))?;
                Arc::new(MemoryKeys::new().with(account_id.clone(), file.key_pair))
            }
            SignerSource::KeyFiles(KeyDirectory { directory, network }) => {
                let keys = FileKeys::new(directory, network);
                Arc::new(keys.map_err(|error| unusable(error.to_string()))?)
            }
            SignerSource::Encrypted(EncryptedKeys { directory, network, passphrase }) => {
                let text = passphrase.read("account.signer.encrypted.passphrase", environment)?;
                let text = Zeroizing::new(text.expose_secret().to_owned());
                let passphrase =
                    Passphrase::new(text).map_err(|error| unusable(error.to_string()))?;
                let keys = EncryptedFileKeys::new(directory, network, passphrase);
                Arc::new(keys.map_err(|error| unusable(error.to_string()))?)
            }
            SignerSource::Keychain { network } => {
                let keys = KeychainKeys::new(network);
                Arc::new(keys.map_err(|error| unusable(error.to_string()))?)
            }
        })
    }

    pub(super) fn below(&mut self, directory: &Path) {
        match self {
            SignerSource::Env(_) | SignerSource::Keychain { .. } => {}
            SignerSource::KeyFile(path) => *path = directory.join(&*path),
            SignerSource::KeyFiles(keys) => keys.directory = directory.join(&keys.directory),
            SignerSource::Encrypted(keys) => {
                keys.directory = directory.join(&keys.directory);
                keys.passphrase.below(directory);
            }
        }
    }
}
