//! NEAR JSON-RPC over a [`keyway_chain::Chain`], and the HTTP server around it.
//!
//! [`Service`] answers requests given as bytes, without any socket; [`serve`] puts it on a port.
//! The crate decides nothing about transactions: it asks the chain, and says what it hears in the
//! words of nearcore, whose wire types (near-jsonrpc-primitives, near-primitives) it uses.

mod clock;
mod envelope;
mod error;
mod gate;
mod journal;
mod ledger;
mod lookup;
mod methods;
mod metrics;
mod params;
mod queue;
mod server;
mod service;
mod settings;

pub use clock::{Clock, WallClock, now_ns};
pub use envelope::Answer;
pub use journal::{Forget, Journal, Sync};
pub use ledger::WriteError;
pub use methods::final_outcome;
pub use server::{ServerOptions, bind, router, serve};
pub use service::{Service, TickError};
pub use settings::Settings;
