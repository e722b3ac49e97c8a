//! Reads a NEAR network at one final block, for chains that go on from there: lazy forks.
//!
//! A [`Fork`] knows nothing at first. A row of the state is asked for when somebody looks, by
//! ordinary JSON-RPC queries that name the block by its hash; what was read, and what was found to be
//! absent, stays: in memory, in a cache on disk that every later fork of the block uses, and in fork
//! files, with which a fork needs no network.
//!
//! It is a careful guest: one request for what many want at once, a pace that each endpoint sets,
//! other endpoints when one is in trouble, and never a transaction. An answer is used only if it is
//! of the right block and makes sense; a read that fails is an error, never an invented value.

mod answers;
mod cache;
mod clock;
mod counts;
mod detour;
mod endpoint;
mod entry;
mod envelope;
mod errand;
mod error;
mod file;
mod find_pin;
mod flights;
mod fork;
mod full_keys;
mod home;
mod http;
mod known;
mod missing;
mod nonce_by_hash;
mod pace;
mod pin;
mod private;
mod progress;
mod provider;
mod reader;
mod row;
mod runtime;
mod same_network;
mod source;
mod state;
mod store;
mod upstream;

pub use counts::Counts;
pub use endpoint::{Endpoint, Network};
pub use error::ForkError;
pub use file::{NewForkFile, Rows};
pub use find_pin::ForkBlock;
pub use fork::{Fork, ForkGas, ForkOptions, ForkStatus};
pub use home::HomeForkOptions;
pub use missing::ForkMissing;
pub use progress::{Event, Progress};
pub use provider::ProviderStatus;
