//! Compiled contracts in memory: for systems whose files the VM cannot use, and for places that cannot be written to.

use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Contracts by name. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    contracts: HashMap<CryptoHash, CompiledContractInfo>,
    bytes: u64,
}

impl Memory {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a contract.
    #[cfg(windows)]
    pub(super) fn remove(&self, name: &CryptoHash) {
        self.shelf().remove(name);
    }
}

impl Shelf {
    /// A full shelf is cleared; contracts are then compiled again.
    fn put(&mut self, name: CryptoHash, contract: CompiledContractInfo) {
        self.remove(&name);
        let bytes = contract.compiled_size();
        if self.bytes.saturating_add(bytes) > MAX_BYTES {
            *self = Self::default();
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.contracts.insert(name, contract);
    }

    fn remove(&mut self, name: &CryptoHash) {
        let bytes = self.contracts.remove(name).map_or(0, |contract| contract.compiled_size());
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl ContractRuntimeCache for Memory {
    fn handle(&self) -> Box<dyn ContractRuntimeCache> {
        Box::new(self.clone())
    }

    fn put(&self, name: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        self.shelf().put(*name, contract);
        Ok(())
    }

    fn get(&self, name: &CryptoHash) -> io::Result<Option<CompiledContractInfo>> {
        Ok(self.shelf().contracts.get(name).cloned())
    }

    fn has(&self, name: &CryptoHash) -> io::Result<bool> {
        Ok(self.shelf().contracts.contains_key(name))
    }
}

/// The most memory that contracts take, bytes.
const MAX_BYTES: u64 = 512 << 20;
