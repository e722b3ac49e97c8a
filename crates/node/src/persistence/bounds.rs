//! When a checkpoint is due.

use keyway_chain::Chain;
use near_primitives::types::Gas;

/// What a chain may have in memory before a checkpoint is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    blocks: usize,
    bytes: usize,
    gas: Gas,
}

impl Bounds {
    /// `blocks` blocks, their part of the node's `memory` (bytes), and the usual gas.
    pub(crate) fn of(blocks: usize, memory: usize) -> Self {
        Self { blocks, bytes: memory / (MEMORY_BYTES / BYTES), gas: GAS }
    }

    /// The same without a home. No start runs the blocks again, so their gas does not matter.
    pub(crate) fn without_home(blocks: usize, memory: usize) -> Self {
        Self { blocks, bytes: memory / PARTS_WITHOUT_HOME, gas: Gas::MAX }
    }

    /// Whether `chain` has more than that in memory, or had on branches that a revert left: their
    /// blocks may be those of snapshots, and a start after a kill replays them.
    pub(crate) fn exceeded_by(self, chain: &Chain) -> bool {
        let since = chain.work_since_checkpoint();
        chain.blocks_in_memory().max(since.blocks) > self.blocks
            || chain.bytes_in_memory().max(since.bytes) > self.bytes
            || chain.gas_in_memory().max(since.gas) > self.gas
    }

    /// What may be in memory while a checkpoint is being written.
    pub(crate) fn meanwhile(self) -> Self {
        let Self { blocks, bytes, gas } = self;
        Self {
            blocks: blocks.saturating_mul(MOST_BEHIND),
            bytes: bytes * MOST_BEHIND,
            gas: gas.saturating_mul(GAS_BEHIND),
        }
    }
}

/// The memory of all blocks where the node has [`MEMORY_BYTES`], bytes: some 2,500 transfers that share blocks. Twice as
/// much makes them a few percent faster, and a node with a million accounts 20 MB larger.
const BYTES: usize = 5 << 20;

/// The memory for blocks and the store's cache, by default, bytes.
pub(crate) const MEMORY_BYTES: usize = 256 << 20;

/// The part of the node's memory for all blocks without a home: 32 MB of 256, some 16,000 transfers that
/// share blocks.
const PARTS_WITHOUT_HOME: usize = 8;

/// The gas that blocks burnt together. A start after a kill replays it, and the protocol equates a
/// petagas with a second.
const GAS: Gas = Gas::from_teragas(3_000);

/// How many times as many blocks and bytes while a checkpoint is being written.
const MOST_BEHIND: usize = 2;

/// How many times as much gas.
const GAS_BEHIND: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use keyway_chain::{Input, LocalChain, local_genesis, seeded_key};
    use near_crypto::InMemorySigner;
    use near_primitives::action::{Action, TransferAction};
    use near_primitives::transaction::{SignedTransaction, Transaction, TransactionV0};
    use near_primitives::types::Balance;
    use near_primitives::version::PROTOCOL_VERSION;
    use near_vm_runner::NoContractRuntimeCache;
    use std::sync::Arc;

    /// A start after a kill ran everything again since the last checkpoint, for as long as that took.
    #[test]
    fn blocks_may_be_too_much_to_run_again() {
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]);
        let mut chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
        let bounds = Bounds { gas: Gas::ZERO, ..Bounds::of(2_000, MEMORY_BYTES) };
        assert!(!bounds.exceeded_by(&chain));
        let near: near_primitives::types::AccountId = "near".parse().unwrap();
        let signer = InMemorySigner::from_secret_key(near.clone(), seeded_key("near"));
        let deposit = Balance::from_yoctonear(1);
        let tx = Transaction::V0(TransactionV0 {
            signer_id: near.clone(),
            public_key: signer.public_key(),
            nonce: 1,
            receiver_id: near,
            block_hash: *chain.head().hash(),
            actions: vec![Action::Transfer(TransferAction { deposit })],
        });
        let signature = signer.sign(tx.get_hash_and_size().0.as_ref());
        let tx = SignedTransaction::new(signature, tx);
        chain.apply(Input::transaction(tx), 1_900_000_000_000_000_000).unwrap();
        assert!(bounds.exceeded_by(&chain));
        assert!(!Bounds::of(2_000, MEMORY_BYTES).exceeded_by(&chain));
    }

    /// docs/format.md says so.
    #[test]
    fn inputs_wait_when_twice_the_bounds_are_in_memory() {
        let Bounds { blocks, bytes, gas } = Bounds::of(2_000, MEMORY_BYTES).meanwhile();
        assert_eq!((blocks, bytes, gas), (4_000, 10_526_880, Gas::from_teragas(6_000)));
    }

    /// docs/format.md says so.
    #[test]
    fn without_a_home_more_blocks_stay_in_memory_whatever_they_burnt() {
        let Bounds { blocks, bytes, gas } = Bounds::without_home(10_000, MEMORY_BYTES);
        assert_eq!((blocks, bytes, gas), (10_000, 32 << 20, Gas::MAX));
        assert_eq!(Bounds::without_home(1, MEMORY_BYTES).meanwhile().gas, Gas::MAX);
    }

    #[test]
    fn blocks_may_be_too_many_or_too_long() {
        let genesis = local_genesis(&LocalChain::in_memory(PROTOCOL_VERSION), &[]);
        let mut chain = Chain::new(&genesis, Arc::new(NoContractRuntimeCache)).unwrap();
        chain.apply(Input::Tick, 1_900_000_000_000_000_000).unwrap();
        let (blocks, bytes) = (chain.blocks_in_memory(), chain.bytes_in_memory());
        let gas = chain.gas_in_memory();
        let passed = |blocks, bytes| Bounds { blocks, bytes, gas }.exceeded_by(&chain);
        assert_eq!((blocks, passed(blocks, bytes)), (2, false));
        assert!(passed(blocks - 1, bytes) && passed(blocks, bytes - 1));
        assert!(!Bounds { blocks: 1, bytes: bytes - 1, gas }.meanwhile().exceeded_by(&chain));
    }
}
