//! Replays conformance vectors: scenarios about access keys, each step with the answer that a
//! reference node gave, in a normal form that does not depend on heights, hashes or timing.
//!
//! A vector is `{"scenarios": [{"name", "about", "steps": [step…]}]}`. A step is one of `tx`,
//! `resend`, `query` and `rpc`, and has the wanted `answer`. Keys are labels: see [`key`].
//!
//! The crate knows no node. It asks one through a function from a JSON-RPC method and its
//! parameters to the whole answer, so that the same vectors run in process and over a socket.
//! It writes the bytes of transactions itself, from the protocol's borsh layout, and shares no
//! encoder with the node that it tests.

mod action;
mod diff;
mod fields;
mod key;
mod names;
mod outcome;
mod scenario;
mod transaction;
mod wire;

pub use diff::differences;
pub use fields::Malformed;
pub use key::{Key, key};
pub use scenario::{Call, Difference, answers, replay};
