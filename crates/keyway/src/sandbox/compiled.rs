//! Compiled contracts, kept for all sandboxes of the process: by what they are compiled from, so
//! that it shows in nothing but the time that calls take.

use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// The one shelf of the process.
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
    /// A full shelf is emptied: what is needed again is compiled again.
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

/// The most that compiled contracts take in memory, bytes.
const MAX_BYTES: u64 = 512 << 20;
