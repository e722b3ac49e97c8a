//! What the bindings for Node.js and Python share: a [`Sandbox`] that takes requests as JSON and answers as JSON.
//!
//! The bindings only pass text through, so both languages use the same words for the same things:
//!
//! - A request is an object whose `op` names what is wanted ([`Request`], [`ActorRequest`], [`Source`], [`Tool`]).
//! - An answer is `{"ok": …}` or `{"error": …}` ([`Problem`]), never a panic.
//! - Numbers that JavaScript would round (amounts, gas, nonces) are `{"integer": "…"}`; bytes are base64.
//! - Amounts and gas may also be text with a unit, such as `"0.25 NEAR"` and `"30 Tgas"`.

mod action;
mod actor;
mod answer;
mod number;
mod outcome;
mod problem;
mod reports;
mod request;
mod runtime;
mod sandbox;
mod source;
mod tool;

// For the library alone, not for the program that loads it.
use keyway_allocator as _;

pub use action::Action;
pub use actor::{Actor, ActorRequest};
pub use number::{Amount, Bytes, GasAmount, Integer, integers};
pub use problem::Problem;
pub use request::{Changed, Request};
pub use runtime::spawn;
pub use sandbox::{Options, Sandbox, Server, Snapshot};
pub use source::{Fork, Source};
pub use tool::{Tool, tool};
