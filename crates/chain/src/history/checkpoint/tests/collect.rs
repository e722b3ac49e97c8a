//! Archives that free the rows of states which no block needs.

use super::super::*;
use crate::history::collect::RowCollector;
use crate::history::prune::BlockPruner;
use crate::inputs::input::Input;
use crate::spec::ChainOptions;
use crate::tests::chain::{MemoryArchive, NOW, chain_with, data_record, genesis, transfer};
use near_chain_configs::GenesisConfig;
use near_primitives::state_record::StateRecord;
use near_vm_runner::NoContractRuntimeCache;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

fn start() -> Chain {
    chain_with(soon_too_old)
}

/// Blocks can be pruned when three are newer.
fn soon_too_old(config: &mut GenesisConfig) {
    config.transaction_validity_period = 3;
}

/// A chain whose old blocks and rows leave its archive, beside one that is all in memory.
struct Twins {
    plain: Chain,
    pruned: Chain,
    memory: Arc<MemoryArchive>,
    archive: CachedArchive,
    collector: RowCollector,
    now_ns: u64,
    freed: usize,
}

impl Twins {
    fn new() -> Self {
        let (memory, archive) = MemoryArchive::opened();
        let collector = RowCollector::default();
        let (plain, pruned) = (start(), start());
        let mut twins = Self { plain, pruned, memory, archive, collector, now_ns: NOW, freed: 0 };
        twins.write_checkpoint(1);
        twins
    }

    fn apply(&mut self, input: Input) {
        self.now_ns += SECOND;
        self.plain.apply(input.clone(), self.now_ns).unwrap();
        self.pruned.apply(input, self.now_ns).unwrap();
    }

    fn write_checkpoint(&mut self, keep: u64) {
        let first_row = self.memory.next_row();
        let mut checkpoint = self.pruned.checkpoint(first_row).unwrap();
        BlockPruner::keeping(keep).prune(&self.pruned, &mut checkpoint).unwrap();
        self.collector.collect(&self.pruned, &mut checkpoint, first_row).unwrap();
        self.freed += checkpoint.freed.len();
        self.memory.put(&checkpoint);
        self.pruned = self.pruned.evict(&checkpoint.written(&self.archive)).unwrap();
    }

    /// What was in memory only is gone.
    fn restart(&mut self, keep: u64) {
        self.write_checkpoint(keep);
        let mut config = genesis().config;
        soon_too_old(&mut config);
        let cache = Arc::new(NoContractRuntimeCache);
        self.archive = self.memory.archive();
        let options = ChainOptions::default();
        self.pruned = Chain::resume(&config, options, cache, &self.archive).unwrap();
        self.collector = RowCollector::default();
    }

    /// The states of all blocks that are left can be read as a whole, from the archive alone.
    fn agree(&self) {
        assert_eq!(self.pruned.head().hash(), self.plain.head().hash());
        let cold = self.memory.archive();
        for block in self.plain.history.recent_from(0) {
            let Some(kept) = self.pruned.block_by_height(block.height()).unwrap() else { continue };
            assert_eq!(records(&kept.state), records(&block.state), "{}", block.height());
            let Some(stored) =
                cold.read(self.pruned.history.lineage().position(block.height())).unwrap()
            else {
                continue;
            };
            assert_eq!(records(&stored.state), records(&block.state), "{}", block.height());
        }
    }
}

fn records(state: &keyway_state::Trie) -> Vec<StateRecord> {
    keyway_state::records(state).map(Result::unwrap).collect()
}

#[derive(Clone, Debug)]
enum Step {
    /// Few keys and values, so that states come back, and values and subtrees are shared.
    Set {
        name: bool,
        key: u8,
        value: u8,
        long: bool,
    },
    Transfer,
    Tick,
    PutAway {
        keep: u64,
    },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let set = (any::<bool>(), 0..6_u8, 0..3_u8, any::<bool>());
    let set = set.prop_map(|(name, key, value, long)| Step::Set { name, key, value, long });
    let keep = (1..20_u64).prop_map(|keep| Step::PutAway { keep });
    prop_oneof![6 => set, 1 => Just(Step::Transfer), 2 => Just(Step::Tick), 5 => keep, 1 => Just(Step::Restart)]
}

fn set(name: bool, key: u8, value: u8, long: bool) -> Input {
    let name = if name { "test.near" } else { "near" };
    let value = vec![value; if long { 2_000 } else { 10 }];
    Input::Patch(vec![data_record(name, &[key % 2, key], &value)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_row_that_a_kept_block_needs_is_freed(
        steps in proptest::collection::vec(step(), 50..150),
    ) {
        let mut twins = Twins::new();
        let mut nonce = 0;
        for step in steps {
            match step {
                Step::Set { name, key, value, long } => twins.apply(set(name, key, value, long)),
                Step::Transfer => {
                    nonce += 1;
                    let base = *twins.plain.head().hash();
                    twins.apply(Input::transaction(transfer(nonce, base)));
                }
                Step::Tick => twins.apply(Input::Tick),
                Step::PutAway { keep } => twins.write_checkpoint(keep),
                Step::Restart => twins.restart(5),
            }
        }
        twins.agree();
        (0..30).for_each(|_| twins.write_checkpoint(1));
        twins.agree();
    }
}

#[test]
fn the_rows_of_an_archive_do_not_grow_with_the_chain() {
    let held = |rounds: u16| {
        let mut twins = Twins::new();
        for round in 0..rounds {
            let bytes = round.to_le_bytes();
            twins.apply(set(true, bytes[0], bytes[1], true));
            twins.apply(set(false, bytes[0] % 7, bytes[0], false));
            twins.write_checkpoint(1);
        }
        twins.agree();
        (twins.memory.rows_held(), twins.freed, twins.memory.next_row())
    };
    let (early, _, _) = held(300);
    let (late, freed, written) = held(1_200);
    assert_eq!(late as u64 + freed as u64, written);
    assert!(late < 2 * early && freed > 5 * late, "{early}, then {late}; {freed} were freed");
}
