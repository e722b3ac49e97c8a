//! The journal's way to the disk's surface.

use crate::journal::Synced;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Forces a journal to the disk. What failed once stays failed: the system tells of lost writes only
/// once, and the next call would succeed without them.
#[derive(Debug)]
pub(super) struct ToDisk {
    journal: Arc<Synced>,
    failure: Mutex<Option<String>>,
}

impl ToDisk {
    pub(super) fn new(journal: Arc<Synced>) -> Self {
        Self { journal, failure: Mutex::default() }
    }
}

impl keyway_rpc::Sync for ToDisk {
    fn sync(&self) -> io::Result<()> {
        // Held during the call: of two at once, only one would be told.
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = &*failure {
            return Err(io::Error::other(failure.clone()));
        }
        self.journal.sync().inspect_err(|error| *failure = Some(error.to_string()))
    }
}
