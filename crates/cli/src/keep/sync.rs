//! The journal's way to the disk's surface.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Forces a file to the disk. What failed once stays failed: the system tells of lost writes only
/// once, and the next call would succeed without them.
#[derive(Debug)]
pub(super) struct ToDisk {
    file: Arc<File>,
    failure: Mutex<Option<String>>,
}

impl ToDisk {
    pub(super) fn new(file: Arc<File>) -> Self {
        Self { file, failure: Mutex::default() }
    }
}

impl keyway_rpc::Sync for ToDisk {
    fn sync(&self) -> io::Result<()> {
        // Held during the call: of two at once, only one would be told.
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = &*failure {
            return Err(io::Error::other(failure.clone()));
        }
        self.file.sync_data().inspect_err(|error| *failure = Some(error.to_string()))
    }
}
