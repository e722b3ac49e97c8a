//! The chain, and the endpoints at which it is asked.

use super::{ConfigError, Environment, SecretSource};
use keyway::client::Client;
use keyway::transport::{Endpoint, EndpointError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChainConfig {
    /// JSON-RPC endpoints of one chain; those after the first are used when those before it fail.
    pub endpoints: Vec<EndpointSource>,
    /// The chain's id; another one is refused.
    pub chain_id: Option<String>,
    /// How many times the gas price may rise between acceptance and block. It is part of the most that a request can cost.
    #[serde(default = "twice")]
    pub gas_price_margin: u32,
}

/// An endpoint: its address (`"https://rpc.example.org"`), or the address with what the provider wants to see.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum EndpointSource {
    /// An address that anybody may know.
    Plain(String),
    /// An address, or a secret that holds one, with headers.
    WithKeys(KeyedEndpoint),
}

/// An endpoint that wants an API key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeyedEndpoint {
    /// The address; a secret, if the provider has the API key in it.
    pub url: UrlSource,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<SecretSource>,
    /// Further headers, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretSource>,
}

/// An address, or the secret that holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum UrlSource {
    /// The address.
    Plain(String),
    /// Where the address is.
    Secret(SecretSource),
}

impl ChainConfig {
    /// A client of the endpoints.
    ///
    /// # Errors
    /// If a secret is not where the configuration says, or an endpoint cannot be used: it is no address, or would get its
    /// key unencrypted.
    pub fn client(&self, environment: Environment<'_>) -> Result<Client, ConfigError> {
        let mut builder = Client::builder();
        for (nth, source) in self.endpoints.iter().enumerate() {
            let field = format!("chain.endpoints[{nth}]");
            builder = builder.endpoint(source.endpoint(&field, environment)?);
        }
        if let Some(chain_id) = &self.chain_id {
            builder = builder.chain_id(chain_id);
        }
        let field = "chain.endpoints".to_owned();
        builder.build().map_err(|source| ConfigError::Endpoint { field, source })
    }

    pub(super) fn below(&mut self, directory: &Path) {
        for source in &mut self.endpoints {
            let EndpointSource::WithKeys(KeyedEndpoint { url, token, headers }) = source else {
                continue;
            };
            if let UrlSource::Secret(secret) = url {
                secret.below(directory);
            }
            token.iter_mut().chain(headers.values_mut()).for_each(|it| it.below(directory));
        }
    }
}

impl EndpointSource {
    fn endpoint(&self, field: &str, environment: Environment<'_>) -> Result<Endpoint, ConfigError> {
        let wrong = |source: EndpointError| {
            // The error quotes nothing of an address or of a header's value.
            ConfigError::Endpoint { field: field.to_owned(), source }
        };
        let KeyedEndpoint { url, token, headers } = match self {
            EndpointSource::Plain(url) => return Endpoint::new(url).map_err(wrong),
            EndpointSource::WithKeys(keyed) => keyed,
        };
        let mut endpoint = match url {
            UrlSource::Plain(url) => Endpoint::new(url).map_err(wrong)?,
            UrlSource::Secret(secret) => {
                let url = secret.read(&format!("{field}.url"), environment)?;
                let endpoint = Endpoint::new(url.expose_secret()).map_err(wrong)?;
                if endpoint.is_in_the_clear() {
                    let endpoint = endpoint.to_string();
                    return Err(wrong(EndpointError::SecretInTheClear { endpoint }));
                }
                endpoint
            }
        };
        if let Some(token) = token {
            let token = token.read(&format!("{field}.token"), environment)?;
            endpoint = endpoint.bearer(token.expose_secret()).map_err(wrong)?;
        }
        for (name, value) in headers {
            let value = value.read(&format!("{field}.headers.{name}"), environment)?;
            endpoint = endpoint.header(name, value.expose_secret()).map_err(wrong)?;
        }
        Ok(endpoint)
    }
}

fn twice() -> u32 {
    2
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn chain(endpoint: &str) -> ChainConfig {
        toml::from_str(&format!("endpoints = [{endpoint}]")).unwrap()
    }

    fn environment(name: &str) -> Option<Zeroizing<String>> {
        let value = match name {
            "KEY" => "hidden-key",
            "URL" => "https://rpc.example.org/v2/hidden-path",
            "CLEAR" => "http://rpc.example.org/hidden-path",
            "TWO_LINES" => "hidden\u{1}",
            _ => return None,
        };
        Some(Zeroizing::new(value.to_owned()))
    }

    #[test]
    fn keys_come_from_where_the_configuration_says_and_are_never_printed() {
        for endpoint in [
            r#""https://rpc.example.org""#,
            r#"{ url = "https://rpc.example.org", token = { env = "KEY" } }"#,
            r#"{ url = "https://rpc.example.org", headers = { x-api-key = { env = "KEY" } } }"#,
            r#"{ url = { env = "URL" } }"#,
            r#"{ url = "http://127.0.0.1:3030", token = { env = "KEY" } }"#,
        ] {
            let chain = chain(endpoint);
            let client = chain.client(&environment).unwrap();
            assert!(!format!("{chain:?} {client:?}").contains("hidden"), "{endpoint}");
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("key"), "hidden-key\n").unwrap();
        let mut chain = chain(r#"{ url = "https://a.org", token = { file = "key" } }"#);
        chain.below(dir.path());
        chain.client(&environment).unwrap();
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_quoted() {
        for (endpoint, says) in [
            (
                r#"{ url = "http://a.org", token = { env = "KEY" } }"#,
                "chain.endpoints[0] cannot be used: headers would go unencrypted to http://a.org",
            ),
            (
                r#"{ url = { env = "CLEAR" } }"#,
                "headers would go unencrypted to http://rpc.example.org",
            ),
            (
                r#"{ url = "https://a.org", headers = { x = { env = "TWO_LINES" } } }"#,
                "the header x has a name or a value",
            ),
            (
                r#"{ url = "https://a.org", token = { env = "NONE" } }"#,
                "the secret of chain.endpoints[0].token is not in the environment variable NONE",
            ),
            (r#""a.org""#, "chain.endpoints[0] cannot be used: not an address"),
        ] {
            let error = chain(endpoint).client(&environment).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(says) && !text.contains("hidden"), "{endpoint}: {text}");
        }
        let unknown = r#"endpoints = [{ url = "https://a.org", key = "hidden" }]"#;
        let error = toml::from_str::<ChainConfig>(unknown).unwrap_err();
        assert!(!error.message().contains("hidden"), "{}", error.message());
    }

    #[tokio::test]
    async fn the_endpoint_gets_its_key_and_only_in_headers() {
        use tokio::io::AsyncReadExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 65_536];
            let length = stream.read(&mut request).await.unwrap();
            String::from_utf8(request[..length].to_vec()).unwrap()
        });
        let endpoint = format!(
            r#"{{ url = "{url}", token = {{ env = "KEY" }}, headers = {{ x-api-key = {{ env = "KEY" }} }} }}"#
        );
        let client = chain(&endpoint).client(&environment).unwrap();
        let asking = tokio::spawn(async move { client.block().await.is_ok() });
        let request = heard.await.unwrap();
        asking.abort();
        let (first, headers) = request.split_once("\r\n").unwrap();
        assert!(first.starts_with("POST / ") && !first.contains("hidden"), "{first}");
        assert!(headers.contains("authorization: Bearer hidden-key\r\n"), "{headers}");
        assert!(headers.contains("x-api-key: hidden-key\r\n"), "{headers}");
    }
}
