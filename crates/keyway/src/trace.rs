//! Traces: everything that a transaction did, from running its receipts again.
//!
//! A sandbox and keyway's own nodes can trace; others cannot. `docs/trace.md` describes each field.
//!
//! ```
//! # let wasm = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/score.wasm"));
//! use keyway::Sandbox;
//!
//! let sandbox = Sandbox::new();
//! sandbox.create_account("game.near").contract(wasm).create()?;
//! let outcome = sandbox.root().call("game.near", "score").execute()?;
//!
//! let trace = sandbox.trace(&outcome.transaction_hash())?;
//! assert_eq!(trace.gas_burnt, outcome.gas_burnt());
//! assert_eq!(trace.frames[0].actions[0].method.as_deref(), Some("score"));
//! assert_eq!(trace.money.sum().0, 0);
//! // It prints as a tree.
//! let tree = keyway::trace::Tree::of(&trace).to_string();
//! assert!(tree.contains("game.near: score"), "{tree}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod gas_file;
mod tree;
mod why;
mod words;

pub use gas_file::{GasFile, GasFileError};
#[cfg(feature = "sandbox")]
pub use keyway_chain::{Change, TraceError};
pub use keyway_trace::*;
pub use tree::Tree;
pub use why::Why;
pub use words::{difference_words, result_words, status_words};

use crate::format::format_near;
use keyway_signer::printable;
use near_primitives::types::Balance as NearToken;

/// A signed amount, exactly.
fn signed_near(amount: Yocto) -> String {
    let size = format_near(NearToken::from_yoctonear(amount.0.unsigned_abs()));
    let sign = if amount.0 < 0 { "-" } else { "+" };
    format!("{sign}{size}")
}

/// Text from the chain, in one line of at most `most` characters.
fn line(text: &str, most: usize) -> String {
    let text = printable(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
