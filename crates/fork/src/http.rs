//! One request over HTTP, with a bounded time and a bounded answer.

use crate::endpoint::Endpoint;
use crate::envelope::plain;
use crate::error::ForkError;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use std::time::Duration;

/// An HTTP client. Clones share its connections.
#[derive(Clone, Debug)]
pub(crate) struct Http(Client);

/// What came back.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) status: StatusCode,
    /// When the endpoint wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// # Errors
    /// [`ForkError::NoClient`] when the system's TLS cannot be used.
    pub(crate) fn new() -> Result<Self, ForkError> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // A request is for the endpoint that the user named, and its URL can hold a key.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("keyway/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ForkError::NoClient { why: plain(&error.to_string()) })?;
        Ok(Self(client))
    }

    /// Posts a body.
    ///
    /// # Errors
    /// In words, when no complete answer of an acceptable size came in time.
    pub(crate) async fn post(&self, endpoint: &Endpoint, body: Vec<u8>) -> Result<Posted, String> {
        let request = self.0.post(endpoint.url().clone()).header(CONTENT_TYPE, JSON).body(body);
        let mut response = request.send().await.map_err(reason)?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reason)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(format!("an answer of more than {} MiB", LONGEST_ANSWER >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Posted { status, retry_after, body })
    }
}

/// `Retry-After` in seconds. A date is not read: clocks differ.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Why nothing came, without the address: it can hold a key.
fn reason(error: reqwest::Error) -> String {
    let kind = match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "no connection",
        () if error.is_body() || error.is_decode() => "an incomplete answer",
        () => "no answer",
    };
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    plain(&format!("{kind}: {cause}"))
}

const JSON: &str = "application/json";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request, with its answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The longest answer, bytes. The largest contract, 4 MiB, takes 6; a list of 100,000 keys 20.
const LONGEST_ANSWER: usize = 32 << 20;
