//! Snapshots of a sandbox.

use super::Sandbox;
use super::clock::time_of;
use crate::error::{Error, SandboxError};
use keyway_chain::{Chain, Input, SnapshotError, SnapshotInfo};
use near_primitives::types::BlockHeight;
use std::sync::Arc;

/// The chain of a sandbox at one moment. Taking a snapshot costs almost nothing.
#[derive(Clone, Debug)]
pub struct Snapshot {
    chain: Arc<Chain>,
}

impl Snapshot {
    /// The height of its newest block.
    #[must_use]
    pub fn height(&self) -> BlockHeight {
        self.chain.head().height()
    }
}

impl Sandbox {
    /// Takes a snapshot of the chain.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// let before = sandbox.snapshot();
    /// sandbox.seal_blocks(5)?;
    /// assert_eq!((before.height(), sandbox.height()), (0, 5));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { chain: self.chain() }
    }

    /// Reverts the chain to a snapshot, for all handles of the sandbox: state, blocks and time. Named snapshots stay.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// let before = sandbox.snapshot();
    /// alice.execute(transfer(1.near()).to("near"))?;
    /// sandbox.revert(&before)?;
    /// assert_eq!(alice.balance()?, 10.near());
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in normal use.
    pub fn revert(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let _handles = self.core.lock_handles();
        // The clock first, so that a block sealed by a server in between is reverted with its chain.
        self.core.clock().move_to(time_of(&snapshot.chain), &snapshot.chain);
        self.core.restore(&snapshot.chain)
    }

    /// Saves the chain as a snapshot that it keeps itself, so that every handle, and every caller of `keyway_*` methods,
    /// can go back to it. A name has 1 to 64 visible ASCII characters, with spaces between them; a note
    /// at most 1,024 bytes.
    ///
    /// ```
    /// use keyway::{NearLiteral, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// sandbox.snapshot_named("empty", "only near and test.near")?;
    /// let alice = sandbox.create_account("alice.near").balance(10.near()).create()?;
    /// sandbox.snapshot_named("funded", "")?;
    /// sandbox.revert_named("empty")?;
    /// assert!(alice.balance().is_err());
    /// sandbox.revert_named("funded")?;
    /// assert_eq!(alice.balance()?, 10.near());
    /// let funded = &sandbox.snapshots()[1];
    /// assert_eq!((funded.name.as_str(), funded.parent.as_deref()), ("funded", Some("empty")));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::Snapshot`] if the name is taken or not allowed, the note too long, or there are 10,000.
    pub fn snapshot_named(&self, name: &str, note: &str) -> Result<(), Error> {
        let (name, note) = (name.to_owned(), note.to_owned());
        self.core.apply(Input::SaveSnapshot { name, note }).map(drop)
    }

    /// The named snapshots, in the order in which they were saved.
    #[must_use]
    pub fn snapshots(&self) -> Vec<SnapshotInfo> {
        self.chain().snapshots()
    }

    /// Reverts the chain to a named snapshot, as [`Sandbox::revert`] does. All named snapshots stay, so it can go back and
    /// forth.
    ///
    /// # Errors
    /// [`SandboxError::Snapshot`] if there is none with this name.
    pub fn revert_named(&self, name: &str) -> Result<(), Error> {
        let info = self.chain().snapshot(name);
        let unknown = || SandboxError::Snapshot(SnapshotError::Unknown { name: name.to_owned() });
        let info = info.ok_or_else(unknown)?;
        self.go_back(info.block_time_ns, Input::Revert { name: name.to_owned() })
    }

    /// Deletes a named snapshot. The chain stays as it is.
    ///
    /// # Errors
    /// [`SandboxError::Snapshot`] if there is none with this name.
    pub fn delete_snapshot(&self, name: &str) -> Result<(), Error> {
        self.core.apply(Input::DeleteSnapshot { name: name.to_owned() }).map(drop)
    }

    /// Reverts the chain to its first block, and deletes all named snapshots.
    ///
    /// ```
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.seal_blocks(5)?;
    /// sandbox.reset()?;
    /// assert_eq!(sandbox.height(), 0);
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in normal use.
    pub fn reset(&self) -> Result<(), Error> {
        let first = self.chain().genesis_block().header.raw_timestamp();
        self.go_back(first, Input::Reset)
    }

    fn go_back(&self, time_ns: u64, input: Input) -> Result<(), Error> {
        let _handles = self.core.lock_handles();
        self.core.apply(input)?;
        self.core.clock().move_to(time_ns, &self.chain());
        Ok(())
    }
}
