//! The tools for keys: the real binary against a real node, what they print kept as snapshots.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test -p keyway-cli --test tools`, then read
//! the difference.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

#[path = "tools/bench.rs"]
mod bench;
#[path = "tools/desk.rs"]
mod desk;
#[path = "tools/keys.rs"]
mod keys;
