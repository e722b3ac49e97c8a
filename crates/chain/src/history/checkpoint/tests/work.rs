//! What snapshots cost an archive: counts of rows and bytes, which do not depend on how many snapshots,
//! branches and epochs there are.

use super::super::*;
use crate::history::prune::BlockPruner;
use crate::inputs::input::Input;
use crate::spec::ChainOptions;
use crate::tests::chain::{MemoryArchive, NOW, Traffic, chain_with, data_record, genesis};
use near_chain_configs::GenesisConfig;
use near_vm_runner::NoContractRuntimeCache;
use std::ops::Range;

const SECOND: u64 = 1_000_000_000;

/// Epochs of three blocks, and blocks that are soon too old for transactions.
fn settings(config: &mut GenesisConfig) {
    (config.epoch_length, config.transaction_validity_period) = (3, 3);
}

/// A chain that writes a checkpoint after each step.
struct Archiving {
    chain: Chain,
    memory: Arc<MemoryArchive>,
    archive: CachedArchive,
    pruner: Option<BlockPruner>,
    now_ns: u64,
    /// The head of each snapshot.
    heads: Vec<CryptoHash>,
    /// What each step read and wrote, its checkpoint included.
    steps: Vec<Traffic>,
    /// What each revert read.
    reverts: Vec<Traffic>,
}

impl Archiving {
    fn new(pruner: Option<BlockPruner>) -> Self {
        let (memory, archive) = MemoryArchive::opened();
        let (heads, steps, reverts) = (Vec::new(), Vec::new(), Vec::new());
        let chain = chain_with(settings);
        let now_ns = NOW;
        let mut new = Self { chain, memory, archive, pruner, now_ns, heads, steps, reverts };
        new.checkpoint();
        new
    }

    fn apply(&mut self, input: Input) {
        self.now_ns += SECOND;
        self.chain.apply(input, self.now_ns).unwrap();
    }

    fn checkpoint(&mut self) {
        let mut checkpoint = self.chain.checkpoint(self.memory.next_row()).unwrap();
        if let Some(pruner) = &mut self.pruner {
            pruner.prune(&self.chain, &mut checkpoint).unwrap();
        }
        self.memory.put(&checkpoint);
        self.chain = self.chain.evict(&checkpoint.written(&self.archive)).unwrap();
    }

    /// Changes something small, saves a snapshot, and writes a checkpoint.
    fn step(&mut self) {
        let before = self.memory.traffic();
        let number = self.heads.len();
        self.apply(Input::Patch(vec![data_record("near", b"key", &number.to_le_bytes())]));
        self.apply(Input::SaveSnapshot { name: number.to_string(), note: String::new() });
        self.heads.push(*self.chain.head().hash());
        self.checkpoint();
        self.steps.push(self.memory.traffic().since(before));
    }

    fn revert(&mut self, number: usize) {
        let before = self.memory.traffic();
        self.apply(Input::Revert { name: number.to_string() });
        self.reverts.push(self.memory.traffic().since(before));
        assert_eq!(*self.chain.head().hash(), self.heads[number]);
    }

    /// A kill: what was in memory only is gone. Returns what the start read.
    fn restart(&mut self) -> Traffic {
        let before = (self.memory.traffic(), self.chain.snapshots());
        let mut config = genesis().config;
        settings(&mut config);
        let cache = Arc::new(NoContractRuntimeCache);
        self.archive = self.memory.archive();
        let options = ChainOptions::default();
        self.chain = Chain::resume(&config, options, cache, &self.archive).unwrap();
        assert_eq!(self.chain.snapshots(), before.1);
        self.memory.traffic().since(before.0)
    }
}

/// The most of each that one of some steps did.
fn most(steps: &[Traffic], of: Range<usize>) -> Traffic {
    steps[of].iter().copied().reduce(Traffic::most).unwrap()
}

/// The last of many steps did no more than the first ones, but for what grows with a logarithm: with that of
/// the number of blocks, the Merkle tree of ancestors in two heads; with that of the number of branches, the
/// search for those of the newest blocks after a revert.
#[track_caller]
fn does_not_grow(steps: &[Traffic]) {
    let (first, last) = (most(steps, 100..300), most(steps, steps.len() - 200..steps.len()));
    println!("at first {first:?}, at last {last:?}");
    assert!(last.read <= first.read + 8, "{last:?} in place of {first:?}");
    assert!(last.written <= first.written + 2, "{last:?} in place of {first:?}");
    assert!(last.bytes <= first.bytes + 500, "{last:?} in place of {first:?}");
}

#[test]
fn one_of_a_thousand_snapshots_in_a_row_costs_what_differs() {
    for pruner in [None, Some(BlockPruner::keeping(2))] {
        let mut home = Archiving::new(pruner);
        (0..SNAPSHOTS).for_each(|_| home.step());
        does_not_grow(&home.steps);
        let read = home.restart().read;
        // For each snapshot: itself, and what is new of its epochs.
        assert!(read < 3 * SNAPSHOTS, "{read} rows");
        for number in [0, SNAPSHOTS / 2, SNAPSHOTS - 1] {
            home.revert(number);
        }
    }
}

/// A tree with 500 branches on the longest way: every other revert goes to its end, the rest to any
/// snapshot.
#[test]
fn one_of_a_thousand_reverts_in_a_tree_of_snapshots_costs_what_differs() {
    for pruner in [None, Some(BlockPruner::keeping(2))] {
        let mut home = Archiving::new(pruner);
        home.step();
        for number in 1..=SNAPSHOTS {
            let to = if number % 2 == 0 { number - 2 } else { number / 2 * 7_919 % number };
            home.revert(to);
            home.step();
            if number % 250 == 0 {
                let read = home.restart().read;
                // For each snapshot: itself, its branch, and what is new of its epochs.
                assert!(read < 6 * number + 50, "{read} rows for {number} snapshots");
            }
        }
        assert_eq!(home.chain.history.lineage().newest_first().count(), SNAPSHOTS / 2 + 1);
        does_not_grow(&home.steps);
        does_not_grow(&home.reverts);
        assert!(most(&home.reverts, 0..SNAPSHOTS).read < 50);
        home.restart();
        (0..SNAPSHOTS).for_each(|number| home.revert(number));
        assert!(most(&home.reverts, SNAPSHOTS..2 * SNAPSHOTS).read < 50);
    }
}

/// How many rows a revert reads does not depend on how many blocks and epochs there are.
#[test]
fn a_revert_reads_as_much_after_few_blocks_as_after_many() {
    let read = |blocks: u64| {
        let mut home = Archiving::new(None);
        home.step();
        (0..blocks).for_each(|_| home.apply(Input::Tick));
        home.checkpoint();
        home.restart();
        home.revert(0);
        home.reverts[0].read
    };
    assert_eq!(read(10), read(1_000));
}

const SNAPSHOTS: usize = 1_000;
