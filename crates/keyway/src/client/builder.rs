//! Builds clients over HTTP.

use super::{Client, Patience, Settings, TimeLimit};
use crate::transport::{Endpoint, EndpointError, HttpOptions, HttpTransport};
use std::sync::Arc;

/// Endpoints, limits and patience of a [`Client`] over HTTP.
///
/// ```
/// use keyway::transport::{Endpoint, HttpOptions};
/// use std::time::Duration;
///
/// let client = keyway::Client::builder()
///     .endpoint(Endpoint::new("https://rpc.example.org")?.header("x-api-key", "secret")?)
///     .endpoint(Endpoint::new("https://rpc.testnet.fastnear.com")?)
///     .options(HttpOptions { timeout: Duration::from_secs(30), ..HttpOptions::default() })
///     .build()?;
/// assert!(!format!("{client:?}").contains("secret"));
/// # Ok::<(), keyway::transport::EndpointError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClientBuilder {
    endpoints: Vec<Endpoint>,
    options: HttpOptions,
    patience: Patience,
    time_limit: Option<TimeLimit>,
    chain_id: Option<String>,
}

impl ClientBuilder {
    /// Adds an endpoint of the same chain, which is used if those before it fail.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Sets the limits of single requests.
    pub fn options(mut self, options: HttpOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets how long to wait for transactions.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Limits the time of calls, whatever they do in it. Without a limit they end after the last attempt.
    ///
    /// ```
    /// use keyway::client::TimeLimit;
    /// use std::time::Duration;
    ///
    /// let limit = TimeLimit::Each(Duration::from_secs(15));
    /// let client = keyway::Client::builder()
    ///     .endpoint(keyway::transport::Endpoint::new("http://127.0.0.1:3030")?)
    ///     .time_limit(limit)
    ///     .build()?;
    /// # Ok::<(), keyway::transport::EndpointError>(())
    /// ```
    pub fn time_limit(mut self, limit: TimeLimit) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Sets the chain id that is expected. It is checked once, before the first request; on another chain each request
    /// returns [`WrongChain`](crate::error::QueryError::WrongChain).
    pub fn chain_id(mut self, chain_id: impl Into<String>) -> Self {
        self.chain_id = Some(chain_id.into());
        self
    }

    /// The client.
    ///
    /// # Errors
    /// If there is no endpoint.
    pub fn build(self) -> Result<Client, EndpointError> {
        let transport = HttpTransport::new(self.endpoints, self.options)?;
        let settings = Settings {
            patience: self.patience,
            time_limit: self.time_limit,
            chain_id: self.chain_id,
        };
        Ok(Client::with(Arc::new(transport), settings))
    }
}

/// Public endpoints of the main network.
pub(super) const MAINNET: [&str; 2] =
    ["https://rpc.mainnet.fastnear.com", "https://rpc.mainnet.near.org"];
/// Public endpoints of the test network.
pub(super) const TESTNET: [&str; 2] =
    ["https://rpc.testnet.fastnear.com", "https://rpc.testnet.near.org"];
/// A node on this machine.
pub(super) const LOCAL: [&str; 1] = ["http://127.0.0.1:3030"];

impl ClientBuilder {
    /// Adds NEAR's test network, at public endpoints.
    pub fn testnet(self) -> Self {
        self.well_known(&TESTNET)
    }

    /// Adds NEAR's main network, at public endpoints.
    pub fn mainnet(self) -> Self {
        self.well_known(&MAINNET)
    }

    /// Adds a node on this machine at its usual port.
    pub fn local(self) -> Self {
        self.well_known(&LOCAL)
    }

    fn well_known(self, urls: &[&str]) -> Self {
        urls.iter().fold(self, |builder, url| {
            let endpoint = Endpoint::new(url);
            builder
                .endpoint(endpoint.expect("the invariant that well-known addresses are addresses"))
        })
    }
}

/// A client of well-known endpoints.
pub(super) fn public(urls: &[&str]) -> Client {
    let client = ClientBuilder::default().well_known(urls).build();
    client.expect("the invariant that networks have endpoints")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_networks_have_addresses() {
        for urls in [&MAINNET[..], &TESTNET, &LOCAL] {
            assert!(format!("{:?}", public(urls)).contains(urls[0]));
        }
    }
}
