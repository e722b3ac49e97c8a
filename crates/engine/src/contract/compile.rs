//! Compiles contracts before they are called.

use keyway_rules::Protocol;
use near_primitives::hash::CryptoHash;
use near_primitives::types::Gas;
use near_vm_runner::logic::GasCounter;
use near_vm_runner::{
    Contract, ContractCode, ContractRuntimeCache, contract_cached, precompile_contract, prepare,
};
use std::sync::Arc;

/// Compiles `code`, whose sha256 is `code_hash`, and loads it, unless `cache` has it already. Its
/// deployment and first call then find it there.
///
/// This takes up to some hundred milliseconds and needs no state, so it can be done on another
/// thread before the deployment is applied. The limits on contracts are the protocol's. Code that
/// does not compile is remembered as such; it fails when it is called.
pub fn prepare_code(
    protocol: &Protocol,
    cache: &dyn ContractRuntimeCache,
    code: &[u8],
    code_hash: CryptoHash,
) {
    let config = &protocol.config.wasm_config;
    let is_cached = || matches!(contract_cached(Arc::clone(config), cache, code_hash), Ok(true));
    if !is_cached() {
        let code = ContractCode::new(code.to_vec(), Some(code_hash));
        let _ = precompile_contract(&code, Arc::clone(config), Some(cache));
    }
    if is_cached() {
        let no_gas = GasCounter::new(
            config.ext_costs.clone(),
            Gas::ZERO,
            config.regular_op_cost,
            Gas::ZERO,
            false,
        );
        // Loads the contract into the cache's memory and runs nothing.
        let cache = cache.handle();
        drop(prepare(&Compiled(code_hash), Arc::clone(config), Some(&*cache), no_gas, ""));
    }
}

/// A contract that a cache has.
struct Compiled(CryptoHash);

impl Contract for Compiled {
    fn hash(&self) -> CryptoHash {
        self.0
    }

    fn get_code(&self) -> Option<Arc<ContractCode>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::hash;
    use near_vm_runner::MockContractRuntimeCache;

    #[test]
    fn code_is_compiled_once_and_bad_code_is_remembered() {
        let protocol = Protocol::new(86, "localnet").unwrap();
        let cache = MockContractRuntimeCache::default();
        for code in [b"\0asm\x01\0\0\0".as_slice(), b"no wasm"] {
            for _ in 0..2 {
                prepare_code(&protocol, &cache, code, hash(code));
            }
        }
        assert_eq!((cache.len(), cache.put_count()), (2, 2));
    }
}
