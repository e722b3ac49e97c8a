//! A directory of compiled contracts, which may disappear or fill up at any time.

use crate::files::private_dir;
use near_primitives::hash::CryptoHash;
use near_vm_runner::{
    CompiledContractInfo, ContractRuntimeCache, FilesystemContractRuntimeCache,
    noop_background_spawner,
};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// A directory with files of compiled contracts, for their owner only.
pub(super) struct Directory {
    path: PathBuf,
    limits: Limits,
    /// None while the directory cannot be created.
    files: RwLock<Option<FilesystemContractRuntimeCache>>,
}

/// How much a directory keeps.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How many contracts stay loaded in memory, of 16 MiB each or as many more smaller ones.
    pub(super) loaded: usize,
    /// What the files may take, bytes. Those that were not used for the longest time go first.
    pub(super) disk_bytes: u64,
}

impl Directory {
    /// The directory at `path`. If it cannot be created, that is tried again when it is needed.
    pub(super) fn open(path: &Path, limits: Limits) -> Self {
        let directory = Self { path: path.to_owned(), limits, files: RwLock::default() };
        let _later = directory.reopen();
        directory
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a contract's file.
    ///
    /// # Errors
    /// The system's error; no file is left then.
    pub(super) fn put(&self, name: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        let written = self.files().map(|files| files.put(name, contract.clone()));
        if !matches!(written, Some(Ok(()))) {
            // The directory may have been removed.
            remove_half_written(&self.path);
            let again = self.reopen()?.put(name, contract);
            again.inspect_err(|_| remove_half_written(&self.path))?;
        }
        restrict(&self.file(name))
    }

    /// The content of a contract's file; none if it cannot be read.
    pub(super) fn get(&self, name: &CryptoHash) -> Option<CompiledContractInfo> {
        self.files()?.get(name).ok()?
    }

    /// Whether a contract is loaded in memory.
    pub(super) fn is_loaded(&self, name: &CryptoHash) -> bool {
        let Some(files) = self.files() else { return false };
        files.memory_cache().try_lookup(*name, || Err(()), |_| ()).is_ok()
    }

    /// What the VM works with.
    pub(super) fn handle(&self) -> Option<Box<dyn ContractRuntimeCache>> {
        Some(self.files()?.handle())
    }

    pub(super) fn remove(&self, name: &CryptoHash) {
        let _not_there = fs::remove_file(self.file(name));
    }

    fn file(&self, name: &CryptoHash) -> PathBuf {
        self.path.join(name.to_string())
    }

    fn files(&self) -> Option<FilesystemContractRuntimeCache> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn reopen(&self) -> io::Result<FilesystemContractRuntimeCache> {
        private_dir(&self.path)?;
        let files = FilesystemContractRuntimeCache::with_memory_cache(
            &self.path,
            None::<&Path>,
            ".",
            self.limits.loaded,
            None,
            self.limits.disk_bytes,
            noop_background_spawner(),
        )?;
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = Some(files.clone());
        Ok(files)
    }
}

/// Removes unfinished files, which a full disk leaves.
fn remove_half_written(path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "temp") {
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(unix)]
fn restrict(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match fs::set_permissions(file, fs::Permissions::from_mode(0o600)) {
        // Another process has removed it: a dump of the same home.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}
