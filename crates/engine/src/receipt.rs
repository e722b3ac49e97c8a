//! Receipts: waiting for data, executing, and what is left afterwards.
//!
//! Source: nearcore `runtime/runtime/src/lib.rs`.

mod execute;
mod inbox;
mod outcome;
mod postponed;
mod refund;

pub(crate) use inbox::process;
pub use postponed::postponed_rows;
