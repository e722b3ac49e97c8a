//! Access keys on NEAR: keys, signers, actions, and a chain in the test process.

mod action;
mod amount;
mod client;
mod error;
mod outcome;
#[cfg(feature = "sandbox")]
mod preflight;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signer;
mod transport;
