//! How requests reach a chain: over HTTP, or to one in this process.

mod endpoint;
mod error;
mod http;
#[cfg(feature = "sandbox")]
mod in_process;
mod retries;
mod verdict;
mod wire;

pub use endpoint::{Endpoint, EndpointError};
pub use error::{TransportError, Trouble};
pub use http::{HttpOptions, HttpTransport};
#[cfg(feature = "sandbox")]
pub use in_process::InProcess;
pub use retries::Retries;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

/// Carries one JSON-RPC request to a chain and brings its answer back.
///
/// A transport repeats what may be repeated and goes to another node when one is in trouble; it
/// never judges what the chain answered.
pub trait Transport: Debug + Send + Sync {
    /// Sends a request and waits for its answer, for a bounded time.
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a>;
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
