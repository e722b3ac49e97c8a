//! Where accepted inputs become durable before anybody hears of them, and what keeps memory bounded.

use keyway_chain::{Chain, HeadState, Input};
use std::fmt;
use std::io;
use std::sync::Arc;

/// Keeps the inputs that the chain accepted, so that a restart finds them again.
///
/// The node appends inputs after the chain has accepted them and before anyone can see or hear of
/// them. If that fails they are undone, and the node takes no more inputs until it is restarted: it
/// cannot know what reached the disk.
pub trait Journal: Send {
    /// Stores `inputs`, in order, which the chain accepted at `now_ns` (nanoseconds since the Unix
    /// epoch), and `head`, where the chain stands after them: a replay compares it. On return they must survive the end of the process; of the machine too, unless there
    /// is a [`Journal::sync`].
    ///
    /// # Errors
    /// When they may not survive. [`io::ErrorKind::InvalidInput`] says that one of them has no form
    /// in the journal, and that the journal is as before: then only these inputs are refused.
    fn append(&mut self, now_ns: u64, inputs: &[Input], head: HeadState) -> io::Result<()>;

    /// What makes all that was appended before survive a crash of the machine. Where there is one,
    /// nobody sees or hears of an input before it ran; one run serves all inputs that wait for it.
    fn sync(&self) -> Option<Arc<dyn Sync>> {
        None
    }

    /// How far the journal goes, bytes of records. A checkpoint notes it, to know which inputs it
    /// has.
    fn position(&self) -> u64 {
        0
    }

    /// Learns that a checkpoint has all inputs before `position`, and survives a power cut: the
    /// journal may drop them. Nobody can write meanwhile.
    ///
    /// # Errors
    /// When it is unknown what the journal has. Inputs so far stay accepted; the node takes no more.
    fn checkpointed(&mut self, _position: u64) -> io::Result<()> {
        Ok(())
    }

    /// Whether inputs are found again. A chain whose inputs are kept cannot go back to what it was:
    /// the journal would tell another story.
    fn keeps(&self) -> bool {
        true
    }
}

/// Makes a journal survive a crash of the machine.
pub trait Sync: fmt::Debug + Send + std::marker::Sync {
    /// Returns when all that was appended before the call survives.
    ///
    /// # Errors
    /// When it may not survive.
    fn sync(&self) -> io::Result<()>;
}

/// Moves blocks and state from memory to a store.
pub trait Checkpoints: Send {
    /// `chain` is the chain after the inputs up to `position` of the journal. Returns the same chain
    /// without what the store has, or none when it stays as it is. Nobody can write meanwhile: what
    /// takes long is better done in a thread, and returned when it is ready.
    ///
    /// # Errors
    /// When that fails. Inputs so far stay accepted; the node takes no more of them.
    fn evict(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<Option<Chain>>;

    /// The last call: writes all of `chain` to the store, so that no input is applied again when it
    /// is opened.
    ///
    /// # Errors
    /// When that fails. Inputs so far stay accepted: they are applied again then.
    fn finish(&mut self, chain: &Arc<Chain>, position: u64) -> io::Result<()>;

    /// The position of the journal up to which the newest checkpoint that is written has the inputs.
    fn covered(&self) -> u64 {
        0
    }
}

/// How a node keeps its chain.
pub struct Persistence {
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) checkpoints: Option<Box<dyn Checkpoints>>,
}

impl Persistence {
    /// Keeps inputs in `journal`, and everything else in memory.
    pub fn new(journal: impl Journal + 'static) -> Self {
        Self { journal: Box::new(journal), checkpoints: None }
    }

    /// Moves to a store what memory should not hold.
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

/// For chains that live in memory only: keeps no input.
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
