//! Where accepted inputs become durable before they are acknowledged.

use keyway_node::Input;
use std::io;

/// Keeps what the chain accepted, so that a restart finds it again.
///
/// [`Service`](crate::Service) appends an input after the chain has accepted it and before anyone
/// can see or hear of it. If appending fails the input is undone, and the service takes no more
/// inputs until it is restarted: it cannot know what reached the disk.
pub trait Journal: Send {
    /// Stores `input`, which the chain accepted at `now_ns` (nanoseconds since the Unix epoch).
    /// On return it must survive a crash.
    ///
    /// # Errors
    /// When it may not survive. [`io::ErrorKind::InvalidInput`] says that the input has no form in
    /// the journal, and that the journal itself is as before: then only this input is refused.
    fn append(&mut self, now_ns: u64, input: &Input) -> io::Result<()>;

    /// Stores several inputs that the chain accepted at the same time, in order. One that waits for
    /// a disk need do so only once.
    ///
    /// # Errors
    /// As [`Journal::append`], of the first that may not survive.
    fn append_all(&mut self, now_ns: u64, inputs: &[Input]) -> io::Result<()> {
        inputs.iter().try_for_each(|input| self.append(now_ns, input))
    }

    /// Whether inputs are found again. A chain whose inputs are kept cannot go back to what it was:
    /// the journal would tell another story.
    fn keeps(&self) -> bool {
        true
    }
}

/// For chains that live in memory only: forgets everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forget;

impl Journal for Forget {
    fn append(&mut self, _now_ns: u64, _input: &Input) -> io::Result<()> {
        Ok(())
    }

    fn keeps(&self) -> bool {
        false
    }
}
