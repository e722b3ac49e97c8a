//! The seal on a compiled contract: an HMAC over its name and bytes.

use hmac::{Hmac, Mac};
use near_primitives::hash::CryptoHash;
use near_vm_runner::{CompiledContract, CompiledContractInfo};
use sha2::Sha256;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// The key that makes and verifies seals.
pub(super) struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key for this process alone.
    pub(super) fn random() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).expect("invariant: the operating system has randomness");
        Self(bytes)
    }

    /// The key in `dir`, created if there is none: the same for all processes that ask at once. If it cannot be
    /// stored, the next process compiles all contracts again.
    pub(super) fn kept_in(dir: &Path) -> Self {
        let path = dir.join(FILE);
        Self::read(&path).unwrap_or_else(|| {
            let new = Self::random();
            match new.write(dir, &path) {
                Ok(()) => new,
                // Another process was faster.
                Err(_) => Self::read(&path).unwrap_or(new),
            }
        })
    }

    fn read(path: &Path) -> Option<Self> {
        let bytes = Zeroizing::new(fs::read(path).ok()?);
        Some(Self(Zeroizing::new(<[u8; 32]>::try_from(&**bytes).ok()?)))
    }

    /// Writes the key, for its owner only, where no other key is.
    fn write(&self, dir: &Path, path: &Path) -> io::Result<()> {
        let mut beside = tempfile::Builder::new().prefix(FILE).tempfile_in(dir)?;
        beside.write_all(&*self.0)?;
        beside.as_file().sync_all()?;
        if fs::metadata(path).is_ok_and(|file| file.len() != KEY) {
            beside.persist(path)?;
        } else {
            beside.persist_noclobber(path)?;
        }
        Ok(())
    }

    /// `contract` behind a seal, which the cache takes for code.
    ///
    /// # Errors
    /// Never: it is written to memory.
    pub(super) fn seal(
        &self,
        name: &CryptoHash,
        contract: &CompiledContractInfo,
    ) -> io::Result<CompiledContractInfo> {
        let mut bytes = borsh::to_vec(contract)?;
        let seal = self.mac(name, &bytes).finalize().into_bytes();
        bytes.extend(seal);
        Ok(CompiledContractInfo {
            wasm_bytes: contract.wasm_bytes,
            compiled: CompiledContract::Code(bytes),
        })
    }

    /// The contract that was sealed under this name; none when the seal is wrong.
    pub(super) fn unseal(
        &self,
        name: &CryptoHash,
        sealed: &CompiledContractInfo,
    ) -> Option<CompiledContractInfo> {
        let CompiledContract::Code(bytes) = &sealed.compiled else { return None };
        let (bytes, seal) = bytes.split_last_chunk::<SEAL>()?;
        self.mac(name, bytes).verify_slice(seal).ok()?;
        borsh::from_slice(bytes).ok()
    }

    fn mac(&self, name: &CryptoHash, bytes: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("an HMAC takes any key");
        mac.chain_update(name.as_bytes()).chain_update(bytes)
    }
}

/// The key's file in the data directory: 32 bytes.
pub(super) const FILE: &str = "compiled.key";

/// Bytes of a key.
const KEY: u64 = 32;

/// Bytes of a seal.
const SEAL: usize = 32;
