//! The relayer's configuration, relay.toml.
//!
//! Unknown fields are errors, and so are empty lists. Secrets are never written into the file: it says where they are.

mod amounts;
mod chain;
mod error;
mod limits;
mod secret;
mod signer;
mod top_up;

pub use chain::{ChainConfig, EndpointSource, KeyedEndpoint, UrlSource};
pub use error::ConfigError;
pub use limits::Limits;
pub use secret::{Environment, Secret, SecretSource};
pub use signer::{EncryptedKeys, KeyDirectory, SignerSource, SigningServiceConfig};
pub use top_up::TopUpConfig;

use crate::AppName;
use amounts::Millis;
use keyway::AccountId;
use keyway::protocol::PublicKey;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration of a relayer.
///
/// ```
/// use keyway_relay::config::Config;
///
/// let config = Config::read(
///     r#"
///     listen = "127.0.0.1:7070"
///     store = "relay.redb"
///     policy = "policy.toml"
///
///     [chain]
///     endpoints = ["http://127.0.0.1:3030"]
///
///     [account]
///     id = "relay.near"
///     signer = { env = "RELAY_KEY" }
///
///     [apps.chess]
///     key_hashes = ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
///     "#,
/// )?;
/// assert_eq!(config.account.lanes, 64);
/// assert!(Config::read("listen = 1").is_err());
/// # Ok::<(), keyway_relay::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The address of the HTTP API. TLS is a proxy's work.
    pub listen: SocketAddr,
    /// Where the store is.
    pub store: StoreSource,
    /// The file of the policy.
    pub policy: PathBuf,
    /// The chain.
    pub chain: ChainConfig,
    /// The account that signs and pays.
    pub account: AccountConfig,
    /// Where gas keys are topped up from.
    pub top_up: Option<TopUpConfig>,
    /// The apps that may ask.
    pub apps: BTreeMap<AppName, AppConfig>,
    /// Limits.
    #[serde(default)]
    pub limits: Limits,
    /// Checks before a request is accepted.
    #[serde(default)]
    pub checks: Checks,
}

/// Where the store is: a file (`"relay.redb"`), or a database (`"postgres://…"`, or a secret that holds such an address).
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum StoreSource {
    /// A path, or the address of a database without a password.
    Plain(String),
    /// The address of a database, with a password.
    Secret(SecretSource),
}

/// The account that signs and pays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountConfig {
    /// The account.
    pub id: AccountId,
    /// What signs for it.
    pub signer: SignerSource,
    /// Its keys that may be used; without it, all that the signer has.
    pub keys: Option<Vec<PublicKey>>,
    /// The most lanes that one instance leases.
    #[serde(default = "lanes")]
    pub lanes: usize,
    /// How long a lease lasts without being renewed, milliseconds. A dead instance's lanes are idle for so long.
    #[serde(default = "lease_ms")]
    lease_ms: Millis,
}

impl AccountConfig {
    /// How long a lease lasts without being renewed.
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.lease_ms.duration()
    }
}

/// An app that may ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AppConfig {
    /// `sha256:` and the hexadecimal hash of each API key, as `keyway relay key new` prints it.
    pub key_hashes: Vec<KeyHash>,
    /// The most requests a second, on average; twice as many may come at once.
    #[serde(default = "requests_per_second")]
    pub requests_per_second: u32,
    /// Where the ends of its requests are posted to.
    pub webhook: Option<WebhookConfig>,
}

/// Where the ends of requests are posted to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The address; `http` or `https`.
    pub url: String,
    /// The secret that signs each body.
    pub secret: SecretSource,
}

/// The hash of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        use sha2::Digest;
        KeyHash(sha2::Sha256::digest(key.as_bytes()).into())
    }
}

impl std::fmt::Display for KeyHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TryFrom<String> for KeyHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let needed = "a key hash is `sha256:` and 64 hexadecimal digits; `keyway relay key new APP` prints one";
        let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii());
        let hex = hex.ok_or(needed)?;
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            let pair = hex.get(at..at + 2).filter(|pair| !pair.starts_with('+')).ok_or(needed)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| needed)?;
        }
        Ok(KeyHash(bytes))
    }
}

/// Checks before a request is accepted, besides the sender's key and the relayer's balance, which are always checked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Checks {
    /// Refuse what is certain to fail: a missing receiver, a contract without code, a key that exists already. It takes two
    /// or three more queries for each request.
    pub outlook: bool,
    /// Run the actions first where the node can, and refuse those that fail. Only keyway's nodes can.
    pub simulate: bool,
}

impl Default for Checks {
    /// The outlook, and no simulation.
    fn default() -> Self {
        Checks { outlook: true, simulate: false }
    }
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// If it is not TOML, has an unknown field, lacks one, or a value is not valid.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::not_read(&error))?;
        config.check()?;
        Ok(config)
    }

    /// Reads a file. Relative paths in it are relative to its directory.
    ///
    /// # Errors
    /// As [`Config::read`], and if the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::File { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let mut config = Self::read(&text).map_err(|source| ConfigError::In {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let directory = path.parent().unwrap_or(Path::new(""));
        config.policy = directory.join(&config.policy);
        if let StoreSource::Plain(place) = &mut config.store
            && !is_database(place)
        {
            *place = directory.join(&*place).to_string_lossy().into_owned();
        }
        config.chain.below(directory);
        config.account.signer.below(directory);
        config.top_up.iter_mut().for_each(|it| it.signer.below(directory));
        for app in config.apps.values_mut() {
            if let Some(webhook) = &mut app.webhook {
                webhook.secret.below(directory);
            }
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let empty = |field: &str| ConfigError::Empty { field: field.to_owned() };
        if self.chain.endpoints.is_empty() {
            return Err(empty("chain.endpoints"));
        }
        if self.account.keys.as_ref().is_some_and(Vec::is_empty) {
            return Err(empty("account.keys"));
        }
        if self.apps.is_empty() {
            return Err(empty("apps"));
        }
        for (name, app) in &self.apps {
            if app.key_hashes.is_empty() {
                return Err(empty(&format!("apps.{name}.key_hashes")));
            }
            within(
                &format!("apps.{name}.requests_per_second"),
                app.requests_per_second,
                1,
                100_000,
            )?;
            if let Some(webhook) = &app.webhook {
                check_url(&format!("apps.{name}.webhook.url"), &webhook.url)?;
            }
        }
        within("account.lanes", self.account.lanes, 1, 1_024)?;
        within("account.lease_ms", self.account.lease_ms.get(), 1_000, 600_000)?;
        within("chain.gas_price_margin", self.chain.gas_price_margin, 1, 1_000)?;
        self.limits.check()
    }
}

impl StoreSource {
    /// Whether it is the address of a database.
    #[must_use]
    pub fn is_database(&self) -> bool {
        match self {
            StoreSource::Plain(place) => is_database(place),
            StoreSource::Secret(_) => true,
        }
    }
}

fn is_database(place: &str) -> bool {
    place.starts_with("postgres://") || place.starts_with("postgresql://")
}

fn within<T: PartialOrd + ToString>(
    field: &str,
    got: T,
    least: T,
    most: T,
) -> Result<(), ConfigError> {
    if least <= got && got <= most {
        return Ok(());
    }
    let (field, got) = (field.to_owned(), got.to_string());
    Err(ConfigError::OutOfRange { field, got, least: least.to_string(), most: most.to_string() })
}

fn check_url(field: &str, text: &str) -> Result<(), ConfigError> {
    let url = reqwest::Url::parse(text).ok();
    let sound = url.is_some_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if sound { Ok(()) } else { Err(ConfigError::Url { field: field.to_owned() }) }
}

fn lanes() -> usize {
    64
}

fn lease_ms() -> Millis {
    Millis::new(15_000)
}

fn requests_per_second() -> u32 {
    100
}

#[cfg(test)]
mod tests;
