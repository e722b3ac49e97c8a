//! The cache of compiled contracts.
//!
//! A compiled contract is machine code that the VM executes as it is: a flipped bit gives wrong
//! answers or ends the process. So each file carries an HMAC, its *seal*, by a key of this node, and a
//! contract whose seal is missing or wrong is compiled again. If the disk cannot store contracts,
//! calls still work and are only slower.

#[cfg_attr(windows, path = "contracts/windows.rs")]
mod directory;
mod memory;
mod seal;
#[cfg_attr(windows, path = "contracts/shared/windows.rs")]
mod shared;
mod temporary;

pub use shared::shared_contracts;
pub(crate) use temporary::TemporaryDirectory;

use directory::{Directory, Limits};
use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use seal::Key;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};

/// The compiled contracts of the home whose data directory is `data`.
pub(crate) fn of_home(data: &Path) -> Arc<dyn ContractRuntimeCache> {
    Arc::new(Compiled::in_data(data, Key::kept_in(data)))
}

/// Compiled contracts in `dir`, whose key is lost with the process.
pub(crate) fn temporary(dir: &Path) -> Arc<dyn ContractRuntimeCache> {
    Arc::new(Compiled::in_data(dir, Key::random()))
}

/// Compiled contracts. The VM first asks whether one [is here](ContractRuntimeCache::has), and if so
/// executes it from the [handle](ContractRuntimeCache::handle).
#[derive(Clone)]
struct Compiled(Arc<Inner>);

struct Inner {
    /// All of them, with their seals.
    kept: Directory,
    key: Key,
    /// The directory that the VM loads from: it has a verified contract until the VM has loaded it.
    desk: Directory,
    on_desk: Mutex<HashSet<CryptoHash>>,
    logged: Once,
    /// The directory of the desk, if it is removed with the cache.
    _own: Option<TemporaryDirectory>,
}

impl Compiled {
    /// A cache in the data directory of a node, which nobody else uses.
    fn in_data(data: &Path, key: Key) -> Self {
        let path = data.join(COMPILED);
        Self::open(&path, key, OF_NODE, &path.join(DESK), None)
    }

    /// A cache that keeps contracts in `path`.
    fn open(
        path: &Path,
        key: Key,
        limits: Limits,
        desk: &Path,
        own: Option<TemporaryDirectory>,
    ) -> Self {
        let kept = Directory::open(path, Limits { loaded: 0, ..limits });
        let desk = Directory::open(desk, limits);
        let (on_desk, logged) = (Mutex::default(), Once::new());
        Self(Arc::new(Inner { kept, key, desk, on_desk, logged, _own: own }))
    }

    fn sealed(&self, name: &CryptoHash) -> Option<CompiledContractInfo> {
        self.0.key.unseal(name, &self.0.kept.get(name)?)
    }

    /// Puts a contract where the VM loads it from. Returns whether that worked.
    fn lay_out(&self, name: &CryptoHash, contract: CompiledContractInfo) -> bool {
        let laid = self.0.desk.put(name, contract);
        self.on_desk(|names| names.insert(*name));
        self.told_of(laid).is_some()
    }

    /// Removes what the VM has loaded, so that it is not loaded again without a check.
    fn clear(&self, name: &CryptoHash) {
        if self.on_desk(|names| names.remove(name)) {
            self.0.desk.remove(name);
        }
    }

    fn on_desk<T>(&self, change: impl FnOnce(&mut HashSet<CryptoHash>) -> T) -> T {
        change(&mut self.0.on_desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value of `result`. Only the first error is logged, because all contracts have the same.
    fn told_of<T>(&self, result: io::Result<T>) -> Option<T> {
        let log = |error: &io::Error| {
            let path = self.0.kept.path().display();
            let words = "compiled contracts cannot be kept, so they are compiled again and again";
            self.0.logged.call_once(|| tracing::warn!(%path, %error, "{words}"));
        };
        result.inspect_err(log).ok()
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

/// A node's. Without loaded contracts every call would load its contract from its file. The files may take
/// four times what a development machine ever needs.
const OF_NODE: Limits = Limits { loaded: 256, disk_bytes: 4 << 30 };

#[cfg(test)]
mod tests;
