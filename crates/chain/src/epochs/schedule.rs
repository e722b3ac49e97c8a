//! When epochs begin, and who validates them.
//!
//! An epoch is named by the last block of the epoch before the previous one; the first two, for
//! which there is no such block, by zero and by the genesis hash. Its validators are chosen when
//! the block that names it is sealed, so a `Stake` action counts two epochs later.

use crate::epochs::archived::EarlierEpochs;
use crate::epochs::rewards::{Earned, Produced, Rewards, rewards};
use crate::epochs::select::{EpochInfo, choose};
use crate::genesis::fork::ForkPoint;
use crate::spec::ChainSpec;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::Stakes;
use near_primitives::block::BlockHeader;
use near_primitives::block_header::compute_bp_hash_from_validator_stakes;
use near_primitives::hash::CryptoHash;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All epochs so far, the running one, and the next.
///
/// Past epochs are kept for good, because any of them can be queried. With few validators each takes
/// less than a kilobyte, in memory and in the store.
#[derive(Clone)]
pub(crate) struct Schedule {
    infos: imbl::HashMap<EpochId, Arc<EpochInfo>>,
    ended: imbl::HashMap<EpochId, Arc<Running>>,
    running: Running,
    stakes: Arc<Stakes>,
    /// Those before the chain was read from an archive.
    earlier: EarlierEpochs,
}

/// A running epoch, or a past one as it ended.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Running {
    pub(crate) id: EpochId,
    pub(crate) next_id: EpochId,
    pub(crate) first_height: BlockHeight,
    pub(crate) produced: Produced,
    /// The latest proposal of each account.
    pub(crate) proposals: BTreeMap<AccountId, ValidatorStake>,
    /// How many heights of the epoch do not count: see [`Pace`](crate::blocks::pace::Pace).
    surplus: u64,
    /// Time of the last block before the epoch, nanoseconds.
    began_after_ns: u64,
}

/// An epoch that has been chosen.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Epoch {
    pub(crate) info: Arc<EpochInfo>,
    /// How it ended, if it has, and the height of the first block after it.
    pub(crate) ended: Option<(Arc<Running>, BlockHeight)>,
}

impl Schedule {
    /// The schedule at the genesis block.
    pub(crate) fn at_genesis(spec: &ChainSpec, genesis_time_ns: u64) -> Self {
        let proposals = spec.genesis.validators();
        let proposals = proposals.into_iter().map(|stake| (stake.account_id().clone(), stake));
        let treasury = spec.genesis.protocol_treasury_account.clone();
        let mut info =
            choose(&spec.epoch, &EpochInfo::default(), &proposals.collect(), Rewards::default());
        info.rewards.paid.insert(treasury, Balance::ZERO);
        let stakes = Arc::new(info.stakes(&spec.epoch, &info));
        Self {
            infos: imbl::HashMap::unit(EpochId::default(), Arc::new(info)),
            ended: imbl::HashMap::new(),
            running: Running {
                id: EpochId::default(),
                next_id: EpochId::default(),
                first_height: spec.genesis.genesis_height,
                produced: Produced::default(),
                proposals: BTreeMap::new(),
                surplus: 0,
                began_after_ns: genesis_time_ns,
            },
            stakes,
            earlier: EarlierEpochs::default(),
        }
    }

    /// The schedule of a fork that begins at `point`, inside an epoch of the network.
    pub(crate) fn at_fork(spec: &ChainSpec, point: &ForkPoint) -> Self {
        let header = &point.block.header;
        let (id, next_id) = (EpochId(header.epoch_id), EpochId(header.next_epoch_id));
        let height = point.epoch_height;
        let current = EpochInfo::of_network(&spec.epoch, height, &point.validators);
        let next = EpochInfo::of_network(&spec.epoch, height + 1, &point.next_validators);
        let stakes = Arc::new(current.stakes(&spec.epoch, &next));
        Self {
            infos: [(id, Arc::new(current)), (next_id, Arc::new(next))].into_iter().collect(),
            ended: imbl::HashMap::new(),
            running: Running {
                id,
                next_id,
                first_height: point.epoch_start_height,
                produced: Produced::default(),
                proposals: BTreeMap::new(),
                surplus: 0,
                began_after_ns: header.timestamp_nanosec,
            },
            stakes,
            earlier: EarlierEpochs::default(),
        }
    }

    /// The schedule while `running` runs; none when it, or the epoch after it, is not among the
    /// `earlier` ones.
    pub(crate) fn resumed(
        spec: &ChainSpec,
        earlier: EarlierEpochs,
        running: Running,
    ) -> Option<Self> {
        let (current, next) = (earlier.info(&running.id)?, earlier.info(&running.next_id)?);
        let stakes = Arc::new(current.stakes(&spec.epoch, next));
        let (infos, ended) = (imbl::HashMap::new(), imbl::HashMap::new());
        Some(Self { infos, ended, running, stakes, earlier })
    }

    /// True when the block after `prev`, whose last final block is at `final_height`, begins an epoch.
    pub(crate) fn ends_with(
        &self,
        spec: &ChainSpec,
        prev: &BlockHeader,
        final_height: BlockHeight,
    ) -> bool {
        if prev.is_genesis() {
            return true;
        }
        let end = self.end(spec);
        if spec.epoch.epoch_length <= SHORT_EPOCH {
            return prev.height().saturating_add(1) >= end;
        }
        final_height.saturating_add(3) >= end
    }

    /// The first height after the running epoch if all blocks from now on count.
    pub(crate) fn end(&self, spec: &ChainSpec) -> BlockHeight {
        self.boundary(spec).saturating_add(self.running.surplus)
    }

    /// The height at which the running epoch is due to end when all of its blocks count.
    pub(crate) fn boundary(&self, spec: &ChainSpec) -> BlockHeight {
        self.running.first_height.saturating_add(spec.epoch.epoch_length)
    }

    /// Ends the running epoch with `prev`, its last block, and begins the next one at `height`.
    pub(crate) fn begin_next(&mut self, spec: &ChainSpec, prev: &BlockHeader, height: BlockHeight) {
        let named = EpochId(*prev.hash());
        let chosen = if prev.is_genesis() {
            self.next_info().clone()
        } else {
            self.ended.insert(self.running.id, Arc::new(self.running.clone()));
            let pays = spec.origin.is_none();
            let rewards = if pays { self.rewards(spec, prev) } else { Rewards::default() };
            Arc::new(choose(&spec.epoch, self.next_info(), &self.running.proposals, rewards))
        };
        self.infos.insert(named, chosen);
        self.running = Running {
            id: self.running.next_id,
            next_id: named,
            first_height: height,
            produced: Produced::default(),
            proposals: BTreeMap::new(),
            surplus: 0,
            began_after_ns: prev.raw_timestamp(),
        };
        self.stakes = Arc::new(self.current_info().stakes(&spec.epoch, self.next_info()));
    }

    /// Counts a block of the running epoch, `heights` after its parent, of which `paced` count, with
    /// the proposals that its header states.
    pub(crate) fn count(&mut self, heights: u64, paced: u64, proposals: &[ValidatorStake]) {
        let surplus = self.running.surplus.saturating_add(heights);
        self.running.surplus = surplus.saturating_sub(paced);
        self.running.produced.blocks += 1;
        self.running.produced.heights += heights;
        for proposal in proposals {
            self.running.proposals.insert(proposal.account_id().clone(), proposal.clone());
        }
    }

    pub(crate) fn running(&self) -> &Running {
        &self.running
    }

    pub(crate) fn ended(&self, id: &EpochId) -> Option<&Arc<Running>> {
        self.ended.get(id).or_else(|| self.earlier.ended(id))
    }

    /// An epoch as it is kept; none when it was not chosen yet.
    pub(crate) fn epoch(&self, id: &EpochId) -> Option<Epoch> {
        let info = self.info(id)?.clone();
        let ended = self.ended(id).and_then(|ended| {
            let next = if ended.next_id == self.running.id {
                &self.running
            } else {
                &**self.ended(&ended.next_id)?
            };
            Some((ended.clone(), next.first_height))
        });
        Some(Epoch { info, ended })
    }

    pub(crate) fn info(&self, id: &EpochId) -> Option<&Arc<EpochInfo>> {
        self.infos.get(id).or_else(|| self.earlier.info(id))
    }

    pub(crate) fn current_info(&self) -> &Arc<EpochInfo> {
        self.info(&self.running.id).expect("an epoch that runs was chosen before")
    }

    pub(crate) fn next_info(&self) -> &Arc<EpochInfo> {
        self.info(&self.running.next_id).expect("the next epoch is chosen before this one begins")
    }

    /// What contracts and `Stake` actions see in the running epoch.
    pub(crate) fn stakes(&self) -> &Arc<Stakes> {
        &self.stakes
    }

    /// Hash of the next epoch's block producers, for headers.
    pub(crate) fn next_bp_hash(&self, spec: &ChainSpec) -> CryptoHash {
        let seats = usize::try_from(spec.epoch.num_block_producer_seats).unwrap_or(usize::MAX);
        let producers = self.next_info().validators.iter().take(seats).cloned().collect();
        compute_bp_hash_from_validator_stakes(&producers, true)
    }

    fn rewards(&self, spec: &ChainSpec, last: &BlockHeader) -> Rewards {
        rewards(&Earned {
            config: &spec.epoch,
            protocol_reward_rate: spec.genesis.protocol_reward_rate,
            treasury: &spec.genesis.protocol_treasury_account,
            validators: &self.current_info().validators,
            author: &spec.author,
            produced: self.running.produced,
            total_supply: last.total_supply(),
            duration_ns: last.raw_timestamp().saturating_sub(self.running.began_after_ns),
        })
    }
}

/// Epochs of this length or shorter end by height alone, without waiting for finality.
pub(crate) const SHORT_EPOCH: u64 = 3;

#[cfg(test)]
mod tests {
    use crate::Chain;
    use crate::tests::chain::{Drive, NOW, chain, id, money, propose, transfer};
    use keyway_state::read;

    const EPOCH: u64 = 60;

    fn validators(chain: &Chain) -> Vec<String> {
        let view = chain.validators(None).unwrap();
        view.current_validators.iter().map(|v| v.account_id.to_string()).collect()
    }

    /// Ticks to the block at `height`.
    fn tick_to(chain: &mut Chain, height: u64) {
        while chain.head().height() < height {
            chain.tick(NOW + chain.head().height() * 500_000_000).unwrap();
        }
    }

    fn locked(chain: &Chain, name: &str) -> u128 {
        let account = read::account(&chain.head().state, &id(name)).unwrap().unwrap();
        account.locked().as_near()
    }

    #[test]
    fn a_stake_counts_two_epochs_later_and_returns_three_epochs_after_it_is_given_up() {
        let mut chain = chain();
        let stake = propose("near", 10_000_000, 1, *chain.head().hash());
        chain.submit(stake, NOW).unwrap();
        assert_eq!(locked(&chain, "near"), 10_000_000);
        assert!(chain.validators(None).unwrap().current_proposals.len() == 1);

        tick_to(&mut chain, 2 * EPOCH);
        assert_eq!(validators(&chain), ["test.near"]);
        tick_to(&mut chain, 2 * EPOCH + 1);
        assert_eq!(validators(&chain), ["test.near", "near"]);

        let unstake = propose("near", 0, 2, *chain.head().hash());
        chain.submit(unstake, NOW).unwrap();
        tick_to(&mut chain, 4 * EPOCH + 1);
        assert_eq!(validators(&chain), ["test.near"]);
        // The treasury's rewards went into its stake while it was a validator.
        assert!(locked(&chain, "near") >= 10_000_000);
        tick_to(&mut chain, 5 * EPOCH + 1);
        assert_eq!(locked(&chain, "near"), 0);
    }

    #[test]
    fn the_supply_in_the_header_is_what_the_accounts_hold() {
        let mut chain = chain();
        for nonce in 1..=40 {
            let base = *chain.head().hash();
            chain.submit(transfer(nonce, base), NOW + nonce * 1_000_000_000_000).unwrap();
            assert_eq!(chain.head().header.total_supply(), money(&chain), "nonce {nonce}");
        }
        assert!(chain.head().height() > 2 * EPOCH);
    }

    #[test]
    fn an_epoch_does_not_end_because_transactions_seal_blocks() {
        let mut chain = chain();
        let first = |chain: &Chain| chain.schedule.running().first_height;
        chain.tick(NOW).unwrap();
        for nonce in 1..=100 {
            let base = *chain.head().hash();
            chain.submit(transfer(nonce, base), NOW + nonce).unwrap();
        }
        assert!(chain.head().height() > 5 * EPOCH);
        assert_eq!(first(&chain), 1);
        assert!(chain.epoch_end_height() > chain.head().height());
        // Sixty blocks take 7.2 seconds at the least.
        let base = *chain.head().hash();
        chain.submit(transfer(101, base), NOW + 7_500_000_000).unwrap();
        assert!(first(&chain) > 5 * EPOCH);
        // From blocks that were asked for on, epochs have their length in heights again.
        let start = first(&chain);
        tick_to(&mut chain, start + EPOCH);
        assert_eq!(first(&chain), start + EPOCH);
    }

    #[test]
    fn ended_epochs_are_remembered_and_future_ones_unknown() {
        let mut chain = chain();
        tick_to(&mut chain, EPOCH + 2);
        let header = |height| chain.block_by_height(height).unwrap().unwrap().header.clone();
        let first = chain.validators(Some(header(1).epoch_id())).unwrap();
        assert_eq!((first.epoch_start_height, first.epoch_height), (1, 1));
        assert_eq!(first.current_validators[0].num_produced_blocks, EPOCH);
        let running = chain.validators(Some(header(EPOCH + 1).epoch_id())).unwrap();
        assert_eq!(running.epoch_start_height, EPOCH + 1);
        assert!(chain.validators(Some(header(EPOCH + 1).next_epoch_id())).is_none());
    }
}
