//! Transports: how requests reach a chain, over HTTP or in the same process.

mod body;
mod endpoint;
mod error;
mod http;
#[cfg(feature = "sandbox")]
mod in_process;
mod retries;
mod verdict;
mod wire;

pub(crate) use body::{Body, Cause, NodeError, parse_body};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{TransportError, Trouble};
pub use http::{HttpOptions, HttpTransport};
#[cfg(feature = "sandbox")]
pub use in_process::InProcess;
pub use retries::Retries;

use crate::clock;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// Sends JSON-RPC requests to a chain and returns the answers.
///
/// A transport repeats requests that may be repeated, and tries another node if one is in trouble. It never interprets the
/// chain's answer.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request and waits for its answer, for a bounded time.
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a>;

    /// The same, with a deadline. A transport that knows what it was waiting for should implement this: the default can only
    /// report that no answer came.
    fn send_by<'a>(&'a self, request: &'a Request, deadline: Deadline) -> Exchange<'a> {
        Box::pin(async move {
            let sent = tokio::time::timeout_at(deadline.at, self.send(request)).await;
            sent.unwrap_or_else(|_| Err(deadline.missed("the node", 1)))
        })
    }

    /// Whether all requests reach the same node. If not, the client waits for a block that one node reported until the
    /// others have it.
    fn is_one_node(&self) -> bool {
        false
    }
}

/// The end of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant.
    pub at: Instant,
    /// The whole time that was allowed, for error messages.
    pub allowed: Duration,
}

impl Deadline {
    /// Whether it has passed.
    pub(crate) fn is_over(self) -> bool {
        clock::now() >= self.at
    }

    /// The error that no answer came in time.
    fn missed(self, endpoint: &str, attempts: u32) -> TransportError {
        let (endpoint, trouble) = (endpoint.to_owned(), Trouble::Timeout(self.allowed));
        TransportError { endpoint, attempts, trouble, may_have_arrived: true }
    }
}

/// A request in flight.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Reply, TransportError>> + Send + 'a>>;

/// One JSON-RPC request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The body of a POST request: one JSON-RPC 2.0 object.
    pub body: Vec<u8>,
    /// Whether sending it twice has the same effect as sending it once. True for queries, and for signed transactions, whose
    /// bytes run at most once.
    pub repeatable: bool,
}

/// A JSON-RPC answer: a result or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer's JSON.
    pub body: Vec<u8>,
    /// Whether an earlier attempt may have reached a node, so that this answer may reflect its effects.
    pub repeated: bool,
    /// The number of the endpoint that answered; 0 for a transport with one endpoint.
    pub endpoint: usize,
}
