//! Endpoints: addresses of nodes that serve the network, and the names of well-known networks.

use crate::error::ForkError;
use reqwest::Url;
use std::fmt;

/// The address of a node's JSON-RPC service. Path and query can hold an API key, so they are never
/// printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// A network to fork: one or several endpoints that serve the same chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The endpoints, the preferred one first; at least one.
    pub(crate) endpoints: Vec<Endpoint>,
}

impl Network {
    /// Reads `mainnet`, `testnet`, `localnet`, or one or several URLs with commas between them.
    ///
    /// ```
    /// use keyway_fork::Network;
    ///
    /// let network = Network::parse("https://rpc.example.org/my-key,http://127.0.0.1:3030")?;
    /// assert_eq!(network.to_string(), "https://rpc.example.org, http://127.0.0.1:3030");
    /// # Ok::<(), keyway_fork::ForkError>(())
    /// ```
    ///
    /// # Errors
    /// [`ForkError::Address`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ForkError> {
        let urls: Vec<&str> = match text {
            "mainnet" => MAINNET.to_vec(),
            "testnet" => TESTNET.to_vec(),
            "localnet" => LOCAL.to_vec(),
            urls => urls.split(',').map(str::trim).collect(),
        };
        if urls.len() > MOST_ENDPOINTS {
            return Err(ForkError::TooManyEndpoints { given: urls.len(), most: MOST_ENDPOINTS });
        }
        let endpoints = urls.into_iter().map(Endpoint::parse).collect::<Result<_, _>>()?;
        Ok(Self { endpoints })
    }
}

impl Network {
    /// The text that [`Network::parse`] reads. It can hold API keys, so it is for files of the owner only.
    pub(crate) fn exposed(&self) -> String {
        let urls: Vec<&str> = self.endpoints.iter().map(|endpoint| endpoint.0.as_str()).collect();
        let named =
            [("mainnet", &MAINNET), ("testnet", &TESTNET)].into_iter().find(|(_, known)| {
                urls.iter().map(|url| url.trim_end_matches('/')).eq(known.iter().copied())
            });
        named.map_or_else(|| urls.join(","), |(name, _)| name.to_owned())
    }

    /// The public network with this chain id.
    ///
    /// # Errors
    /// [`ForkError::NoNetwork`] for any other chain.
    pub(crate) fn of_chain(chain_id: &str) -> Result<Self, ForkError> {
        match chain_id {
            public @ ("mainnet" | "testnet") => Self::parse(public),
            other => Err(ForkError::NoNetwork { chain_id: crate::envelope::plain(other) }),
        }
    }
}

impl Endpoint {
    fn parse(text: &str) -> Result<Self, ForkError> {
        let bad = |why: String| ForkError::Address { why };
        let url = Url::parse(text).map_err(|error| bad(error.to_string()))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self(url)),
            "http" | "https" => Err(bad("no host".to_owned())),
            other => Err(bad(format!("the scheme {other}: is not http: or https:"))),
        }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the node is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.endpoints.iter().map(Endpoint::to_string).collect();
        f.write_str(&names.join(", "))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// Public endpoints of the main network.
const MAINNET: [&str; 2] = ["https://rpc.mainnet.fastnear.com", "https://rpc.mainnet.near.org"];
/// Public endpoints of the test network.
const TESTNET: [&str; 2] = ["https://rpc.testnet.fastnear.com", "https://rpc.testnet.near.org"];
/// A node on this machine.
const LOCAL: [&str; 1] = ["http://127.0.0.1:3030"];

/// More endpoints than anybody has.
const MOST_ENDPOINTS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str) -> String {
        Network::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn networks_have_names_and_addresses() {
        for name in ["mainnet", "testnet"] {
            let network = Network::parse(name).unwrap();
            assert_eq!(network.endpoints.len(), 2);
            assert!(network.to_string().contains(name));
        }
        assert!(Network::parse("localnet").unwrap().endpoints[0].is_loopback());
        assert!(refused("ftp://a.org").contains("ftp:"));
        assert!(refused("mainnet2").contains("mainnet, testnet"));
        assert!(refused("http://a.org,").contains("https://rpc.example.org"));
        assert!(refused(&["http://a"; 17].join(",")).contains("17"));
    }

    #[test]
    fn a_network_is_written_as_it_is_read() {
        for text in ["mainnet", "testnet", "https://a.org/key?k=1,http://127.0.0.1:3030/"] {
            assert_eq!(Network::parse(text).unwrap().exposed(), text);
        }
    }

    #[test]
    fn an_api_key_is_not_printed() {
        let network = Network::parse("https://user:password@a.org/key?k=key").unwrap();
        assert!(!format!("{network} {network:?}").contains("key"));
        assert!(!format!("{network} {network:?}").contains("password"));
    }
}
