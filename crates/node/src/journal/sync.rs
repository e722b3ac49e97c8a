//! Syncing a journal while others append to it.

use super::file::Synced;
use crate::durability::Sync;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Syncs a journal to the disk. After one failure all later calls fail: the system reports lost
/// writes only once, so a later sync would succeed without them.
#[derive(Debug)]
pub(crate) struct DiskSync(Mutex<State>);

#[derive(Debug)]
struct State {
    file: Synced,
    failure: Option<String>,
}

impl DiskSync {
    pub(super) fn new(file: Synced) -> Self {
        Self(Mutex::new(State { file, failure: None }))
    }

    /// Runs `replace`, which replaces the journal's file by `file`, while no sync runs. All of `file`
    /// must be on the disk.
    ///
    /// # Errors
    /// As `replace`, or when a sync failed before. No later sync succeeds then.
    pub(super) fn replace(
        &self,
        file: Synced,
        replace: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<()> {
        self.attempt(|old| {
            replace()?;
            *old = file;
            Ok(())
        })
    }

    /// Holds the lock during `work`: of two concurrent syncs, only one would get the error.
    fn attempt(&self, work: impl FnOnce(&mut Synced) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = &state.failure {
            return Err(io::Error::other(failure.clone()));
        }
        work(&mut state.file).inspect_err(|error| state.failure = Some(error.to_string()))
    }
}

impl Sync for DiskSync {
    fn sync(&self) -> io::Result<()> {
        self.attempt(|file| file.sync())
    }
}
