//! Where compiled contracts are kept, so that each is compiled once.

use crate::error::CliError;
use near_vm_runner::{
    ContractRuntimeCache, FilesystemContractRuntimeCache, noop_background_spawner,
};
use std::path::Path;
use std::sync::Arc;

/// Compiled contracts in `dir`, and the most used ones loaded in memory besides.
///
/// # Errors
/// When the directory cannot be made or read.
pub(crate) fn open(dir: &Path) -> Result<Arc<dyn ContractRuntimeCache>, CliError> {
    let cache = FilesystemContractRuntimeCache::with_memory_cache(
        dir,
        None::<&Path>,
        COMPILED,
        LOADED,
        None,
        DISK_BYTES,
        noop_background_spawner(),
    );
    match cache {
        Ok(cache) => Ok(Arc::new(cache)),
        Err(source) => Err(CliError::Contracts { path: dir.to_owned(), source }),
    }
}

/// The directory's name. Not `contracts`: that is neard's old name, which the cache would move.
const COMPILED: &str = "compiled";

/// Contracts that stay loaded. Without them every call would load its contract from its file.
const LOADED: usize = 256;

/// What compiled contracts may take on disk: four times what a development machine ever needs.
const DISK_BYTES: u64 = 4 << 30;
