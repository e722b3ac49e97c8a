//! If a transaction breaks two rules, the first one in the protocol's order is reported.
//!
//! Every case breaks at least two rules at once; its name lists them in the protocol's order.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod actions;
mod form;
mod gas_key;
mod ordinary;
mod setup;
mod survey;
