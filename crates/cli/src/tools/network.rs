//! The chain that a command works with.

use super::connections::{Connection, Connections};
use keyway::Client;
use keyway::client::TimeLimit;
use keyway::transport::Endpoint;
use std::str::FromStr;

/// A chain, as named by `--network`.
#[derive(Clone, Debug)]
pub(crate) enum Network {
    /// A node on this machine, on the default port.
    Local,
    /// NEAR's test network.
    Testnet,
    /// NEAR's main network.
    Mainnet,
    /// The node at this address.
    Url(Box<Endpoint>, String),
    /// A network in the configuration of near-cli-rs.
    Connection(Box<Endpoint>, Box<Connection>),
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "testnet" => Ok(Self::Testnet),
            "mainnet" => Ok(Self::Mainnet),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                let endpoint = Endpoint::new(url).map_err(|error| error.to_string())?;
                Ok(Self::Url(Box::new(endpoint), url.to_owned()))
            }
            // A port on this machine without a scheme is an http address.
            address if address.contains(':') && is_loopback(address) => {
                format!("http://{address}").parse()
            }
            name => Self::named(name, Connections::of_user()),
        }
    }
}

impl Network {
    /// A connection of near-cli-rs, or one of our own names for a node on this machine.
    fn named(name: &str, connections: Result<Connections, String>) -> Result<Self, String> {
        let is_local = LOCAL_NAMES.contains(&name);
        let connections = match connections {
            // A broken file of another program must not stop this one.
            Err(_) if is_local => Connections::default(),
            connections => connections?,
        };
        if let Some(connection) = connections.named(name) {
            let endpoint = connection.endpoint()?;
            return Ok(Self::Connection(Box::new(endpoint), Box::new(connection.clone())));
        }
        if is_local {
            return Ok(Self::Local);
        }
        let mut known = vec!["local", "testnet", "mainnet"];
        known.extend(connections.names().filter(|name| !["testnet", "mainnet"].contains(name)));
        Err(format!(
            "it is neither a network ({}) nor an address such as http://localhost:3030",
            known.join(", ")
        ))
    }

    /// The directory names that NEAR's tools may use for keys of this chain, besides its own
    /// directory `name`.
    pub(crate) fn other_folders(&self, name: &str) -> Vec<String> {
        let connections = Connections::of_user().unwrap_or_default();
        let mut folders: Vec<String> = match self {
            Self::Connection(_, connection) => vec![connection.name.clone()],
            Self::Testnet | Self::Mainnet => connections
                .named(name)
                .map(|connection| connection.folder.clone())
                .into_iter()
                .collect(),
            Self::Local | Self::Url(..) => Vec::new(),
        };
        if name == LOCAL_CHAIN {
            folders.extend(LOCAL_NAMES.map(str::to_owned));
        }
        if let Some(url) = self.own_url() {
            folders.extend(connections.folders_at(url).map(str::to_owned));
        }
        folders.retain(|folder| folder != name);
        folders
    }

    /// The chain in words, with the address of its node, without possible secrets in the address.
    pub(crate) fn words(&self, name: &str) -> String {
        match self {
            Self::Local => format!("{name} at {LOCAL}"),
            Self::Url(endpoint, _) => format!("{name} at {endpoint}"),
            Self::Connection(endpoint, connection) => {
                format!("{} (a connection of near-cli-rs) at {endpoint}", connection.name)
            }
            Self::Testnet | Self::Mainnet => name.to_owned(),
        }
    }

    /// A client of this chain with a time limit for waiting. Queries nothing yet.
    ///
    /// # Errors
    /// If the address cannot be used.
    pub(crate) fn client(&self, limit: TimeLimit) -> Result<Client, keyway::Error> {
        let builder = Client::builder().time_limit(limit);
        let builder = match (self, self.own_endpoint()?) {
            // Another chain must not be taken for NEAR's testnet.
            (Self::Testnet | Self::Mainnet, Some(own)) => {
                builder.endpoint(own).chain_id(self.known_name().unwrap_or_default())
            }
            // Keys of the public chains sign for no other chain, whatever a configuration says.
            (Self::Connection(_, connection), Some(own)) if is_public(&connection.folder) => {
                builder.endpoint(own).chain_id(&connection.folder)
            }
            (_, Some(own)) => builder.endpoint(own),
            (Self::Testnet, None) => builder.testnet(),
            (Self::Mainnet, None) => builder.mainnet(),
            (Self::Local | Self::Url(..) | Self::Connection(..), None) => builder.local(),
        };
        Ok(builder.build()?)
    }

    /// The source of an unusable address, if it is not an argument.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::Testnet => Some("the variable NEAR_TESTNET_RPC"),
            Self::Mainnet => Some("the variable NEAR_MAINNET_RPC"),
            Self::Local | Self::Url(..) | Self::Connection(..) => None,
        }
    }

    /// The endpoint given in the arguments or in the environment.
    ///
    /// # Errors
    /// If the address cannot be used.
    pub(crate) fn own_endpoint(&self) -> Result<Option<Endpoint>, keyway::Error> {
        match self {
            Self::Local => Ok(None),
            Self::Url(endpoint, _) | Self::Connection(endpoint, _) => {
                Ok(Some(Endpoint::clone(endpoint)))
            }
            Self::Testnet => endpoint_of("NEAR_TESTNET_RPC"),
            Self::Mainnet => endpoint_of("NEAR_MAINNET_RPC"),
        }
    }

    /// The address, without possible secrets in it.
    pub(crate) fn place(&self) -> String {
        match (self, self.own_endpoint()) {
            (_, Ok(Some(endpoint))) => endpoint.to_string(),
            (Self::Local | Self::Url(..) | Self::Connection(..), _) => LOCAL.to_owned(),
            (Self::Testnet, _) => "testnet".to_owned(),
            (Self::Mainnet, _) => "mainnet".to_owned(),
        }
    }

    /// The value for `--network` that selects it again.
    pub(crate) fn flag_value(&self) -> &str {
        match self {
            Self::Local => LOCAL_NAMES[0],
            Self::Testnet => "testnet",
            Self::Mainnet => "mainnet",
            Self::Url(_, url) => url,
            Self::Connection(_, connection) => &connection.name,
        }
    }

    /// The address of a private node; `None` for the public networks.
    pub(crate) fn own_url(&self) -> Option<&str> {
        match self {
            Self::Local => Some(LOCAL),
            Self::Url(_, url) => Some(url),
            Self::Connection(_, connection) => Some(connection.url()),
            Self::Testnet | Self::Mainnet => None,
        }
    }

    /// The chain's name if it is known without asking: that of its key file directory.
    pub(crate) fn known_name(&self) -> Option<&str> {
        match self {
            Self::Local => Some(LOCAL_CHAIN),
            Self::Testnet => Some("testnet"),
            Self::Mainnet => Some("mainnet"),
            Self::Connection(_, connection) => Some(&connection.folder),
            Self::Url(..) => None,
        }
    }

    /// Whether the chain named `chain_id` is a development chain on this machine, where well-known
    /// keys may sign.
    pub(crate) fn is_for_development(&self, chain_id: &str) -> bool {
        self.is_here() && chain_id == LOCAL_CHAIN
    }

    /// Whether no other network keeps keys in the directory of this one, which is a connection of
    /// near-cli-rs: then the chain's name may differ from the directory's.
    pub(crate) fn has_own_folder(&self) -> bool {
        let Self::Connection(_, connection) = self else { return false };
        let folder = connection.folder.as_str();
        let local = LOCAL_NAMES.iter().any(|name| folder.eq_ignore_ascii_case(name));
        let shared = ["default", "implicit"].contains(&folder);
        let others = Connections::of_user();
        !is_public(folder)
            && !local
            && !shared
            && others.is_ok_and(|all| all.has_folder_alone(connection))
    }

    /// Whether the node is on this machine.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Url(_, url) => is_loopback(url),
            Self::Connection(_, connection) => is_loopback(connection.url()),
            Self::Testnet | Self::Mainnet => false,
        }
    }
}

/// An endpoint in the environment that replaces the public one.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
fn endpoint_of(variable: &str) -> Result<Option<Endpoint>, keyway::Error> {
    match std::env::var(variable) {
        Ok(url) if !url.is_empty() => Ok(Some(Endpoint::new(&url)?)),
        _ => Ok(None),
    }
}

/// Whether a directory of this name contains keys of one of NEAR's public chains.
fn is_public(folder: &str) -> bool {
    ["mainnet", "testnet"].iter().any(|name| folder.eq_ignore_ascii_case(name))
}

/// The name of development chains.
const LOCAL_CHAIN: &str = "localnet";

/// The names that NEAR's tools use for it.
const LOCAL_NAMES: [&str; 3] = ["local", "localnet", "sandbox"];

/// The default address of a node on this machine.
const LOCAL: &str = "http://127.0.0.1:3030";

fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Everything before an @ is not the host.
    let host = authority.rsplit('@').next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host == *name || host.strip_prefix(name).is_some_and(|p| p.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_go_by_the_words_of_nears_tools() {
        for (text, name) in [
            ("local", "localnet"),
            ("sandbox", "localnet"),
            ("testnet", "testnet"),
            ("mainnet", "mainnet"),
        ] {
            assert_eq!(text.parse::<Network>().unwrap().known_name(), Some(name));
        }
        assert!("http://127.0.0.1:3030".parse::<Network>().unwrap().known_name().is_none());
        for address in ["localhost:4400", "127.0.0.1:3030", "[::1]:3030", "localhost:4400/rpc"] {
            let network = address.parse::<Network>().unwrap();
            assert_eq!(network.own_url(), Some(format!("http://{address}").as_str()));
        }
        for wrong in ["example.org:3030", "localhost.example.org:1", "", "localhost:x", "://"] {
            let error = wrong.parse::<Network>().unwrap_err();
            assert!(error.contains("http://localhost:3030") || wrong == "localhost:x", "{error}");
        }
        assert!("testnet.".parse::<Network>().unwrap_err().contains("mainnet"));
    }

    #[test]
    fn known_keys_are_for_chains_on_this_machine_alone() {
        let url = |text: &str| text.parse::<Network>().unwrap();
        assert!(url("http://127.0.0.1:3030").is_for_development("localnet"));
        assert!(url("http://localhost/").is_for_development("localnet"));
        assert!(url("http://[::1]:1").is_for_development("localnet"));
        assert!(!url("http://127.0.0.1.example.org").is_for_development("localnet"));
        assert!(!url("http://localhost@example.org").is_for_development("localnet"));
        assert!(!url("http://127.0.0.1:3030").is_for_development("mainnet"));
        assert!(!Network::Mainnet.is_for_development("localnet"));
    }
}
