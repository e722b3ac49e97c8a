//! Endpoints: the addresses of nodes, with headers.

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;

/// The address of a JSON-RPC service, with the headers that it needs.
///
/// Path, query and headers may contain an API key, so they are never printed.
///
/// ```
/// use keyway::transport::Endpoint;
///
/// let endpoint = Endpoint::new("https://rpc.example.org/v1/my-key")?.bearer("secret")?;
/// assert_eq!(endpoint.to_string(), "https://rpc.example.org");
/// assert!(!format!("{endpoint:?}").contains("my-key"));
/// # Ok::<(), keyway::transport::EndpointError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    headers: HeaderMap,
}

impl Endpoint {
    /// Parses an address that begins with `http://` or `https://`.
    ///
    /// # Errors
    /// If it is not such an address.
    pub fn new(url: &str) -> Result<Self, EndpointError> {
        let url = Url::parse(url).map_err(|error| EndpointError::Url(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme(url.scheme().to_owned()));
        }
        if !url.has_host() {
            return Err(EndpointError::Url("no host".to_owned()));
        }
        Ok(Endpoint { url, headers: HeaderMap::new() })
    }

    /// Adds a header to every request. Its value is treated as a secret.
    ///
    /// # Errors
    /// If name or value are invalid in a header, or if the value would be sent unencrypted over a network.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, EndpointError> {
        if self.is_in_the_clear() {
            return Err(EndpointError::SecretInTheClear { endpoint: self.to_string() });
        }
        let bad = || EndpointError::Header(name.to_owned());
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| bad())?;
        value.set_sensitive(true);
        self.headers.insert(header, value);
        Ok(self)
    }

    /// Adds `Authorization: Bearer …` to every request.
    ///
    /// # Errors
    /// As [`Endpoint::header`].
    pub fn bearer(self, token: &str) -> Result<Self, EndpointError> {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Whether the connection is unencrypted.
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        self.url.scheme() == "http" && !self.is_loopback()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url.origin().ascii_serialization())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

/// Why an endpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The text is not a URL.
    #[error("not an address: {0}; write it as https://rpc.example.org")]
    Url(String),
    /// Another scheme than HTTP's.
    #[error("an address begins with http:// or https://, not with {0}:")]
    Scheme(String),
    /// A header cannot be sent. Its value is not shown: it may be a secret.
    #[error("the header {0} has a name or a value that HTTP does not allow")]
    Header(String),
    /// A secret would be sent unencrypted.
    #[error("headers would go unencrypted to {endpoint}; use https://")]
    SecretInTheClear {
        /// Scheme, host and port.
        endpoint: String,
    },
    /// The machine cannot open encrypted connections.
    #[error("no HTTP client could be made: {0}")]
    Unavailable(String),
    /// A transport needs at least one endpoint.
    #[error("no endpoint was given")]
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(url: &str, text: &str) {
        assert_eq!(Endpoint::new(url).unwrap_err().to_string(), text);
    }

    #[test]
    fn what_is_no_address_is_told_why() {
        refused("ftp://a.org", "an address begins with http:// or https://, not with ftp:");
        refused(
            "a.org",
            "not an address: relative URL without a base; write it as https://rpc.example.org",
        );
        refused("https://", "not an address: empty host; write it as https://rpc.example.org");
    }

    #[test]
    fn secrets_are_never_printed() {
        let endpoint = Endpoint::new("https://user:hidden1@a.org:444/hidden2?key=hidden3").unwrap();
        let endpoint = endpoint.header("x-api-key", "hidden4").unwrap();
        assert_eq!(endpoint.to_string(), "https://a.org:444");
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://a.org:444)");
        let error = endpoint.clone().header("x-api-key", "hidden5\n").unwrap_err();
        assert!(!error.to_string().contains("hidden"), "{error}");
        assert!(!format!("{:?}", endpoint.headers()).contains("hidden"));
    }

    #[test]
    fn secrets_do_not_cross_a_network_unencrypted() {
        let open = |url: &str| Endpoint::new(url).unwrap().bearer("secret");
        assert!(matches!(open("http://a.org"), Err(EndpointError::SecretInTheClear { .. })));
        assert!(open("http://127.0.0.1:3030").is_ok());
        assert!(open("http://[::1]:3030").is_ok());
        assert!(open("http://localhost").is_ok());
    }
}
