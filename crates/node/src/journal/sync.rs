//! Syncing a journal while others append to it.

use super::file::Synced;
use crate::durability::Sync;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Forces a journal to the disk. What failed once stays failed: the system tells of lost writes only
/// once, and the next call would succeed without them.
#[derive(Debug)]
pub(crate) struct DiskSync {
    file: Synced,
    failure: Mutex<Option<String>>,
}

impl DiskSync {
    pub(super) fn new(file: Synced) -> Self {
        Self { file, failure: Mutex::default() }
    }
}

impl Sync for DiskSync {
    fn sync(&self) -> io::Result<()> {
        // Held during the call: of two at once, only one would be told.
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = &*failure {
            return Err(io::Error::other(failure.clone()));
        }
        self.file.sync().inspect_err(|error| *failure = Some(error.to_string()))
    }
}
