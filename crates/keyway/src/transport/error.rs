//! Errors of transports.

use super::EndpointError;
use std::time::Duration;

/// No node gave an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {trouble}", beginning(.trouble, .endpoint), tries(*.attempts))]
pub struct TransportError {
    /// Scheme, host and port of the endpoint that failed last, without its path, which may contain a key.
    pub endpoint: String,
    /// The number of attempts.
    pub attempts: u32,
    /// What went wrong last.
    #[source]
    pub trouble: Trouble,
    /// Whether an attempt may have reached a node that executed it. If so, send only the same bytes again, and do not sign
    /// another transaction.
    pub may_have_arrived: bool,
}

/// An endpoint that is not a node has answered, too.
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
    /// The connection broke during the request or the answer.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// A gateway answered instead of the node, or the node refused the request.
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
        /// The node's name for the trouble, such as `NOT_SYNCED_YET`.
        name: String,
        /// The node's text.
        message: String,
    },
    /// The endpoint cannot be used at all.
    #[error("the endpoint cannot be used")]
    Endpoint(#[from] EndpointError),
}

impl Trouble {
    /// Whether a retry in a moment may succeed.
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

/// A hint about what to do.
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
