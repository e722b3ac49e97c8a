//! The private directory of a node without a home, for compiled contracts and old blocks, or of a process with
//! sandboxes. It is removed with the node, or by a later one if this one is killed.

use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::path::Path;
use tempfile::TempDir;

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryDirectory {
    /// Released first: some systems cannot remove an open file.
    _lock: File,
    dir: TempDir,
}

impl TemporaryDirectory {
    /// Makes a directory in `parent`, and removes directories of nodes that have ended.
    ///
    /// # Errors
    /// When `parent` cannot be written to.
    pub(crate) fn make(parent: &Path) -> io::Result<Self> {
        let dir = private(tempfile::Builder::new().prefix(PREFIX)).tempdir_in(parent)?;
        // It is locked before it gets its name, so that no other node removes it.
        let unnamed = dir.path().join("LOCK.new");
        let lock = File::create_new(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, dir.path().join(LOCK))?;
        sweep(parent, &dir.path().metadata()?);
        Ok(Self { _lock: lock, dir })
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Its files are executed, so only the owner may write there, whatever the umask.
#[cfg(unix)]
fn private<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn private<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder
}

/// Removes directories of nodes that have ended. Those that cannot be removed are harmless.
fn sweep(parent: &Path, own: &Metadata) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if is_left_behind(&entry, own) {
            drop(fs::remove_dir_all(entry.path()));
        }
    }
}

/// Whether it is an unlocked directory of [`TemporaryDirectory::make`] by the same user.
fn is_left_behind(entry: &DirEntry, own: &Metadata) -> bool {
    let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
    // Links are not followed.
    let ours = |data: Metadata| data.is_dir() && same_owner(&data, own);
    if !named || !entry.metadata().is_ok_and(ours) {
        return false;
    }
    File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(unix)]
fn same_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

/// Temporary directories are a user's own.
#[cfg(not(unix))]
fn same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

const PREFIX: &str = "keyway-compiled-";
const LOCK: &str = "LOCK";

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A directory as a node that was killed leaves it.
    fn left(parent: &Path, name: &str) -> PathBuf {
        let dir = parent.join(name);
        fs::create_dir_all(dir.join("compiled")).unwrap();
        fs::write(dir.join(LOCK), "").unwrap();
        fs::write(dir.join("compiled/code"), "machine code").unwrap();
        dir
    }

    #[test]
    fn what_the_dead_left_goes_and_all_else_stays() {
        let parent = tempfile::tempdir().unwrap();
        let alive = TemporaryDirectory::make(parent.path()).unwrap();
        let dead = left(parent.path(), "keyway-compiled-dead");
        let begun = parent.path().join("keyway-compiled-begun");
        fs::create_dir(&begun).unwrap();
        let others = left(parent.path(), "keyway-of-others");

        let new = TemporaryDirectory::make(parent.path()).unwrap();
        assert!(!dead.exists());
        for stays in [alive.path(), new.path(), &begun, &others] {
            assert!(stays.exists(), "{}", stays.display());
        }
    }

    #[test]
    #[cfg(unix)]
    fn links_lead_nowhere() {
        let (parent, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let home = left(elsewhere.path(), "home");
        std::os::unix::fs::symlink(&home, parent.path().join("keyway-compiled-link")).unwrap();
        TemporaryDirectory::make(parent.path()).unwrap();
        assert!(home.join("compiled/code").exists());
    }

    #[test]
    fn it_goes_with_the_node() {
        let parent = tempfile::tempdir().unwrap();
        drop(TemporaryDirectory::make(parent.path()).unwrap());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
