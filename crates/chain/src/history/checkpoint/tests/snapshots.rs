//! Chains that go back and forth between snapshots while their blocks move to an archive, beside plain
//! values of the same chain.

use super::super::*;
use super::evict::agree;
use crate::blocks::block::SealedBlock;
use crate::history::collect::RowCollector;
use crate::history::prune::BlockPruner;
use crate::inputs::input::Input;
use crate::spec::ChainOptions;
use crate::tests::chain::{MemoryArchive, NOW, chain_with, data_record, genesis, transfer};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::SignedTransaction;
use near_vm_runner::NoContractRuntimeCache;
use proptest::prelude::*;
use std::collections::HashMap;

const SECOND: u64 = 1_000_000_000;

/// Transactions can be based on few blocks, so many can be pruned.
fn settings(config: &mut GenesisConfig) {
    config.transaction_validity_period = 3;
}

/// A chain with an archive, and what it should be.
struct Twins {
    /// All in memory: a revert clones a value.
    plain: Chain,
    values: HashMap<String, Chain>,
    archived: Chain,
    memory: Arc<MemoryArchive>,
    archive: CachedArchive,
    /// What prunes blocks and frees rows.
    cleaners: Option<(BlockPruner, RowCollector)>,
    /// A checkpoint that was begun and not written.
    begun: Option<Checkpoint>,
    /// Every block that ever was.
    seen: BTreeMap<CryptoHash, Arc<SealedBlock>>,
}

impl Twins {
    fn new(prunes: bool) -> Self {
        let (memory, archive) = MemoryArchive::opened();
        let (plain, archived) = (chain_with(settings), chain_with(settings));
        let (values, seen) = (HashMap::new(), BTreeMap::new());
        let cleaners = prunes.then(cleaners);
        Self { plain, values, archived, memory, archive, cleaners, begun: None, seen }
    }

    /// Seals blocks. The same at the same height gives the same blocks, on whatever branch.
    fn apply(&mut self, input: Input) {
        let now_ns = NOW + self.plain.head().height() * SECOND;
        let from = self.plain.head().height() + 1;
        let done = self.plain.apply(input.clone(), now_ns);
        assert_eq!(self.archived.apply(input, now_ns), done);
        done.unwrap();
        let new = self.plain.history.recent_from(from);
        self.seen.extend(new.map(|block| (*block.hash(), block)));
    }

    fn transfer(&mut self, old_base: bool, finalize: bool) {
        let alice = "alice.near".parse().unwrap();
        let key = crate::tests::chain::signer("alice.near").public_key();
        let state = &self.plain.head().state;
        let nonce = keyway_state::read::access_key(state, &alice, &key).unwrap().unwrap().nonce;
        let base =
            if old_base { *self.plain.genesis_block().hash() } else { *self.plain.head().hash() };
        let sent = transfer(nonce + 1, base);
        // Whether an old block is a base must not depend on pruning.
        let verdict = self.plain.admit(&sent);
        assert_eq!(self.archived.admit(&sent), verdict);
        if verdict.is_ok() {
            self.apply(match finalize {
                true => Input::transaction(sent),
                false => Input::block(vec![sent]),
            });
        }
    }

    fn save(&mut self, name: String) {
        let input = Input::SaveSnapshot { name: name.clone(), note: String::new() };
        if self.archived.apply(input, NOW).is_ok() {
            assert!(self.values.insert(name, self.plain.clone()).is_none());
        }
    }

    fn revert(&mut self, name: String) {
        let reverted = self.archived.apply(Input::Revert { name: name.clone() }, NOW);
        assert_eq!(reverted.is_ok(), self.values.contains_key(&name));
        if let Some(value) = self.values.get(&name) {
            self.plain = value.clone();
        }
    }

    fn delete(&mut self, name: String) {
        let deleted = self.archived.apply(Input::DeleteSnapshot { name: name.clone() }, NOW);
        assert_eq!(deleted.is_ok(), self.values.remove(&name).is_some());
    }

    fn reset(&mut self) {
        self.archived.apply(Input::Reset, NOW).unwrap();
        self.plain = chain_with(settings);
        self.values.clear();
    }

    fn begin(&mut self, keep: u64) {
        if self.begun.is_some() {
            return;
        }
        let first_row = self.memory.next_row();
        let mut checkpoint = self.archived.checkpoint(first_row).unwrap();
        if let Some((pruner, collector)) = &mut self.cleaners {
            pruner.keep = keep;
            pruner.prune(&self.archived, &mut checkpoint).unwrap();
            collector.collect(&self.archived, &mut checkpoint, first_row).unwrap();
        }
        self.begun = Some(checkpoint);
    }

    fn finish(&mut self) {
        let Some(checkpoint) = self.begun.take() else { return };
        self.memory.put(&checkpoint);
        self.archived = self.archived.evict(&checkpoint.written(&self.archive)).unwrap();
    }

    fn checkpoint(&mut self, keep: u64) {
        self.finish();
        self.begin(keep);
        self.finish();
    }

    /// What was in memory only is gone.
    fn restart(&mut self, keep: u64) {
        self.checkpoint(keep);
        if keep.is_multiple_of(3) {
            self.memory.make_format_5();
        }
        let mut config = genesis().config;
        settings(&mut config);
        let cache = Arc::new(NoContractRuntimeCache);
        self.archive = self.memory.archive();
        let options = ChainOptions::default();
        let before = self.archived.snapshots();
        self.archived = Chain::resume(&config, options, cache, &self.archive).unwrap();
        assert_eq!(self.archived.snapshots(), before);
        self.cleaners = self.cleaners.take().map(|_| cleaners());
    }

    /// Whatever is asked about any block that ever was, the answers are those of the plain value.
    fn agree(&self) {
        if self.cleaners.is_none() {
            agree(&self.archived, &self.plain);
        }
        assert_eq!(self.archived.head().hash(), self.plain.head().hash());
        assert_eq!(records(&self.archived), records(&self.plain));
        assert_eq!(self.archived.validators(None), self.plain.validators(None));
        for (hash, block) in &self.seen {
            let there = self.plain.block_by_hash(hash).unwrap().is_some();
            let found = self.archived.block_by_hash(hash).unwrap();
            let pruned = self.cleaners.is_some() && found.is_none();
            assert!(found.is_none() || there, "block {} was abandoned", block.height());
            assert!(pruned || found.is_some() == there, "block {}", block.height());
            let epoch = Some(block.header.epoch_id());
            assert_eq!(self.archived.validators(epoch), self.plain.validators(epoch));
            if !pruned {
                self.agree_on(block);
            }
        }
        let names: Vec<_> = self.archived.snapshots().into_iter().map(|info| info.name).collect();
        assert_eq!(names.len(), self.values.len());
        assert!(names.iter().all(|name| self.values.contains_key(name)));
    }

    fn agree_on(&self, block: &SealedBlock) {
        let both = [&self.archived, &self.plain];
        let at = |chain: &Chain| {
            chain.block_by_height(block.height()).unwrap().map(|block| *block.hash())
        };
        assert_eq!(at(both[0]), at(both[1]));
        let sent = block.transactions.iter().map(SignedTransaction::get_hash);
        for id in sent.chain(block.outcomes.iter().map(|outcome| outcome.id)) {
            let [archived, plain] = both.map(|chain| {
                let sent = chain.transaction(&id).unwrap().map(|entry| *entry.block.hash());
                let ran = chain.outcome(&id).unwrap().map(|entry| *entry.block.hash());
                let origin = chain.transaction_of_receipt(&id).unwrap();
                let receipt = chain.receipt(&id).unwrap().map(|receipt| *receipt.receipt_id());
                [sent, ran, origin, receipt]
            });
            // A receipt that is left can have been sent in a block that was pruned.
            let may_lack = |part: &Option<_>| self.cleaners.is_some() && part.is_none();
            let mut parts = archived.iter().zip(&plain);
            assert!(
                parts.all(|(ours, full)| ours == full || may_lack(ours)),
                "{archived:?} {plain:?}"
            );
        }
    }

    /// The same after a revert to each snapshot.
    fn agree_everywhere(&mut self) {
        self.agree();
        let mut names: Vec<_> = self.values.keys().cloned().collect();
        names.sort();
        for name in names {
            self.revert(name);
            self.agree();
            self.apply(Input::Tick);
            self.transfer(false, true);
            self.agree();
        }
    }
}

fn cleaners() -> (BlockPruner, RowCollector) {
    (BlockPruner::keeping(1), RowCollector::default())
}

fn records(chain: &Chain) -> Vec<near_primitives::state_record::StateRecord> {
    keyway_state::records(&chain.head().state).map(Result::unwrap).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Tick,
    Transfer(bool),
    Unfinished,
    Set(u8),
    Jump(u64),
    Save(u8),
    Revert(u8),
    Delete(u8),
    Reset,
    Begin(u64),
    Finish,
    Restart(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Tick),
        6 => any::<bool>().prop_map(Step::Transfer),
        3 => Just(Step::Unfinished),
        4 => any::<u8>().prop_map(Step::Set),
        2 => (1..90_u64).prop_map(Step::Jump),
        5 => (0..6_u8).prop_map(Step::Save),
        6 => (0..6_u8).prop_map(Step::Revert),
        2 => (0..6_u8).prop_map(Step::Delete),
        1 => Just(Step::Reset),
        5 => (1..8_u64).prop_map(Step::Begin),
        5 => Just(Step::Finish),
        2 => (1..8_u64).prop_map(Step::Restart),
    ]
}

fn run(steps: Vec<Step>, prunes: bool) {
    let mut twins = Twins::new(prunes);
    for step in steps {
        match step {
            Step::Tick => twins.apply(Input::Tick),
            Step::Transfer(old_base) => twins.transfer(old_base, true),
            // Its receipts run in later blocks, on whatever branch those are.
            Step::Unfinished => twins.transfer(false, false),
            Step::Set(value) => {
                let value = vec![value; if value % 3 == 0 { 2_000 } else { 10 }];
                twins.apply(Input::Patch(vec![data_record("near", &[value[0] % 5], &value)]));
            }
            Step::Jump(delta_height) => {
                twins.apply(Input::FastForward { delta_height, block_delay_ns: 1_000 });
            }
            Step::Save(slot) => twins.save(slot.to_string()),
            Step::Revert(slot) => twins.revert(slot.to_string()),
            Step::Delete(slot) => twins.delete(slot.to_string()),
            Step::Reset => twins.reset(),
            Step::Begin(keep) => twins.begin(keep),
            Step::Finish => twins.finish(),
            Step::Restart(keep) => twins.restart(keep),
        }
        assert_eq!(twins.archived.head().hash(), twins.plain.head().hash());
    }
    twins.agree_everywhere();
    twins.restart(1);
    (0..5).for_each(|_| twins.checkpoint(1));
    twins.agree_everywhere();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn a_chain_that_goes_back_is_the_value_that_it_was(
        steps in proptest::collection::vec(step(), 20..120),
    ) {
        run(steps, false);
    }

    #[test]
    fn pruning_takes_nothing_that_a_snapshot_needs(
        steps in proptest::collection::vec(step(), 20..120),
    ) {
        run(steps, true);
    }
}
