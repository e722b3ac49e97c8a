//! Where compiled contracts are kept, so that each is compiled once.
//!
//! A compiled contract is machine code, and the VM runs it as it is: one flipped bit gives wrong
//! answers, or ends the process. So what comes back from the disk must carry a seal that only this
//! node's key makes; what does not is compiled again. And a disk that keeps nothing stops no call:
//! it only costs the time to compile.

mod directory;
mod seal;
mod temporary;

pub(crate) use temporary::TemporaryDirectory;

use directory::Directory;
use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use seal::Key;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};

/// The compiled contracts of the home whose data directory is `data`, for this start and the next.
pub(crate) fn of_home(data: &Path) -> Arc<dyn ContractRuntimeCache> {
    Arc::new(Compiled::open(data, Key::of_home(data)))
}

/// Compiled contracts in `dir`, which goes with the process.
pub(crate) fn temporary(dir: &Path) -> Arc<dyn ContractRuntimeCache> {
    Arc::new(Compiled::open(dir, Key::random()))
}

/// Compiled contracts. Whoever runs one asks first whether it [is here](ContractRuntimeCache::has),
/// and if so runs it from the [handle](ContractRuntimeCache::handle).
#[derive(Clone)]
struct Compiled(Arc<Inner>);

struct Inner {
    /// All of them, sealed.
    kept: Directory,
    key: Key,
    /// What the VM reads: those that are loaded, and for a moment the file of one that will be.
    desk: Directory,
    on_desk: Mutex<HashSet<CryptoHash>>,
    told: Once,
}

impl Compiled {
    fn open(dir: &Path, key: Key) -> Self {
        let path = dir.join(COMPILED);
        let (kept, desk) = (Directory::open(&path, 0), Directory::open(&path.join(DESK), LOADED));
        Self(Arc::new(Inner { kept, key, desk, on_desk: Mutex::default(), told: Once::new() }))
    }

    fn sealed(&self, name: &CryptoHash) -> Option<CompiledContractInfo> {
        self.0.key.unseal(name, &self.0.kept.get(name)?)
    }

    /// Puts a contract where the VM reads it; whether that worked.
    fn lay_out(&self, name: &CryptoHash, contract: CompiledContractInfo) -> bool {
        let laid = self.0.desk.put(name, contract);
        self.on_desk(|names| names.insert(*name));
        self.told_of(laid).is_some()
    }

    /// Takes away what the VM has loaded: it would be read again unchecked.
    fn clear(&self, name: &CryptoHash) {
        if self.on_desk(|names| names.remove(name)) {
            self.0.desk.remove(name);
        }
    }

    fn on_desk<T>(&self, change: impl FnOnce(&mut HashSet<CryptoHash>) -> T) -> T {
        change(&mut self.0.on_desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What `result` gave. An error is told once: the next contract meets the same.
    fn told_of<T>(&self, result: io::Result<T>) -> Option<T> {
        let told = |error: &io::Error| {
            let path = self.0.kept.path().display();
            let words = "compiled contracts cannot be kept, so they are compiled again and again";
            self.0.told.call_once(|| tracing::warn!(%path, %error, "{words}"));
        };
        result.inspect_err(told).ok()
    }
}

impl ContractRuntimeCache for Compiled {
    fn handle(&self) -> Box<dyn ContractRuntimeCache> {
        self.0.desk.handle().unwrap_or_else(|| Box::new(self.clone()))
    }

    fn put(&self, name: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        let sealed = self.0.key.seal(name, &contract)?;
        self.told_of(self.0.kept.put(name, sealed));
        self.lay_out(name, contract);
        Ok(())
    }

    fn get(&self, name: &CryptoHash) -> io::Result<Option<CompiledContractInfo>> {
        Ok(self.sealed(name))
    }

    fn has(&self, name: &CryptoHash) -> io::Result<bool> {
        if self.0.desk.is_loaded(name) {
            self.clear(name);
            return Ok(true);
        }
        Ok(self.sealed(name).is_some_and(|contract| self.lay_out(name, contract)))
    }
}

/// The directory's name. Not `contracts`: that is neard's old name, which the cache would move.
const COMPILED: &str = "compiled";

/// The directory in it that the VM reads from.
const DESK: &str = "loading";

/// Contracts that stay loaded. Without them every call would load its contract from its file.
const LOADED: usize = 256;

#[cfg(test)]
mod tests;
