//! The compiled contracts of chains in memory, on Windows: in memory too.

use super::memory::Memory;
use near_vm_runner::ContractRuntimeCache;
use std::sync::{Arc, LazyLock};

/// The compiled contracts that chains in memory share, at most 512 MiB. They have no influence but on the time of
/// calls.
#[must_use]
pub fn shared_contracts() -> Arc<dyn ContractRuntimeCache> {
    static SHARED: LazyLock<Arc<Memory>> = LazyLock::new(Arc::default);
    SHARED.clone()
}
