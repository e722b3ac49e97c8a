//! One node to a home directory.

use super::HomeError;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// Held while a node runs on a home directory; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Takes the lock of the data directory `data`, which is made where it is not there.
    ///
    /// # Errors
    /// [`HomeError::InUse`] while another process holds it.
    pub(crate) fn take(data: &Path) -> Result<Self, HomeError> {
        let path = data.join("LOCK");
        let unwritable = |source| HomeError::Unwritable { path: path.clone(), source };
        fs::create_dir_all(data).map_err(unwritable)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse { dir: data.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unwritable(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let held = HomeLock::take(dir.path()).unwrap();
        assert!(matches!(HomeLock::take(dir.path()), Err(HomeError::InUse { .. })));
        drop(held);
        HomeLock::take(dir.path()).unwrap();
    }
}
