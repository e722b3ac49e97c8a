//! A relayer: signs and pays for what apps ask, exactly once, within a policy.
//!
//! Apps post signed delegate actions, or intents, over HTTP. The relayer judges each one against its policy and against the
//! chain's rules, reserves the most that it can cost, stores the signed bytes, sends them, and proves what became of them.
//! Whatever must not be lost is in a [`Store`](store::Store); an instance holds leases and nothing else.

pub mod api;
pub mod audit;
pub mod budget;
mod chain;
mod clock;
pub mod config;
mod deliver;
mod dispatch;
mod error;
mod id;
mod intent;
mod judge;
mod lanes;
pub mod lately;
mod metrics;
pub mod own;
pub mod policy;
mod rate;
mod relay;
mod request;
pub mod rotate;
pub mod signer_service;
mod signing;
pub mod store;
pub mod top_up;
mod view;
mod waiters;
mod webhooks;

pub use error::{Refused, StartError};
pub use id::{AppName, IdempotencyKey, InstanceId, InvalidName, RequestId};
pub use intent::{Kind, Work, WorkError};
pub use relay::Relay;
pub use request::{Ending, Request, State};
pub use view::{ErrorView, LanesView, RequestView, StateName};
