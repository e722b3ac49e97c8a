//! The example contracts' rules, each shown on a chain, and what attackers get.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod drop;
mod game;
mod recovery;

use keyway::Error;

/// The chain refuses the key's holder, before anything runs.
#[track_caller]
fn assert_not_for_this_key<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err();
    assert!(error.kind().starts_with("Refused.Signer.AccessKey"), "{error}");
}

/// The contract refuses the call, in these words.
#[track_caller]
fn assert_panics<T: std::fmt::Debug>(result: Result<T, Error>, words: &str) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}
