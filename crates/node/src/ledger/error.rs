//! Why an input was not applied, or why the node accepts no more.

use keyway_chain::Refused;
use std::io;
use std::sync::{Arc, OnceLock};

/// Why an input did not become part of the chain.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The journal cannot hold it.
    #[error("the journal cannot hold this input: {reason}")]
    Unwritable {
        /// The journal's reason.
        reason: String,
    },
    /// Writing the chain to disk failed, now or earlier: the journal or the store.
    #[error(
        "the node is read-only: writing to disk failed ({reason}); free disk space, restart it, then check every transaction that got no answer"
    )]
    ReadOnly {
        /// The first error.
        reason: String,
    },
    /// A chain with a journal cannot be replaced by an earlier one.
    #[error("this chain has a journal, so it cannot go back; start another chain from a copy")]
    Journaled,
    /// Too many transactions are waiting.
    #[error("{waiting} transactions wait for the chain already; send this one again in a moment")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// A bug of the program: it is unknown whether the input was applied.
    #[error("the node failed while it applied this input; look it up before sending it again")]
    Lost,
}

/// Why no more inputs are accepted; empty while they are. Outside the writer's lock, so that it can
/// be read while the writer is busy.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<OnceLock<String>>);

impl Failure {
    /// Records `error`, unless an earlier one is recorded. Returns the one that is recorded.
    pub(super) fn set(&self, error: &io::Error) -> WriteError {
        let reason = self.0.get_or_init(|| error.to_string()).clone();
        WriteError::ReadOnly { reason }
    }

    /// As [`Failure::set`], and logs it.
    pub(super) fn fail(&self, error: &io::Error) -> WriteError {
        tracing::error!(%error, "writing to disk failed: the node is read-only");
        self.set(error)
    }

    /// # Errors
    /// [`WriteError::ReadOnly`] after a failure.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        match self.0.get() {
            None => Ok(()),
            Some(reason) => Err(WriteError::ReadOnly { reason: reason.clone() }),
        }
    }
}
