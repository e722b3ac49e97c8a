//! How requests reach a chain: over HTTP, or to one in this process.

mod endpoint;
mod error;

pub use endpoint::{Endpoint, EndpointError};
pub use error::{TransportError, Trouble};
