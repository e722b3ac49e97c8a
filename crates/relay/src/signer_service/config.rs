//! The configuration of a signing service, signer.toml.

use crate::config::{ConfigError, KeyHash, SignerSource};
use keyway::AccountId;
use keyway::protocol::PublicKey;
use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration of a signing service.
///
/// ```
/// use keyway_relay::signer_service::ServiceConfig;
///
/// let config = ServiceConfig::read(
///     r#"
///     listen = "127.0.0.1:7071"
///     policy = "policy.toml"
///     key_hashes = ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
///
///     [account]
///     id = "relay.near"
///     signer = { key_files = { directory = "keys", network = "mainnet" } }
///     "#,
/// )?;
/// assert!(config.account.keys.is_none());
/// # Ok::<(), keyway_relay::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// The address. TLS is a proxy's work.
    pub listen: SocketAddr,
    /// The file of the policy: what is signed.
    pub policy: PathBuf,
    /// `sha256:` and the hexadecimal hash of each token of a relayer.
    pub key_hashes: Vec<KeyHash>,
    /// The account, and its keys.
    pub account: ServiceAccount,
}

/// The account that a service signs for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceAccount {
    /// The account.
    pub id: AccountId,
    /// Where its keys are.
    pub signer: SignerSource,
    /// Those that may be used; without it, all that are there.
    pub keys: Option<Vec<PublicKey>>,
}

impl ServiceConfig {
    /// Reads a configuration.
    ///
    /// # Errors
    /// If it is not TOML, has an unknown field, lacks one, or a list is empty.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::not_read(&error))?;
        let empty = |field: &str| Err(ConfigError::Empty { field: field.to_owned() });
        if config.key_hashes.is_empty() {
            return empty("key_hashes");
        }
        if config.account.keys.as_ref().is_some_and(Vec::is_empty) {
            return empty("account.keys");
        }
        Ok(config)
    }

    /// Reads a file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// As [`ServiceConfig::read`], and if the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::File { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let mut config = Self::read(&text).map_err(|source| ConfigError::In {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        config.policy = directory.join(&config.policy);
        config.account.signer.below(directory);
        Ok(config)
    }
}
