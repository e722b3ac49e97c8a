//! NEAR JSON-RPC over a [`Node`](keyway_node::Node), and the HTTP server around it.
//!
//! [`Service`] answers requests given as bytes, without any socket; `serve`, behind the feature
//! `server`, serves it on a port. The crate decides nothing about transactions: it asks the node, and
//! reports the result in nearcore's terms, with nearcore's wire types (near-jsonrpc-primitives,
//! near-primitives).

pub mod base58;
mod envelope;
mod error;
mod gate;
mod lookup;
mod methods;
mod metrics;
mod params;
#[cfg(feature = "server")]
mod server;
mod service;
mod settings;

pub use envelope::Answer;
pub use methods::final_outcome;
#[cfg(feature = "server")]
pub use server::{InFlight, Pages, ServerOptions, bind, router, serve, serve_pages, serve_router};
pub use service::Service;
pub use settings::Settings;
