//! Of two broken rules, the one that the protocol names first.
//!
//! Every case breaks at least two rules at once; its name says which, in the protocol's order.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod actions;
mod form;
mod gas_key;
mod ordinary;
mod setup;
mod survey;
