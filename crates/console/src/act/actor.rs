//! Who can act on this chain from a page, and how.

use keyway::{AccountId, KeyPair};
use std::fmt;
use std::sync::Arc;

/// The means by which pages act on a chain of one's own.
#[derive(Clone)]
pub struct Actors {
    keys: Arc<FindKey>,
    /// Whether accounts can act without their keys, which chain control allows.
    pub(crate) impersonation: bool,
}

/// Finds the development key of an account.
type FindKey = dyn Fn(&AccountId) -> Option<KeyPair> + Send + Sync;

impl Actors {
    /// Acts with the keys that `keys` finds, which should be the chain's development keys alone; with
    /// `impersonation` also for all other accounts.
    pub fn new(
        keys: impl Fn(&AccountId) -> Option<KeyPair> + Send + Sync + 'static,
        impersonation: bool,
    ) -> Self {
        Self { keys: Arc::new(keys), impersonation }
    }

    /// The same, with or without impersonation.
    pub(crate) fn with_impersonation(self, impersonation: bool) -> Self {
        Self { impersonation, ..self }
    }

    /// The development key of an account.
    pub(crate) fn key_of(&self, account: &AccountId) -> Option<KeyPair> {
        (self.keys)(account)
    }
}

impl fmt::Debug for Actors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actors").field("impersonation", &self.impersonation).finish_non_exhaustive()
    }
}
