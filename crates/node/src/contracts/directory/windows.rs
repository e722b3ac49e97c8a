//! Compiled contracts on Windows, where the VM cannot keep them in files: in memory, until the node ends.

use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Contracts by name, in the place of a directory.
pub(super) struct Directory {
    path: PathBuf,
    contracts: Contracts,
}

impl Directory {
    /// None yet. Nothing is read from `path`.
    pub(super) fn open(path: &Path, _loaded: usize) -> Self {
        Self { path: path.to_owned(), contracts: Contracts::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a contract.
    ///
    /// # Errors
    /// None.
    pub(super) fn put(&self, name: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        self.contracts.put(name, contract)
    }

    /// A contract that is kept.
    pub(super) fn get(&self, name: &CryptoHash) -> Option<CompiledContractInfo> {
        self.contracts.get(name).ok()?
    }

    /// Whether a contract is loaded: never, because the VM keeps nothing.
    pub(super) fn is_loaded(&self, _name: &CryptoHash) -> bool {
        false
    }

    /// What the VM works with.
    pub(super) fn handle(&self) -> Option<Box<dyn ContractRuntimeCache>> {
        Some(self.contracts.handle())
    }

    pub(super) fn remove(&self, name: &CryptoHash) {
        self.contracts.kept().remove(name);
    }
}

#[derive(Clone, Default)]
struct Contracts(Arc<Mutex<HashMap<CryptoHash, CompiledContractInfo>>>);

impl Contracts {
    fn kept(&self) -> MutexGuard<'_, HashMap<CryptoHash, CompiledContractInfo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ContractRuntimeCache for Contracts {
    fn handle(&self) -> Box<dyn ContractRuntimeCache> {
        Box::new(self.clone())
    }

    /// Too many are forgotten, and compiled again.
    fn put(&self, name: &CryptoHash, contract: CompiledContractInfo) -> io::Result<()> {
        let mut kept = self.kept();
        let bytes: u64 = kept.values().map(CompiledContractInfo::compiled_size).sum();
        if bytes.saturating_add(contract.compiled_size()) > MEMORY_BYTES {
            kept.clear();
        }
        kept.insert(*name, contract);
        Ok(())
    }

    fn get(&self, name: &CryptoHash) -> io::Result<Option<CompiledContractInfo>> {
        Ok(self.kept().get(name).cloned())
    }
}

/// The most memory that contracts take, bytes.
const MEMORY_BYTES: u64 = 512 << 20;
