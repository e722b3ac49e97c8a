//! Access keys on NEAR: keys, signers, actions, and a chain in the test process.

mod action;
mod amount;
pub mod client;
pub mod error;
pub mod outcome;
#[cfg(feature = "sandbox")]
mod preflight;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signer;
pub mod transport;

pub use client::{BlockReference, Client, WaitUntil};
pub use error::Error;
pub use near_crypto::{PublicKey, Signature};
pub use near_primitives::account::{AccessKey, AccessKeyPermission};
pub use near_primitives::action::Action;
pub use near_primitives::hash::CryptoHash;
pub use near_primitives::transaction::SignedTransaction;
pub use near_primitives::types::{AccountId, Balance as NearToken, Gas};
pub use outcome::Outcome;
