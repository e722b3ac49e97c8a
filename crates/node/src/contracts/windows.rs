//! A directory of compiled contracts on Windows, where the VM cannot keep them in files: in memory, until the node ends.

use super::memory::Memory;
use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContractInfo, ContractRuntimeCache};
use std::io;
use std::path::{Path, PathBuf};

/// Contracts by name, in the place of a directory.
pub(super) struct Directory {
    path: PathBuf,
    contracts: Memory,
}

/// How much a directory keeps.
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "there is nothing to limit here")]
pub(super) struct Limits {
    /// How many contracts stay loaded in memory: none, because the VM keeps nothing.
    pub(super) loaded: usize,
    /// What the files may take, bytes: there are none.
    pub(super) disk_bytes: u64,
}

impl Directory {
    /// None yet. Nothing is read from `path`.
    pub(super) fn open(path: &Path, Limits { loaded: _, disk_bytes: _ }: Limits) -> Self {
        Self { path: path.to_owned(), contracts: Memory::default() }
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
        self.contracts.remove(name);
    }
}
