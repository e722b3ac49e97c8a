//! Why no answer came.

use super::EndpointError;
use std::time::Duration;

/// No node gave an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {trouble}", beginning(.trouble, .endpoint), tries(*.attempts))]
pub struct TransportError {
    /// Scheme, host and port of the endpoint that failed last. Never its path, which may hold a key.
    pub endpoint: String,
    /// How many times the request was sent or tried to be sent.
    pub attempts: u32,
    /// What went wrong last.
    #[source]
    pub trouble: Trouble,
    /// Whether any attempt may have reached a node that acted on it. While it may have, a
    /// transaction must not be signed anew: only the same bytes may be sent again.
    pub may_have_arrived: bool,
}

/// An endpoint that answered something else has answered.
fn beginning(trouble: &Trouble, endpoint: &str) -> String {
    match trouble {
        Trouble::Status(_) | Trouble::TooLarge { .. } | Trouble::NotJsonRpc => {
            format!("no answer of a node from {endpoint}")
        }
        _ => format!("no answer from {endpoint}"),
    }
}

/// What went wrong at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection was made: nothing was sent.
    #[error("could not connect: {0}")]
    Connect(String),
    /// No address is known for the endpoint's name: nothing was sent.
    #[error("no address is known for this host name: {0}; check its spelling")]
    Unresolved(String),
    /// The answer was not there in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke while asking or answering.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// Something on the way answered in the node's place, or the node refuses to listen.
    #[error("answered with HTTP status {0}{hint}", hint = hint(*.0))]
    Status(u16),
    /// The answer is larger than allowed.
    #[error("the answer is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The most bytes that an answer may have.
        limit: usize,
    },
    /// The answer is not JSON-RPC.
    #[error("the answer is not JSON-RPC: is this the address of a NEAR node?")]
    NotJsonRpc,
    /// The endpoint limits requests, and answered so in JSON.
    #[error(
        "too many requests{}; ask less often, or use an endpoint with an API key",
        colon(.message)
    )]
    RateLimited {
        /// Its text.
        message: String,
    },
    /// The node answered that it is in trouble.
    #[error("the node cannot answer now: {name}{}", colon(.message))]
    Node {
        /// The node's name for its trouble, such as `NOT_SYNCED_YET`.
        name: String,
        /// The node's text.
        message: String,
    },
    /// The endpoint cannot be used at all.
    #[error("the endpoint cannot be used")]
    Endpoint(#[from] EndpointError),
}

impl Trouble {
    /// Whether trying again in a moment may do better.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Timeout(_) | Self::Broken(_) | Self::RateLimited { .. } | Self::Node { .. } => {
                true
            }
            Self::Connect(_)
            | Self::Unresolved(_)
            | Self::TooLarge { .. }
            | Self::NotJsonRpc
            | Self::Endpoint(_) => false,
        }
    }
}

fn tries(attempts: u32) -> String {
    if attempts > 1 { format!(" after {attempts} attempts") } else { String::new() }
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// What to do about a status.
fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => " (redirects are not followed: use the address that it leads to)",
        401 | 403 => " (is the API key right?)",
        404 => " (is the path of the address right?)",
        413 => " (the request is too large for this endpoint)",
        429 => " (too many requests: ask less often, or use an endpoint with an API key)",
        _ => "",
    }
}
