//! Signers against a node on a port, with and without failures of the network.

#![cfg(feature = "sandbox")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod behind;
mod chaos;
mod check;
mod keys;
mod many;
mod meta;
mod node;
mod repair;
