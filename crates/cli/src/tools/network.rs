//! Which chain a command is about.

use keyway::Client;
use keyway::transport::Endpoint;
use std::str::FromStr;

/// A chain, as `--network` names it.
#[derive(Clone, Debug)]
pub(crate) enum Network {
    /// A node on this machine, on the usual port.
    Local,
    /// NEAR's test network.
    Testnet,
    /// NEAR itself.
    Mainnet,
    /// The node at this address.
    Url(Box<Endpoint>, String),
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            // The words that NEAR's tools take for it.
            "local" | "localnet" | "sandbox" => Ok(Self::Local),
            "testnet" => Ok(Self::Testnet),
            "mainnet" => Ok(Self::Mainnet),
            url if url.starts_with("http://") || url.starts_with("https://") => {
                let endpoint = Endpoint::new(url).map_err(|error| error.to_string())?;
                Ok(Self::Url(Box::new(endpoint), url.to_owned()))
            }
            _ => {
                Err("it is none of local, testnet and mainnet, and no http:// or https:// address"
                    .to_owned())
            }
        }
    }
}

impl Network {
    /// A client of this chain. Nothing is asked yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub(crate) fn client(&self) -> Result<Client, keyway::Error> {
        let url = match self {
            Self::Local => return Ok(Client::local()),
            Self::Url(endpoint, _) => Endpoint::clone(endpoint),
            Self::Testnet => match endpoint_of("NEAR_TESTNET_RPC")? {
                Some(endpoint) => endpoint,
                None => return Ok(Client::testnet()),
            },
            Self::Mainnet => match endpoint_of("NEAR_MAINNET_RPC")? {
                Some(endpoint) => endpoint,
                None => return Ok(Client::mainnet()),
            },
        };
        Ok(Client::builder().endpoint(url).build()?)
    }

    /// The address of a node that is not everybody's; none for the public networks.
    pub(crate) fn own_url(&self) -> Option<&str> {
        match self {
            Self::Local => Some(LOCAL),
            Self::Url(_, url) => Some(url),
            Self::Testnet | Self::Mainnet => None,
        }
    }

    /// The chain's name where it is known without asking: that of the directory of its key files.
    pub(crate) fn known_name(&self) -> Option<&'static str> {
        match self {
            Self::Local => Some("localnet"),
            Self::Testnet => Some("testnet"),
            Self::Mainnet => Some("mainnet"),
            Self::Url(..) => None,
        }
    }

    /// Whether the chain is one for development on this machine, where keys that everybody knows
    /// may sign.
    pub(crate) fn is_for_development(&self, name: &str) -> bool {
        let here = match self {
            Self::Local => true,
            Self::Url(_, url) => is_loopback(url),
            Self::Testnet | Self::Mainnet => false,
        };
        here && name == "localnet"
    }
}

/// An endpoint that the environment names instead of the public ones.
#[expect(clippy::disallowed_methods, reason = "the command line is the reader of the environment")]
fn endpoint_of(variable: &str) -> Result<Option<Endpoint>, keyway::Error> {
    match std::env::var(variable) {
        Ok(url) if !url.is_empty() => Ok(Some(Endpoint::new(&url)?)),
        _ => Ok(None),
    }
}

/// Where a node on this machine usually is.
const LOCAL: &str = "http://127.0.0.1:3030";

fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Whatever stands before an @ is no host.
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
