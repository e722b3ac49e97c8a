//! How requests reach a chain: over HTTP, or to one in this process.

mod endpoint;
mod error;
mod http;
#[cfg(feature = "sandbox")]
mod in_process;
mod retries;
mod said;
mod verdict;
mod wire;

pub use endpoint::{Endpoint, EndpointError};
pub use error::{TransportError, Trouble};
pub use http::{HttpOptions, HttpTransport};
#[cfg(feature = "sandbox")]
pub use in_process::InProcess;
pub use retries::Retries;
pub(crate) use said::{Cause, NodeError, Said, said};

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Instant;

/// Carries one JSON-RPC request to a chain and brings its answer back.
///
/// A transport repeats what may be repeated and goes to another node when one is in trouble; it
/// never judges what the chain answered.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request and waits for its answer, for a bounded time.
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a>;

    /// The same, given up at `deadline`. A transport that knows what kept it does better than this
    /// one, which can only say that nothing came.
    fn send_by<'a>(&'a self, request: &'a Request, deadline: Deadline) -> Exchange<'a> {
        Box::pin(async move {
            let sent = tokio::time::timeout_at(deadline.at, self.send(request)).await;
            sent.unwrap_or_else(|_| Err(deadline.missed("the node", 1)))
        })
    }

    /// Whether two requests always reach the same node. Where they may not, a block that one node
    /// told is waited for until the others have it.
    fn is_one_node(&self) -> bool {
        false
    }
}

/// When waiting ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant.
    pub at: Instant,
    /// How long was allowed in all, for people to read.
    pub allowed: Duration,
}

impl Deadline {
    /// Whether it is over.
    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.at
    }

    /// That no answer came in time.
    fn missed(self, endpoint: &str, attempts: u32) -> TransportError {
        let (endpoint, trouble) = (endpoint.to_owned(), Trouble::Timeout(self.allowed));
        TransportError { endpoint, attempts, trouble, may_have_arrived: true }
    }
}

/// An exchange under way.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Reply, TransportError>> + Send + 'a>>;

/// One JSON-RPC request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The body of a POST: one JSON-RPC 2.0 object.
    pub body: Vec<u8>,
    /// Whether sending it twice does what sending it once does. True for questions and for signed
    /// transactions, whose bytes run at most once.
    pub repeatable: bool,
}

/// What came back: a JSON-RPC answer, good or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer's JSON.
    pub body: Vec<u8>,
    /// Whether an earlier attempt may have reached a node: then this answer may tell of its effects.
    pub repeated: bool,
    /// Which endpoint answered: two answers with the same number come from the same one. A
    /// transport with one endpoint always says 0.
    pub endpoint: usize,
}
