//! Snapshots of a sandbox.

use super::Sandbox;
use super::clock::time_of;
use crate::error::Error;
use keyway_chain::Chain;
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

    /// Reverts the chain to a snapshot, for all handles of the sandbox: state, blocks and time.
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
}
