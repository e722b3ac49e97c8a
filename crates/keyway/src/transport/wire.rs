//! One attempt at one endpoint.

use super::verdict::{Verdict, judge};
use super::{Endpoint, EndpointError, Trouble};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use std::io;
use std::time::Duration;

/// An endpoint and its connections.
#[derive(Debug)]
pub(super) struct Wire {
    endpoint: Endpoint,
    client: Result<Client, EndpointError>,
    limits: Limits,
}

/// The limits of one attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) answer_bytes: usize,
}

/// An attempt without an answer.
#[derive(Debug)]
pub(super) struct Missed {
    pub(super) trouble: Trouble,
    /// Until when after the first attempt a retry at this endpoint is useful.
    pub(super) worth: Duration,
    /// How long the endpoint asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// Whether the node may have executed the request.
    pub(super) arrived: bool,
    /// Whether this endpoint need not be tried again.
    pub(super) for_good: bool,
    /// The answer to return if no other endpoint has one.
    pub(super) spare: Option<Vec<u8>>,
}

impl Wire {
    pub(super) fn new(endpoint: Endpoint, limits: Limits) -> Self {
        let mut builder = Client::builder()
            .default_headers(endpoint.headers().clone())
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.timeout)
            // A redirect would send the keys in headers to another host.
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

    /// Posts a body. Returns the answer's body if it is the chain's.
    pub(super) async fn post(&self, body: &[u8]) -> Result<Vec<u8>, Missed> {
        let client = self.client.as_ref().map_err(|error| unsent(error.clone().into()))?;
        let request = client
            .post(self.endpoint.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec());
        let response = request.send().await.map_err(|error| self.failure(error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers());
        let answer = self.read(response).await?;
        match judge(status, &answer) {
            Verdict::Answer => Ok(answer),
            Verdict::AnswerElsewhere => Err(Missed { spare: Some(answer), ..elsewhere() }),
            Verdict::Refusal(trouble) => {
                // A service that answers normally without being a node may still be a gateway to one.
                let arrived = trouble == Trouble::NotJsonRpc;
                Err(Missed { for_good: true, ..Missed::new(trouble, arrived) })
            }
            Verdict::NodeTrouble(trouble) => Err(troubled(trouble, retry_after)),
        }
    }

    /// Reads a body up to the limit.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Missed> {
        let limit = self.limits.answer_bytes;
        let mut answer = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| self.failure(error))? {
            if part.len() > limit.saturating_sub(answer.len()) {
                let trouble = Trouble::TooLarge { limit };
                return Err(Missed { for_good: true, ..Missed::new(trouble, true) });
            }
            answer.extend_from_slice(&part);
        }
        Ok(answer)
    }

    fn failure(&self, error: reqwest::Error) -> Missed {
        // The address may hold a key.
        let error = error.without_url();
        let text = root_cause(&error);
        if is_about_the_name(&error) {
            let for_good = !text.contains("emporary failure");
            return Missed { worth: A_MOMENT, for_good, ..unsent(Trouble::Unresolved(text)) };
        }
        if error.is_connect() || error.is_builder() {
            let missed = unsent(Trouble::Connect(text));
            let nobody_listens = self.endpoint.is_loopback() && is_refused(&error);
            return if nobody_listens { Missed { worth: A_MOMENT, ..missed } } else { missed };
        }
        let trouble = match error.is_timeout() {
            true => Trouble::Timeout(self.limits.timeout),
            false => Trouble::Broken(text),
        };
        Missed::new(trouble, true)
    }
}

impl Missed {
    fn new(trouble: Trouble, arrived: bool) -> Self {
        let worth = HALF_A_MINUTE;
        Missed { trouble, worth, retry_after: None, arrived, for_good: false, spare: None }
    }

    /// The error that no answer came before the deadline of all attempts.
    pub(super) fn in_time(allowed: Duration) -> Self {
        Missed::new(Trouble::Timeout(allowed), true)
    }
}

fn unsent(trouble: Trouble) -> Missed {
    Missed::new(trouble, false)
}

fn troubled(trouble: Trouble, retry_after: Option<Duration>) -> Missed {
    // Rate limits apply before anything is executed.
    let arrived = !matches!(trouble, Trouble::Status(429) | Trouble::RateLimited { .. });
    let worth = if matches!(trouble, Trouble::Node { .. }) { HALF_A_SECOND } else { HALF_A_MINUTE };
    Missed { worth, retry_after, ..Missed::new(trouble, arrived) }
}

fn elsewhere() -> Missed {
    let message = "the node no longer has this block".to_owned();
    let trouble = Trouble::Node { name: "GARBAGE_COLLECTED_BLOCK".to_owned(), message };
    Missed { for_good: true, ..Missed::new(trouble, true) }
}

/// How long the endpoint asks to wait. Dates are not read, because clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Whether the host name has no address.
fn is_about_the_name(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        let text = cause.to_string();
        text == "dns error" || text.starts_with("failed to lookup address")
    })
}

/// Whether the machine is there, but no program listens on the port.
fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let kinds = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    kinds.into_iter().any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// An error and its causes.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// How long a node's own errors, such as `INTERNAL_ERROR`, are retried.
const HALF_A_SECOND: Duration = Duration::from_millis(500);
/// How long a local node may take to come back.
const A_MOMENT: Duration = Duration::from_millis(800);
/// How long other troubles may take to pass.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// The innermost cause, because the outer ones say nothing specific.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
