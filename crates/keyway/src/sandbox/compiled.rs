//! The cache of compiled contracts for all sandboxes of the process. It has no influence but on the time of calls.

use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The cache of the process.
pub(super) fn shared() -> Arc<dyn ContractRuntimeCache> {
    static SHELF: LazyLock<Arc<Compiled>> = LazyLock::new(Arc::default);
    SHELF.clone()
}

/// Compiled contracts by the hash of code and VM settings.
#[derive(Clone, Default)]
struct Compiled {
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Default)]
struct Shelf {
    contracts: HashMap<CryptoHash, CompiledContractInfo>,
    bytes: u64,
}

impl Compiled {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ContractRuntimeCache for Compiled {
    fn handle(&self) -> Box<dyn ContractRuntimeCache> {
        Box::new(self.clone())
    }

    fn put(&self, key: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        self.shelf().put(*key, contract);
        Ok(())
    }

    fn get(&self, key: &CryptoHash) -> io::Result<Option<CompiledContractInfo>> {
        Ok(self.shelf().contracts.get(key).cloned())
    }

    fn has(&self, key: &CryptoHash) -> io::Result<bool> {
        Ok(self.shelf().contracts.contains_key(key))
    }
}

impl Shelf {
    /// A full cache is cleared; contracts are then compiled again.
    fn put(&mut self, key: CryptoHash, contract: CompiledContractInfo) {
        let bytes = contract.compiled_size();
        if self.bytes.saturating_add(bytes) > MAX_BYTES {
            *self = Self::default();
        }
        if self.contracts.insert(key, contract).is_none() {
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

/// The most memory that compiled contracts take, bytes.
const MAX_BYTES: u64 = 512 << 20;
