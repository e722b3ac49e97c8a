//! Properties of the rules, on generated states, keys and transactions.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod conservation;
mod cost;
mod decoding;
mod extremes;
mod failed_receipt;
mod fork;
mod function_call_key;
mod refused;
mod replay;
mod verdict;
