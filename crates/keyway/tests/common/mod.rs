//! A small chain, in process and over HTTP, and nodes that misbehave.

#![allow(dead_code, unused_imports, reason = "each test file uses its share")]
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[cfg(feature = "sandbox")]
pub(crate) mod chain;
pub(crate) mod contract;
pub(crate) mod node;
#[cfg(feature = "sandbox")]
mod reached;
pub(crate) mod scripted;

#[cfg(feature = "sandbox")]
pub(crate) use reached::{Reached, both, in_process};
