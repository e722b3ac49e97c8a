//! The lock file: one node at a time for each home.

use crate::error::{FileError, HomeError};
use crate::files::{self, Access};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

/// Held by everything that writes to a home directory; clones share the lock, and the last one
/// releases it. The system releases it when the process ends, even by a kill.
#[derive(Clone, Debug)]
pub(crate) struct HomeLock {
    _file: Arc<File>,
}

impl HomeLock {
    /// Locks the data directory `data`, which is created if it does not exist.
    ///
    /// # Errors
    /// [`HomeError::InUse`] while another process holds it.
    pub(crate) fn take(data: &Path) -> Result<Self, HomeError> {
        let path = data.join("LOCK");
        let unwritable = |source| FileError::Unwritable { path: path.clone(), source };
        files::private_dir(data).map_err(unwritable)?;
        let file = Access::Owner.options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Arc::new(file) }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse { dir: data.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unwritable(source).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_until_all_of_it_has_ended() {
        let dir = tempfile::tempdir().unwrap();
        let held = HomeLock::take(dir.path()).unwrap();
        assert!(matches!(HomeLock::take(dir.path()), Err(HomeError::InUse { .. })));
        let other = held.clone();
        drop(held);
        assert!(matches!(HomeLock::take(dir.path()), Err(HomeError::InUse { .. })));
        drop(other);
        HomeLock::take(dir.path()).unwrap();
    }
}
