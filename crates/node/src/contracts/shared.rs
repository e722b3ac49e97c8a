//! The compiled contracts of chains in memory, such as sandboxes: one cache for all of this process, whose files
//! all processes of this user share, so that a contract is compiled once and not by every test process.
//!
//! The files are machine code that this process runs. So they are in the user's own cache directory, and only if
//! nobody else can write there or rename a directory above it; else in a temporary directory of this process.

mod private;

use super::directory::Limits;
use super::memory::Memory;
use super::seal::Key;
use super::{Compiled, DESK, TemporaryDirectory};
use crate::user_cache_dir;
use near_vm_runner::ContractRuntimeCache;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The compiled contracts that chains in memory share. They have no influence but on the time of calls.
///
/// They are kept in `keyway/contracts` of the [user's cache directory](user_cache_dir), at most 1 GiB, and loaded
/// ones in memory, at most 512 MiB. Where others could write there, they are in a temporary directory; on Windows, and
/// where nothing can be written, in memory.
#[must_use]
pub fn shared_contracts() -> Arc<dyn ContractRuntimeCache> {
    static SHARED: LazyLock<Arc<dyn ContractRuntimeCache>> =
        LazyLock::new(|| open(user_cache_dir().as_deref(), &std::env::temp_dir()));
    SHARED.clone()
}

fn open(caches: Option<&Path>, temporary: &Path) -> Arc<dyn ContractRuntimeCache> {
    let unusable = |error: &io::Error| tracing::debug!(%error, "a place for compiled contracts");
    let of_user = caches.map(|caches| of_user(&caches.join("keyway").join("contracts")));
    let shared = of_user.and_then(|opened| opened.inspect_err(unusable).ok());
    match shared.map_or_else(|| of_process(temporary).inspect_err(unusable), Ok) {
        Ok(compiled) => Arc::new(compiled),
        Err(_) => Arc::new(Memory::default()),
    }
}

/// The cache in a directory that all processes of this user share.
fn of_user(dir: &Path) -> io::Result<Compiled> {
    let dir = &private::make(dir)?;
    // What the VM reads next is each process's own.
    let own = TemporaryDirectory::make(dir)?;
    remove_unfinished(dir, &own)?;
    let desk = own.path().join(DESK);
    Ok(Compiled::open(dir, Key::kept_in(dir), LIMITS, &desk, Some(own)))
}

/// A cache in a directory of this process alone.
fn of_process(temporary: &Path) -> io::Result<Compiled> {
    let own = TemporaryDirectory::make(temporary)?;
    let (kept, desk) = (own.path().join(KEPT), own.path().join(DESK));
    Ok(Compiled::open(&kept, Key::random(), LIMITS, &desk, Some(own)))
}

/// Removes what processes that were killed did not finish writing, an hour later.
fn remove_unfinished(dir: &Path, own: &TemporaryDirectory) -> io::Result<()> {
    let now = own.path().metadata()?.modified()?;
    for entry in fs::read_dir(dir)?.flatten() {
        let written = entry.metadata().and_then(|file| file.modified());
        let is_old = written.is_ok_and(|then| {
            now.duration_since(then).is_ok_and(|age| age.as_secs() > UNFINISHED_SECONDS)
        });
        if is_old && entry.path().extension().is_some_and(|extension| extension == "temp") {
            drop(fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// The directory of a process's own contracts.
const KEPT: &str = "kept";

const LIMITS: Limits = Limits { loaded: 32, disk_bytes: 1 << 30 };

const UNFINISHED_SECONDS: u64 = 3600;

#[cfg(test)]
mod tests;
