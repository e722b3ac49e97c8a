//! Where accepted inputs become durable before they are acknowledged.

use keyway_chain::{Chain, Input};
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// Keeps what the chain accepted, so that a restart finds it again.
///
/// [`Service`](crate::Service) appends inputs after the chain has accepted them and before anyone
/// can see or hear of them. If that fails they are undone, and the service takes no more inputs
/// until it is restarted: it cannot know what reached the disk.
pub trait Journal: Send {
    /// Stores `inputs`, in order, which the chain accepted at `now_ns` (nanoseconds since the Unix
    /// epoch). On return they must survive the end of the process; of the machine too, unless there
    /// is a [`Journal::sync`].
    ///
    /// # Errors
    /// When they may not survive. [`io::ErrorKind::InvalidInput`] says that one of them has no form
    /// in the journal, and that the journal is as before: then only these inputs are refused.
    fn append(&mut self, now_ns: u64, inputs: &[Input]) -> io::Result<()>;

    /// What makes all that was appended before survive a crash of the machine. Where there is one,
    /// nobody sees or hears of an input before it ran; one run serves all inputs that wait for it.
    fn sync(&self) -> Option<Arc<dyn Sync>> {
        None
    }

    /// The place to take what `chain` has in memory to where it rests; it is the chain after the
    /// last input that was appended. Returns the same chain without what it need not hold any more,
    /// or none when it stays as it is. Nobody can write meanwhile: what takes long is better done
    /// in a thread, and returned when it is ready.
    ///
    /// # Errors
    /// When that fails. Inputs so far stay accepted; the service takes no more of them.
    fn rest(&mut self, chain: &Arc<Chain>) -> io::Result<Option<Chain>> {
        let _stays = chain;
        Ok(None)
    }

    /// The last call: takes all of `chain`, which is the chain after the last input that was
    /// appended, to where it rests, so that nothing is run again when it is opened.
    ///
    /// # Errors
    /// When that fails. Inputs so far stay accepted: they are run again then.
    fn close(&mut self, chain: &Arc<Chain>) -> io::Result<()> {
        let _gone = chain;
        Ok(())
    }

    /// Whether inputs are found again. A chain whose inputs are kept cannot go back to what it was:
    /// the journal would tell another story.
    fn keeps(&self) -> bool {
        true
    }
}

/// Makes a journal survive a crash of the machine.
pub trait Sync: Debug + Send + std::marker::Sync {
    /// Returns when all that was appended before the call survives.
    ///
    /// # Errors
    /// When it may not survive.
    fn sync(&self) -> io::Result<()>;
}

/// For chains that live in memory only: forgets everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forget;

impl Journal for Forget {
    fn append(&mut self, _now_ns: u64, _inputs: &[Input]) -> io::Result<()> {
        Ok(())
    }

    fn keeps(&self) -> bool {
        false
    }
}
