//! The networks of near-cli-rs: the connections in its config.toml.
//!
//! near-cli-rs keeps keys in a directory named by the connection's `network_name`, so sharing its
//! networks means sharing its keys.

use keyway::transport::Endpoint;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The configuration of near-cli-rs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections {
    /// Its directory of key files.
    pub(crate) credentials_dir: Option<PathBuf>,
    connections: Vec<Connection>,
}

/// One network of near-cli-rs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The name for `--network`.
    pub(crate) name: String,
    /// near-cli-rs' name for the directory of key files.
    pub(crate) folder: String,
    url: String,
    api_key: Option<String>,
}

impl Connections {
    /// The configuration of this user; empty if near-cli-rs was never run.
    ///
    /// # Errors
    /// If the file cannot be read or has an unknown form.
    pub(crate) fn of_user() -> Result<Self, String> {
        match config_dir() {
            Some(dir) => Self::read(&dir.join("near-cli").join("config.toml")),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, String> {
        let failed = |why: String| format!("{} cannot be read: {why}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(failed),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        // The full message would quote lines of the file, which may contain an API key.
        let written: Written = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let connections = written.network_connection.into_iter();
        let connections = connections.map(|(name, network)| Connection {
            folder: network.network_name.unwrap_or_else(|| name.clone()),
            name,
            url: network.rpc_url,
            api_key: network.rpc_api_key,
        });
        Ok(Self {
            credentials_dir: written.credentials_home_dir,
            connections: connections.collect(),
        })
    }

    /// The connection with this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Connection> {
        let by_key = self.connections.iter().find(|connection| connection.name == name);
        by_key.or_else(|| self.connections.iter().find(|connection| connection.folder == name))
    }

    /// The key file directories of all connections to this address.
    pub(crate) fn folders_at<'a>(&'a self, url: &'a str) -> impl Iterator<Item = &'a str> {
        let here =
            self.connections.iter().filter(move |connection| same_address(&connection.url, url));
        here.flat_map(|connection| [connection.folder.as_str(), connection.name.as_str()])
    }

    /// Whether no other connection shares its directory of keys.
    pub(crate) fn has_folder_alone(&self, connection: &Connection) -> bool {
        let folder = &connection.folder;
        let shares = |other: &&Connection| {
            other.folder.eq_ignore_ascii_case(folder) || other.name.eq_ignore_ascii_case(folder)
        };
        self.connections.iter().filter(shares).all(|other| other == connection)
    }

    /// The names of all connections.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.connections.iter().map(|connection| connection.name.as_str())
    }
}

impl Connection {
    /// The endpoint of its node.
    ///
    /// # Errors
    /// If the address cannot be used, or an API key would be sent unencrypted over a network.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, String> {
        let endpoint = Endpoint::new(&self.url).and_then(|endpoint| match &self.api_key {
            Some(key) => endpoint.header("x-api-key", key),
            None => Ok(endpoint),
        });
        endpoint.map_err(|error| format!("the connection {} of near-cli-rs: {error}", self.name))
    }

    /// The address of its node, as written in the file.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Whether two addresses are the same apart from their spelling.
fn same_address(one: &str, other: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches('/').replace("//localhost", "//127.0.0.1");
    plain(one) == plain(other)
}

/// The relevant part of the file.
#[derive(Deserialize)]
struct Written {
    credentials_home_dir: Option<PathBuf>,
    #[serde(default, alias = "networks")]
    network_connection: BTreeMap<String, WrittenNetwork>,
}

#[derive(Deserialize)]
struct WrittenNetwork {
    network_name: Option<String>,
    rpc_url: String,
    rpc_api_key: Option<String>,
}

/// This user's directory for configuration.
fn config_dir() -> Option<PathBuf> {
    let home = std::env::home_dir;
    if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Application Support"))
    } else {
        variable("XDG_CONFIG_HOME").or_else(|| home().map(|home| home.join(".config")))
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
version = "4"
credentials_home_dir = "/home/me/.near-credentials"

[network_connection.testnet]
network_name = "testnet"
rpc_url = "https://archival-rpc.testnet.near.org/"
wallet_url = "https://testnet.mynearwallet.com/"
linkdrop_account_id = "testnet"

[network_connection.sandbox]
network_name = "my-sandbox"
rpc_url = "http://localhost:4350/"
rpc_api_key = "secret"
"#;

    #[test]
    fn connections_are_found_by_name_and_by_address() {
        let connections = Connections::parse(CONFIG).unwrap();
        let sandbox = connections.named("sandbox").unwrap();
        assert_eq!(
            (sandbox.folder.as_str(), sandbox.url()),
            ("my-sandbox", "http://localhost:4350/")
        );
        assert_eq!(connections.named("my-sandbox"), Some(sandbox));
        assert!(connections.has_folder_alone(sandbox));
        assert!(connections.named("mainnet").is_none());
        let folders: Vec<_> = connections.folders_at("http://127.0.0.1:4350").collect();
        assert_eq!(folders, ["my-sandbox", "sandbox"]);
        assert_eq!(
            connections.credentials_dir.as_deref(),
            Some(Path::new("/home/me/.near-credentials"))
        );
        assert_eq!(connections.names().count(), 2);
        assert!(sandbox.endpoint().is_ok());
    }

    #[test]
    fn a_file_that_is_not_understood_is_told_without_its_lines() {
        let broken = CONFIG.replace("\"secret\"", "\"secret");
        let error = Connections::parse(&broken).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        let empty = Connections::parse("").unwrap();
        assert!(empty.names().next().is_none() && empty.credentials_dir.is_none());
        let missing = Connections::read(Path::new("/nowhere/config.toml")).unwrap();
        assert!(missing.names().next().is_none());
    }

    #[test]
    fn an_api_key_does_not_cross_a_network_unencrypted() {
        let elsewhere = CONFIG.replace("localhost:4350", "example.org");
        let connections = Connections::parse(&elsewhere).unwrap();
        let error = connections.named("sandbox").unwrap().endpoint().unwrap_err();
        assert!(!error.contains("secret\"") && error.contains("sandbox"), "{error}");
    }
}
