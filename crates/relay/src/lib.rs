//! A relayer: signs and pays for what apps ask, exactly once, within a policy.
//!
//! Apps post signed delegate actions, or intents, over HTTP. The relayer judges each one against its policy and against the
//! chain's rules, reserves the most that it can cost, stores the signed bytes, sends them, and proves what became of them.
//! Whatever must not be lost is in a [`Store`](store::Store); an instance holds leases and nothing else.

pub mod budget;
pub mod config;
mod id;
mod intent;
pub mod policy;
mod request;
pub mod store;

pub use id::{AppName, IdempotencyKey, InstanceId, InvalidName, RequestId};
pub use intent::{Asked, Kind, Work, WorkError};
pub use request::{Ending, Request, State};
