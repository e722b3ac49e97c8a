//! What a node needs to be durable: a journal for its inputs, and checkpoints that bound memory.

use keyway_chain::{Chain, HeadState, Input};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Stores the inputs that the chain accepted, so that a restart can replay them.
///
/// The node appends inputs after the chain has accepted them and before it publishes or acknowledges
/// them. If appending fails, they are undone and the node becomes read-only, because it cannot know
/// what reached the disk.
pub trait Journal: Send {
    /// Stores `inputs`, in order, which the chain accepted at `now_ns` (nanoseconds since the Unix
    /// epoch), and `head`, where the chain stands after them, which a replay compares. On return they
    /// must survive the end of the process; if there is no [`Journal::sync`], also a power cut.
    ///
    /// # Errors
    /// When they may not survive. [`io::ErrorKind::InvalidInput`] means that one of them cannot be
    /// encoded and the journal is unchanged; then only these inputs are refused.
    fn append(&mut self, now_ns: u64, inputs: &[Input], head: HeadState) -> io::Result<()>;

    /// Syncs the journal to the disk. If there is one, an input is published and acknowledged only
    /// after a sync; one sync serves all inputs that wait for it.
    fn sync(&self) -> Option<Arc<dyn Sync>> {
        None
    }

    /// The journal's length, in bytes of records since genesis. A checkpoint stores it, so that a
    /// restart knows which inputs to replay.
    fn position(&self) -> u64 {
        0
    }

    /// Called when a checkpoint with all inputs before `position` is on the disk: the journal may drop
    /// them. Inputs wait until it returns.
    ///
    /// # Errors
    /// When it is unknown what the journal holds. Earlier inputs stay accepted; the node becomes
    /// read-only.
    fn checkpointed(&mut self, _position: u64) -> io::Result<()> {
        Ok(())
    }

    /// Whether inputs are stored. Then the chain cannot be replaced by an earlier one, because the
    /// journal would no longer lead to it.
    fn keeps(&self) -> bool {
        true
    }
}

/// Syncs a journal to the disk.
pub trait Sync: fmt::Debug + Send + std::marker::Sync {
    /// Returns when everything that was appended before the call survives a power cut.
    ///
    /// # Errors
    /// When it may not survive.
    fn sync(&self) -> io::Result<()>;
}

/// Moves blocks and state from memory to a store.
pub trait Checkpoints: Send {
    /// `chain` is the chain after the inputs up to `position` of the journal. Returns it without what
    /// the store has, or none if nothing is evicted. Inputs wait until it returns, so long work
    /// belongs on another thread, whose result a later call returns.
    ///
    /// # Errors
    /// When that fails. Earlier inputs stay accepted; the node becomes read-only.
    fn evict(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<Option<Chain>>;

    /// The last call: writes all of `chain` to the store, so that the next start replays nothing.
    ///
    /// # Errors
    /// When that fails. Earlier inputs stay accepted and are replayed at the next start.
    fn finish(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<()>;

    /// The position of the journal that the newest written checkpoint covers.
    fn covered(&self) -> u64 {
        0
    }
}

/// A journal and, if memory is to be bounded, checkpoints.
pub struct Persistence {
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) checkpoints: Option<Box<dyn Checkpoints>>,
}

impl Persistence {
    /// Stores inputs in `journal` and keeps everything else in memory.
    pub fn new(journal: impl Journal + 'static) -> Self {
        Self { journal: Box::new(journal), checkpoints: None }
    }

    /// Adds checkpoints, which move blocks and state from memory to a store.
    #[must_use]
    pub fn with_checkpoints(self, checkpoints: impl Checkpoints + 'static) -> Self {
        Self { checkpoints: Some(Box::new(checkpoints)), ..self }
    }
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persistence").finish_non_exhaustive()
    }
}

/// For chains in memory only: stores nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn append(&mut self, _now_ns: u64, _inputs: &[Input], _head: HeadState) -> io::Result<()> {
        Ok(())
    }

    fn keeps(&self) -> bool {
        false
    }
}
