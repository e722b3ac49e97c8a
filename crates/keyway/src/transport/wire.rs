//! One attempt at one endpoint.

use super::verdict::{Verdict, judge};
use super::{Endpoint, EndpointError, Trouble};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use std::time::Duration;

/// An endpoint and the connections to it.
#[derive(Debug)]
pub(super) struct Wire {
    endpoint: Endpoint,
    client: Result<Client, EndpointError>,
    limits: Limits,
}

/// What one attempt may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) answer_bytes: usize,
}

/// An attempt that brought no answer.
#[derive(Debug)]
pub(super) struct Missed {
    pub(super) trouble: Trouble,
    /// Whether the node may have acted on it.
    pub(super) arrived: bool,
    /// Whether this endpoint need not be asked again.
    pub(super) for_good: bool,
    /// What is the answer after all when nobody else has one.
    pub(super) spare: Option<Vec<u8>>,
}

impl Wire {
    pub(super) fn new(endpoint: Endpoint, limits: Limits) -> Self {
        let mut builder = Client::builder()
            .default_headers(endpoint.headers().clone())
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.timeout)
            // A redirect would carry keys in headers to somebody else.
            .redirect(Policy::none());
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| EndpointError::Unavailable(error.to_string()));
        Wire { endpoint, client, limits }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Posts a body; the answer's body when the chain has spoken.
    pub(super) async fn post(&self, body: &[u8]) -> Result<Vec<u8>, Missed> {
        let client = self.client.as_ref().map_err(|error| unsent(error.clone().into()))?;
        let request = client
            .post(self.endpoint.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        let response = request.send().await.map_err(|error| self.failure(error))?;
        let status = response.status().as_u16();
        let answer = self.read(response).await?;
        match judge(status, &answer) {
            Verdict::Answer => Ok(answer),
            Verdict::AnswerElsewhere => Err(Missed { spare: Some(answer), ..elsewhere() }),
            Verdict::Refusal(trouble) => {
                // What answered in good order without being a node may still stand before one.
                let arrived = trouble == Trouble::NotJsonRpc;
                Err(Missed { trouble, arrived, for_good: true, spare: None })
            }
            // 429 is said before anything is done.
            Verdict::NodeTrouble(trouble) => {
                let arrived = trouble != Trouble::Status(429);
                Err(Missed { trouble, arrived, for_good: false, spare: None })
            }
        }
    }

    /// Reads a body up to the limit.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Missed> {
        let limit = self.limits.answer_bytes;
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.failure(error))? {
            if part.len() > limit.saturating_sub(answer.len()) {
                let trouble = Trouble::TooLarge { limit };
                return Err(Missed { trouble, arrived: true, for_good: true, spare: None });
            }
            answer.extend_from_slice(&part);
        }
        Ok(answer)
    }

    fn failure(&self, error: reqwest::Error) -> Missed {
        // The address may hold a key.
        let error = error.without_url();
        let text = root_cause(&error);
        if error.is_connect() || error.is_builder() {
            return unsent(Trouble::Connect(text));
        }
        let trouble = match error.is_timeout() {
            true => Trouble::Timeout(self.limits.timeout),
            false => Trouble::Broken(text),
        };
        Missed { trouble, arrived: true, for_good: false, spare: None }
    }
}

fn unsent(trouble: Trouble) -> Missed {
    Missed { trouble, arrived: false, for_good: false, spare: None }
}

fn elsewhere() -> Missed {
    let message = "the node no longer has this block".to_owned();
    let trouble = Trouble::Node { name: "GARBAGE_COLLECTED_BLOCK".to_owned(), message };
    Missed { trouble, arrived: true, for_good: true, spare: None }
}

/// The innermost reason, which is the one that says something.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
