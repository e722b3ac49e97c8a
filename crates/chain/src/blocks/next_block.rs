//! The height and time of the next block, before anything is put into it.

use crate::blocks::pace::{Pace, Reason};
use crate::blocks::timing::Timing;
use crate::chain::Chain;
use crate::epochs::schedule::Schedule;
use crate::spec::END_OF_TIME_NS;
use keyway_engine::BlockContext;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::types::BlockHeight;

/// The block that would follow the head.
pub(crate) struct NextBlock {
    pub(crate) height: BlockHeight,
    pub(crate) timestamp_ns: u64,
    pub(crate) random_value: CryptoHash,
    pub(crate) schedule: Schedule,
    /// True when the block begins an epoch.
    pub(crate) begins: bool,
    pub(crate) ancestors: PartialMerkleTree,
    pub(crate) pace: Pace,
    pub(crate) timing: Timing,
}

impl Chain {
    /// A block at `height` on the head. If it begins an epoch, the schedule here is already in it.
    pub(crate) fn prepare_next(
        &self,
        height: BlockHeight,
        reason: Reason,
        now_ns: u64,
    ) -> NextBlock {
        let prev = &self.head.header;
        let mut schedule = self.schedule.clone();
        let begins = schedule.ends_with(&self.spec, prev, self.final_height());
        if begins {
            schedule.begin_next(&self.spec, prev, height);
        }
        let mut ancestors = self.ancestors.clone();
        ancestors.insert(*prev.hash());
        // Even with a clock beyond the end of time, later blocks need later times.
        let asked_ns = self.timing.at(now_ns).min(END_OF_TIME_NS);
        let timestamp_ns = asked_ns.max(prev.raw_timestamp().saturating_add(1));
        let timing = self.timing.after(timestamp_ns);
        let pace = self.pace.after(height, timestamp_ns, reason);
        let counted = pace.height().saturating_sub(self.pace.height());
        schedule.count(height.saturating_sub(prev.height()), counted, &self.head.proposals);
        let random_value = next_random(prev.random_value(), height);
        NextBlock { height, timestamp_ns, random_value, schedule, begins, ancestors, pace, timing }
    }

    pub(crate) fn context_of(&self, next: &NextBlock) -> BlockContext {
        BlockContext {
            height: next.height,
            paced_height: next.pace.height(),
            timestamp_ns: next.timestamp_ns,
            gas_price: self.head.header.next_gas_price(),
            gas_limit: self.spec.genesis.gas_limit,
            random_value: next.random_value,
            epoch_height: next.schedule.current_info().height,
            chain_id: self.spec.chain_id.clone(),
            protocol: self.spec.protocol.clone(),
            stakes: next.schedule.stakes().clone(),
            contracts: self.spec.contracts.clone(),
            give_up_after: self.give_up_after,
        }
    }
}

/// The random value of a block: sha256 of its parent's and its height (u64, little endian).
///
/// NEAR derives it from a verifiable random function of the producer's key. Here it is
/// predictable, and the same inputs give the same value, as tests need.
fn next_random(prev: &CryptoHash, height: BlockHeight) -> CryptoHash {
    let mut bytes = [0; 40];
    bytes[..32].copy_from_slice(prev.as_bytes());
    bytes[32..].copy_from_slice(&height.to_le_bytes());
    hash(&bytes)
}

#[cfg(test)]
mod tests {
    use crate::Chain;
    use crate::tests::chain::{Drive, NOW, chain};

    #[test]
    fn time_is_the_callers_but_never_runs_back() {
        let mut chain = chain();
        chain.tick(NOW).unwrap();
        assert_eq!(chain.head().header.raw_timestamp(), NOW);
        chain.tick(NOW - 1_000).unwrap();
        assert_eq!(chain.head().header.raw_timestamp(), NOW + 1);
    }

    #[test]
    fn times_grow_also_by_a_clock_beyond_their_end() {
        let mut chain = chain();
        let mut last = 0;
        for now_ns in [NOW, u64::MAX, u64::MAX, NOW, u64::MAX] {
            chain.tick(now_ns).unwrap();
            assert!(chain.head().header.raw_timestamp() > last);
            last = chain.head().header.raw_timestamp();
        }
        chain.jump(1, NOW).unwrap_err();
    }

    #[test]
    fn random_values_differ_and_are_the_same_again() {
        let (one, two) = (ticked(), ticked());
        let random = |chain: &Chain, height| {
            *chain.block_by_height(height).unwrap().unwrap().header.random_value()
        };
        assert_ne!(random(&one, 2), random(&one, 3));
        assert_eq!(random(&one, 3), random(&two, 3));
    }

    fn ticked() -> Chain {
        let mut chain = chain();
        for _ in 0..3 {
            chain.tick(NOW).unwrap();
        }
        chain
    }
}
