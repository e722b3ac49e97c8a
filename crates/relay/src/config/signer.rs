//! What signs for the relayer's account.

use super::{ConfigError, Environment, SecretSource};
use keyway::keys::{
    EncryptedFileKeys, EnvironmentKey, FileKeys, KeyFile, KeyService, KeychainKeys, MemoryKeys,
    Passphrase, SecretStore,
};
use keyway::rotation::RotationSecrets;
use keyway::{AccountId, RemoteKeys};
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
    /// A signing service, which keeps the keys on another machine.
    Http(SigningServiceConfig),
    /// The program that embeds the relayer gives its own key service to
    /// [`Relay::start_with`](crate::Relay::start_with).
    Program,
}

/// A signing service; docs/remote-signer.md specifies how it is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningServiceConfig {
    /// Its address: `https`, or on this machine.
    pub url: String,
    /// The token by which it knows the relayer.
    pub token: SecretSource,
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
            SignerSource::KeyFiles(_)
            | SignerSource::Encrypted(_)
            | SignerSource::Keychain { .. } => self.secrets(environment)?.new,
            SignerSource::Http(SigningServiceConfig { url, token }) => {
                let token = token.read("account.signer.http.token", environment)?.into_text();
                let keys = RemoteKeys::new(url, token);
                Arc::new(keys.map_err(|error| unusable(error.to_string()))?)
            }
            SignerSource::Program => {
                let why = "it is \"program\", so the program that starts the relayer must give a key service; name a place of keys instead";
                return Err(unusable(why.to_owned()));
            }
        })
    }

    /// The place of the keys, to write a new one there.
    ///
    /// # Errors
    /// If the place cannot be used, or takes no keys.
    pub(crate) fn secrets(
        &self,
        environment: Environment<'_>,
    ) -> Result<RotationSecrets, ConfigError> {
        let unusable = |why: String| ConfigError::Signer { why };
        let (new, main_file): (Arc<dyn SecretStore>, _) = match self {
            SignerSource::KeyFiles(KeyDirectory { directory, network }) => {
                let keys = FileKeys::new(directory, network);
                let keys = keys.map_err(|error| unusable(error.to_string()))?;
                (Arc::new(keys.clone()), Some(keys))
            }
            SignerSource::Encrypted(EncryptedKeys { directory, network, passphrase }) => {
                let text = passphrase.read("account.signer.encrypted.passphrase", environment)?;
                let passphrase = Passphrase::new(text.into_text());
                let passphrase = passphrase.map_err(|error| unusable(error.to_string()))?;
                let keys = EncryptedFileKeys::new(directory, network, passphrase);
                (Arc::new(keys.map_err(|error| unusable(error.to_string()))?), None)
            }
            SignerSource::Keychain { network } => {
                let keys = KeychainKeys::new(network);
                (Arc::new(keys.map_err(|error| unusable(error.to_string()))?), None)
            }
            SignerSource::Env(_)
            | SignerSource::KeyFile(_)
            | SignerSource::Http(_)
            | SignerSource::Program => {
                let why = "it takes no new key while the relayer runs; use key_files, encrypted or keychain, or see docs/relayer.md for signing services";
                return Err(unusable(why.to_owned()));
            }
        };
        Ok(RotationSecrets { old: vec![new.clone()], new, main_file })
    }

    pub(crate) fn below(&mut self, directory: &Path) {
        match self {
            SignerSource::Env(_) | SignerSource::Keychain { .. } | SignerSource::Program => {}
            SignerSource::Http(service) => service.token.below(directory),
            SignerSource::KeyFile(path) => *path = directory.join(&*path),
            SignerSource::KeyFiles(keys) => keys.directory = directory.join(&keys.directory),
            SignerSource::Encrypted(keys) => {
                keys.directory = directory.join(&keys.directory);
                keys.passphrase.below(directory);
            }
        }
    }
}
