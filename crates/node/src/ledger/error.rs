//! Why an input was not applied, or why the node takes no more.

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
        /// The journal's words.
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
    /// A chain with a journal was to go back to what it was.
    #[error("this chain has a journal, so it cannot go back; start another chain from a copy")]
    Journaled,
    /// More is sent than the chain can take.
    #[error("{waiting} transactions wait for the chain already; send this one again in a moment")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// A fault of the program: nobody knows what became of the input.
    #[error("the node failed while it applied this input; look it up before sending it again")]
    Lost,
}

/// Why no more inputs are taken, once that is so. Apart from the writer, who may be busy for long
/// when somebody wants to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Failure(Arc<OnceLock<String>>);

impl Failure {
    /// Takes note of `error`, unless there was one before, which is then the one that counts.
    pub(super) fn set(&self, error: &io::Error) -> WriteError {
        let reason = self.0.get_or_init(|| error.to_string()).clone();
        WriteError::ReadOnly { reason }
    }

    /// As [`Failure::set`], and logs it.
    pub(super) fn fail(&self, error: &io::Error) -> WriteError {
        tracing::error!(%error, "the chain cannot be kept: no more inputs are taken");
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
