//! The context of a block: what decides about its receipts besides the state.

use keyway_rules::Protocol;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochHeight, Gas};
use near_vm_runner::ContractRuntimeCache;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that decides about the receipts of a block, besides the state.
#[derive(Clone, Debug)]
pub struct BlockContext {
    /// Height of the block being applied.
    pub height: BlockHeight,
    /// The height that ages are measured by (a delegate's `max_block_height`, a yield's timeout): that
    /// of the block on a chain whose heights follow time.
    pub paced_height: BlockHeight,
    /// Block time, nanoseconds since the Unix epoch.
    pub timestamp_ns: u64,
    /// Price at which gas burns in this block, yoctoNEAR per gas: the previous header's `next_gas_price`.
    pub gas_price: Balance,
    /// Gas after which receipts are delayed to the next block.
    pub gas_limit: Gas,
    /// The block's random value, seed of what contracts see as randomness.
    pub random_value: CryptoHash,
    /// Ordinal of the epoch the block belongs to.
    pub epoch_height: EpochHeight,
    /// The chain's id, as contracts read it.
    pub chain_id: Arc<str>,
    /// Rules and prices in force.
    pub protocol: Protocol,
    /// The stakes that validators hold in this epoch.
    pub stakes: Arc<Stakes>,
    /// Compiled contracts.
    pub contracts: Arc<dyn ContractRuntimeCache>,
    /// For a caller that must not wait: gas after which applying the block is given up with
    /// [`StateError::GivenUp`](crate::StateError::GivenUp). A contract that has to be compiled is more
    /// than any of it. It changes nothing about a block that is applied.
    pub give_up_after: Option<Gas>,
}

/// Stakes as the current epoch has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stakes {
    /// Current validators and their stake, yoctoNEAR.
    pub validators: BTreeMap<AccountId, Balance>,
    /// The smallest stake that a proposal may carry, yoctoNEAR.
    pub minimum: Balance,
}
