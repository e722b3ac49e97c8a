//! How requests reach a chain: over HTTP, or in the same process.

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

/// Carries one JSON-RPC request to a chain and brings its answer back.
///
/// A transport repeats requests that may be repeated, and tries another node when one is in trouble. It
/// never interprets the chain's answer.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request and waits for its answer, for a bounded time.
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a>;

    /// The same, until `deadline` at most. A transport that knows why it took so long should implement
    /// this: the default can only report that no answer came.
    fn send_by<'a>(&'a self, request: &'a Request, deadline: Deadline) -> Exchange<'a> {
        Box::pin(async move {
            let sent = tokio::time::timeout_at(deadline.at, self.send(request)).await;
            sent.unwrap_or_else(|_| Err(deadline.missed("the node", 1)))
        })
    }

    /// Whether two requests always reach the same node. Otherwise a block that one node reported is
    /// waited for until the others have it.
    fn is_one_node(&self) -> bool {
        false
    }
}

/// When waiting ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant.
    pub at: Instant,
    /// The whole time that was allowed, for error messages.
    pub allowed: Duration,
}

impl Deadline {
    /// Whether it is over.
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
    /// Whether sending it twice has the effect of sending it once. True for queries and for signed
    /// transactions, whose bytes run at most once.
    pub repeatable: bool,
}

/// A JSON-RPC answer: a result or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer's JSON.
    pub body: Vec<u8>,
    /// Whether an earlier attempt may have reached a node: then this answer may reflect its effects.
    pub repeated: bool,
    /// Which endpoint answered: two answers with the same number come from the same one. It is 0 for a
    /// transport with one endpoint.
    pub endpoint: usize,
}
