//! Clients over HTTP, put together.

use super::{Client, Patience};
use crate::transport::{Endpoint, EndpointError, HttpOptions, HttpTransport};

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
}

impl ClientBuilder {
    /// Adds an endpoint of the same chain, asked when those before it are in trouble.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Limits of single requests.
    pub fn options(mut self, options: HttpOptions) -> Self {
        self.options = options;
        self
    }

    /// How long transactions are waited for.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When there is no endpoint.
    pub fn build(self) -> Result<Client, EndpointError> {
        let transport = HttpTransport::new(self.endpoints, self.options)?;
        Ok(Client::over_with(transport, self.patience))
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

/// A client of well-known endpoints.
pub(super) fn public(urls: &[&str]) -> Client {
    let endpoints = urls.iter().map(|url| {
        Endpoint::new(url).expect("the invariant that well-known addresses are addresses")
    });
    let transport = HttpTransport::new(endpoints.collect(), HttpOptions::default())
        .expect("the invariant that networks have endpoints");
    Client::over(transport)
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
