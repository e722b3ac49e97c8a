//! From a chain in memory to one that rests on a shelf, and back.

use crate::archive::Shelf;
use crate::block::SealedBlock;
use crate::chain::Chain;
use crate::history::History;
use crate::refusals::Refusals;
use crate::rules::{ChainOptions, rules};
use crate::schedule::Schedule;
use crate::stored::{self, Epoch, Head};
use keyway_engine::{StateError, UnsupportedProtocol};
use keyway_state::{Placed, Rows};
use near_chain_configs::GenesisConfig;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{BlockHeight, EpochId};
use near_vm_runner::ContractRuntimeCache;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an archive lacks of a chain. Written whole or not at all.
#[derive(Debug)]
pub struct Checkpoint {
    /// The rows of states.
    pub rows: Rows,
    /// Blocks by height: hash and bytes.
    pub blocks: Vec<(BlockHeight, CryptoHash, Vec<u8>)>,
    /// Names; each replaces what the archive had under it.
    pub names: Vec<(CryptoHash, Vec<u8>)>,
    /// Epochs; each replaces what the archive had under it.
    pub epochs: Vec<(CryptoHash, Vec<u8>)>,
    /// Replaces the archive's head.
    pub head: Vec<u8>,
    /// The first height that it does not cover.
    end: BlockHeight,
}

/// What a checkpoint has put away.
#[derive(Clone, Debug)]
pub struct Shelved {
    shelf: Shelf,
    placed: Arc<Placed>,
    end: BlockHeight,
}

impl Checkpoint {
    /// To be called when the archive behind `shelf` has it.
    pub fn written(self, shelf: &Shelf) -> Shelved {
        let placed = Arc::new(self.rows.settle(&shelf.nodes));
        Shelved { shelf: shelf.clone(), placed, end: self.end }
    }
}

/// Why a chain cannot go on from an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The genesis asks for rules that this build does not have.
    #[error(transparent)]
    Protocol(#[from] UnsupportedProtocol),
    /// The archive cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
    /// The archive was never written to.
    #[error("the archive holds no chain")]
    Empty,
}

impl Chain {
    /// What the archive that it rests in lacks of this chain; `next_row` is the number of the first
    /// row that is free there.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn checkpoint(&self, next_row: u64) -> Result<Checkpoint, StateError> {
        let mut rows = Rows::new(next_row, self.placed.clone());
        let mut blocks = Vec::new();
        for block in self.history.recent_from(self.unshelved) {
            let state = rows.add(&block.state);
            blocks.push((block.height(), *block.hash(), stored::encode_block(block, state)));
        }
        let mut names = self.history.names()?;
        // Neighbours are written together.
        names.sort_unstable_by_key(|(name, _)| *name);
        let names = names.into_iter();
        Ok(Checkpoint {
            rows,
            blocks,
            names: names.map(|(name, known)| (name, stored::encode(&known))).collect(),
            epochs: self.epochs_of_new_blocks(),
            head: stored::encode(&self.stand()),
            end: self.head.height() + 1,
        })
    }

    /// The same chain, without what a checkpoint has put away, save the blocks that are not final
    /// and what is used often. The checkpoint is the last one of this chain, or of what it was when
    /// that began: a chain goes on meanwhile.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn rest(&self, shelved: &Shelved) -> Result<Self, StateError> {
        let mut chain = self.clone();
        chain.history = History::on(shelved.shelf.clone(), shelved.rested(self.genesis_block()));
        for block in self.history.recent_from(self.first_kept().min(shelved.end)) {
            // Others between leave memory with the next checkpoint.
            let rests = block.height() < shelved.end || block.hash() == self.head.hash();
            let block = if rests { shelved.rested(block) } else { block.clone() };
            chain.history.push(&block)?;
        }
        chain.head = chain.history.recent(self.head.hash()).unwrap_or(&self.head).clone();
        chain.unshelved = shelved.end;
        chain.placed = shelved.placed.clone();
        Ok(chain)
    }

    /// The chain that rests on `shelf`, with the rules of its genesis.
    ///
    /// # Errors
    /// See [`ResumeError`].
    pub fn resume(
        genesis: &GenesisConfig,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
        shelf: &Shelf,
    ) -> Result<Self, ResumeError> {
        let rules = rules(genesis, options, contracts)?;
        let head = shelf.archive.head()?.ok_or(ResumeError::Empty)?;
        let Head { genesis_height, height, running, ancestors, ahead_ns } =
            stored::decode(&head, || "the chain's head".to_owned())?;
        let block = |height| {
            let missing = || StateError::Corrupt { what: format!("block {height}: missing") };
            shelf.block(height)?.ok_or_else(missing)
        };
        let schedule = Schedule::resumed(&rules, epochs(shelf)?, running)
            .ok_or_else(|| StateError::Corrupt { what: "the running epoch: missing".to_owned() })?;
        let head = block(height)?;
        let mut chain = Self {
            rules: Arc::new(rules),
            history: History::on(shelf.clone(), block(genesis_height)?),
            head,
            schedule,
            refusals: Refusals::default(),
            ancestors,
            ahead_ns,
            unshelved: height + 1,
            placed: Arc::default(),
        };
        chain.remember_recent(shelf)?;
        Ok(chain)
    }

    /// Takes the blocks from the newest final one on from the shelf into memory.
    fn remember_recent(&mut self, shelf: &Shelf) -> Result<(), StateError> {
        let genesis = self.genesis_block().clone();
        let final_hash = self.head.header.last_final_block();
        let last_final = self.history.by_hash(final_hash)?.unwrap_or(genesis);
        let mut next = Some(last_final);
        while let Some(block) = next {
            self.history.push(&block)?;
            let above = shelf.archive.height_above(block.height())?;
            next = above.map_or(Ok(None), |height| shelf.block(height))?;
        }
        Ok(())
    }

    /// How many blocks are in memory, be they in an archive or not.
    pub fn blocks_in_memory(&self) -> usize {
        self.history.in_memory()
    }

    fn stand(&self) -> Head {
        Head {
            genesis_height: self.genesis_block().height(),
            height: self.head.height(),
            running: self.schedule.running().clone(),
            ancestors: self.ancestors.clone(),
            ahead_ns: self.ahead_ns,
        }
    }

    /// The epochs that the blocks name which are not in the archive, and those that ended with one
    /// of them.
    fn epochs_of_new_blocks(&self) -> Vec<(CryptoHash, Vec<u8>)> {
        let lowest = self.first_kept().min(self.unshelved);
        let headers = self.history.recent_from(lowest).map(|block| &block.header);
        let ids: BTreeSet<EpochId> =
            headers.flat_map(|header| [*header.epoch_id(), *header.next_epoch_id()]).collect();
        let epoch = |id: EpochId| {
            let ended = self.schedule.ended(&id).map(|ended| (**ended).clone());
            let info = (**self.schedule.info(&id)?).clone();
            Some((id.0, stored::encode(&Epoch { info, ended })))
        };
        ids.into_iter().filter_map(epoch).collect()
    }

    /// The height of the oldest block that stays in memory.
    fn first_kept(&self) -> BlockHeight {
        self.final_head().height()
    }
}

impl Shelved {
    /// The block with its state where the archive has it.
    fn rested(&self, block: &SealedBlock) -> Arc<SealedBlock> {
        let state = block.state.rested(&self.placed, &self.shelf.nodes);
        Arc::new(SealedBlock { state, ..block.clone() })
    }
}

fn epochs(shelf: &Shelf) -> Result<Vec<(EpochId, Epoch)>, StateError> {
    let rows = shelf.archive.epochs()?.into_iter();
    rows.map(|(id, bytes)| Ok((EpochId(id), stored::decode(&bytes, || format!("the epoch {id}"))?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Input;
    use crate::tests::chain::{
        Drawer, NOW, account_record, chain, genesis, inputs, propose, transfer,
    };
    use near_vm_runner::NoContractRuntimeCache;

    /// Puts what is new of `chain` into the drawer.
    fn put_away(chain: &Chain, drawer: &Arc<Drawer>, shelf: &Shelf) -> Chain {
        let checkpoint = chain.checkpoint(drawer.next_row()).unwrap();
        drawer.put(&checkpoint);
        chain.rest(&checkpoint.written(shelf)).unwrap()
    }

    fn resumed(shelf: &Shelf) -> Chain {
        let cache = Arc::new(NoContractRuntimeCache);
        Chain::resume(&genesis().config, ChainOptions::default(), cache, shelf).unwrap()
    }

    /// Inputs of every kind, with base blocks that exist.
    fn many_inputs(chain: &Chain) -> Vec<Input> {
        let base = *chain.head().hash();
        let fitting = |input| match input {
            Input::Transaction(_) => Input::Transaction(Box::new(transfer(1, base))),
            Input::Patch(_) => Input::Patch(vec![account_record("patched.near", 7, None)]),
            other => other,
        };
        let stake = propose("near", 10_000_000, 1, base);
        let block = Input::Block(vec![transfer(2, base), transfer(3, base)]);
        let more = [Input::Transaction(Box::new(stake)), block, Input::Tick, Input::Tick];
        let mut all: Vec<_> = inputs().into_iter().map(fitting).chain(more).collect();
        all.extend(vec![Input::Tick; 130]);
        all
    }

    #[track_caller]
    fn agree(left: &Chain, right: &Chain) {
        assert_eq!(left.head().hash(), right.head().hash());
        assert_eq!(left.final_head().hash(), right.final_head().hash());
        assert_eq!(left.near_final().hash(), right.near_final().hash());
        assert_eq!(left.validators(None), right.validators(None));
        for block in right.history.recent_from(0) {
            let same = left.block_by_hash(block.hash()).unwrap().unwrap();
            assert_eq!(stored::encode_block(&same, None), stored::encode_block(block, None));
            assert_eq!(same.state.root(), block.state.root());
            assert_eq!(same.stakes, block.stakes);
            assert_eq!(left.chunk(block.chunk_hash()).unwrap().unwrap().hash(), block.hash());
            let next = |chain: &Chain| chain.next_block(block).unwrap().map(|next| *next.hash());
            assert_eq!(next(left), next(right));
            for outcome in &block.outcomes {
                let ran = left.outcome(&outcome.id).unwrap().unwrap();
                // As bytes: one field lives in memory only.
                assert_eq!(stored::encode(&ran.outcome), stored::encode(outcome));
                assert_eq!(ran.block.hash(), block.hash());
                assert_eq!(ran.proof(), right.outcome(&outcome.id).unwrap().unwrap().proof());
                for id in outcome.outcome.receipt_ids.iter().chain([&outcome.id]) {
                    assert_eq!(left.receipt(id), right.receipt(id));
                    let origin = |chain: &Chain| chain.transaction_of_receipt(id).unwrap();
                    assert_eq!(origin(left), origin(right));
                }
            }
            for transaction in &block.transactions {
                let found = left.transaction(&transaction.get_hash()).unwrap().unwrap();
                assert_eq!((&found.transaction, found.block.hash()), (transaction, block.hash()));
            }
        }
        let (of, head) = (left.genesis_block(), left.final_head());
        assert_eq!(left.block_proof(of, head), right.block_proof(of, head));
    }

    #[test]
    fn a_chain_on_a_shelf_is_the_chain() {
        for every in [1, 3, 20] {
            let (drawer, shelf) = Drawer::opened();
            let mut plain = chain();
            let mut rested = put_away(&plain, &drawer, &shelf);
            for (number, input) in many_inputs(&plain).into_iter().enumerate() {
                let now_ns = NOW + number as u64 * 1_000_000_000;
                plain.apply(input.clone(), now_ns).unwrap();
                rested.apply(input, now_ns).unwrap();
                if number % every == 0 {
                    rested = put_away(&rested, &drawer, &shelf);
                    assert!(rested.history.recent_from(0).count() < 8);
                }
            }
            agree(&rested, &plain);
            put_away(&rested, &drawer, &shelf);
            let (again, fresh) = (resumed(&drawer.shelf()), plain.head().height());
            agree(&again, &plain);
            assert_eq!(again.head().height(), fresh);
        }
    }

    #[test]
    fn a_chain_rests_though_it_went_on_during_the_checkpoint() {
        for meanwhile in [1, 2, 30] {
            let (drawer, shelf) = Drawer::opened();
            let mut plain = chain();
            let mut resting = put_away(&plain, &drawer, &shelf);
            let mut under_way: Option<Checkpoint> = None;
            for (number, input) in many_inputs(&plain).into_iter().enumerate() {
                let now_ns = NOW + number as u64 * 1_000_000_000;
                plain.apply(input.clone(), now_ns).unwrap();
                resting.apply(input, now_ns).unwrap();
                if number % meanwhile == 0 {
                    if let Some(checkpoint) = under_way.take() {
                        drawer.put(&checkpoint);
                        resting = resting.rest(&checkpoint.written(&shelf)).unwrap();
                        let held = resting.blocks_in_memory() as u64;
                        assert!(
                            held <= resting.head().height() - resting.final_head().height() + 160
                        );
                    }
                    under_way = Some(resting.checkpoint(drawer.next_row()).unwrap());
                }
                assert_eq!(resting.head().hash(), plain.head().hash());
            }
            agree(&resting, &plain);
            // The last one is lost with its node: another begins where the archive is.
            let behind = resumed(&drawer.shelf());
            let same = plain.block_by_height(behind.head().height()).unwrap().unwrap();
            assert_eq!(behind.head().hash(), same.hash());
            agree(&put_away(&resting, &drawer, &shelf), &plain);
            agree(&resumed(&drawer.shelf()), &plain);
        }
    }

    #[test]
    fn a_resumed_chain_goes_on_as_if_it_had_never_stopped() {
        let (drawer, shelf) = Drawer::opened();
        let mut plain = chain();
        put_away(&plain, &drawer, &shelf);
        for (number, input) in many_inputs(&plain).into_iter().enumerate() {
            let now_ns = NOW + number as u64 * 1_000_000_000;
            let mut chain = resumed(&drawer.shelf());
            plain.apply(input.clone(), now_ns).unwrap();
            chain.apply(input, now_ns).unwrap();
            assert_eq!(chain.head().hash(), plain.head().hash(), "input {number}");
            put_away(&chain, &drawer, &drawer.shelf());
        }
        agree(&resumed(&drawer.shelf()), &plain);
    }

    #[test]
    fn a_failing_archive_makes_an_input_fail_and_changes_nothing() {
        let (drawer, shelf) = Drawer::opened();
        let plain = chain();
        put_away(&plain, &drawer, &shelf);
        let mut chain = resumed(&drawer.shelf());
        drawer.break_down();
        let before = *chain.head().hash();
        let refused = chain.submit(transfer(1, before), NOW).unwrap_err();
        assert!(matches!(refused, crate::Refused::State(StateError::Unreadable { .. })));
        assert_eq!(*chain.head().hash(), before);
        assert!(chain.block_by_height(77).is_err());
        assert!(chain.transaction(&before).is_err(), "unknown is not the same as unreadable");
    }
}
