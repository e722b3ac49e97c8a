//! The chain: one value that inputs change and questions read.

use crate::block::SealedBlock;
use crate::checked::Checked;
use crate::founding::Founding;
use crate::genesis::{GenesisError, Start, records_of, start};
use crate::history::History;
use crate::input::Input;
use crate::patch::PatchError;
use crate::refusals::Refusals;
use crate::rules::{ChainOptions, Rules};
use crate::schedule::Schedule;
use crate::travel::FastForwardError;
use keyway_engine::StateError;
use keyway_state::Placed;
use near_chain_configs::{Genesis, GenesisConfig};
use near_primitives::errors::InvalidTxError;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::state_record::StateRecord;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::BlockHeight;
use near_vm_runner::ContractRuntimeCache;
use std::sync::Arc;

/// A NEAR chain of one shard and one block producer.
///
/// Times are nanoseconds since the Unix epoch and come from the caller; a time that runs backwards
/// is bridged, block times always grow.
#[derive(Clone)]
pub struct Chain {
    pub(crate) rules: Arc<Rules>,
    pub(crate) head: Arc<SealedBlock>,
    pub(crate) history: History,
    pub(crate) schedule: Schedule,
    pub(crate) refusals: Refusals,
    /// The Merkle tree over the hashes of all blocks before the head.
    pub(crate) ancestors: PartialMerkleTree,
    /// How far fast-forwards have moved the chain's time ahead of the caller's, nanoseconds.
    pub(crate) ahead_ns: u64,
    /// No block from this height on was ever put on a shelf.
    pub(crate) unshelved: BlockHeight,
    /// What the last checkpoint put away; older blocks may still hold it in memory.
    pub(crate) placed: Arc<Placed>,
}

/// What an input did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The transaction of this hash was included, and ran with all its receipts to a final block.
    Included(CryptoHash),
    /// The transaction of this hash was included before; nothing changed.
    Known(CryptoHash),
    /// Blocks were sealed.
    Sealed,
}

impl Applied {
    /// False when the input left the chain as it was, so that a journal need not hold it.
    pub fn changed(&self) -> bool {
        !matches!(self, Self::Known(_))
    }
}

/// Why an input was not applied. The chain's blocks are then as they were before, except after
/// [`Refused::State`], which can leave some blocks of the input sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The transaction may not enter a block; the sender can mend it.
    #[error(transparent)]
    Transaction(Box<InvalidTxError>),
    /// The records of a patch contradict the state or each other.
    #[error(transparent)]
    Patch(PatchError),
    /// The chain cannot go that far.
    #[error(transparent)]
    FastForward(FastForwardError),
    /// The state cannot be read; no input can be applied until it can.
    #[error(transparent)]
    State(#[from] StateError),
}

impl From<PatchError> for Refused {
    fn from(error: PatchError) -> Self {
        match error {
            PatchError::State(error) => Self::State(error),
            rule => Self::Patch(rule),
        }
    }
}

impl From<FastForwardError> for Refused {
    fn from(error: FastForwardError) -> Self {
        match error {
            FastForwardError::State(error) => Self::State(error),
            rule => Self::FastForward(rule),
        }
    }
}

impl From<InvalidTxError> for Refused {
    fn from(error: InvalidTxError) -> Self {
        Self::Transaction(Box::new(error))
    }
}

impl Chain {
    /// The chain at its genesis block, with the default options.
    ///
    /// # Errors
    /// When the genesis contradicts itself or asks for what this node does not have.
    pub fn new(
        genesis: &Genesis,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        Self::with_options(genesis, ChainOptions::default(), contracts)
    }

    /// The chain at its genesis block.
    ///
    /// # Errors
    /// When the genesis contradicts itself or asks for what this node does not have.
    pub fn with_options(
        genesis: &Genesis,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        Self::found(&genesis.config, records_of(genesis)?, options, contracts)
    }

    /// The same from records that were taken one by one.
    ///
    /// # Errors
    /// As [`Chain::with_options`].
    pub fn found(
        config: &GenesisConfig,
        records: Founding,
        options: ChainOptions,
        contracts: Arc<dyn ContractRuntimeCache>,
    ) -> Result<Self, GenesisError> {
        let start = start(config, records, options, contracts, |draft, validators, rules| {
            draft.in_memory(validators, &rules.protocol.config)
        })?;
        Ok(Self::at(start)?)
    }

    /// The chain at its genesis block.
    pub(crate) fn at(Start { rules, schedule, block }: Start) -> Result<Self, StateError> {
        let head = Arc::new(block);
        let mut history = History::default();
        history.push(&head)?;
        Ok(Self {
            unshelved: head.height(),
            placed: Arc::default(),
            rules: Arc::new(rules),
            head,
            history,
            schedule,
            refusals: Refusals::default(),
            ancestors: PartialMerkleTree::default(),
            ahead_ns: 0,
        })
    }

    /// Applies one input: the only way in which a chain changes.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn apply(&mut self, input: Input, now_ns: u64) -> Result<Applied, Refused> {
        match input {
            Input::Transaction(tx) => self.include(Checked::new(*tx), now_ns),
            Input::Tick => Ok(self.seal_empty(now_ns).map(|()| Applied::Sealed)?),
            Input::Patch(records) => {
                Ok(self.patch_state(records, now_ns).map(|()| Applied::Sealed)?)
            }
            Input::FastForward { delta_height, block_delay_ns } => {
                Ok(self.travel(delta_height, block_delay_ns, now_ns).map(|()| Applied::Sealed)?)
            }
            Input::Block(transactions) => {
                self.include_all(checked(transactions), now_ns).map(|()| Applied::Sealed)
            }
            Input::Together(transactions) => {
                self.run_together(checked(transactions), now_ns).map(|()| Applied::Sealed)
            }
            Input::Impersonate(impersonation) => {
                self.impersonate(impersonation, now_ns).map(Applied::Included)
            }
        }
    }

    /// Includes a transaction in a block of its own, runs its receipts to the end, and seals on
    /// until all of it is final. Sent again after it was included, it does nothing and succeeds.
    ///
    /// # Errors
    /// The first rule that the transaction breaks, in the protocol's order.
    pub fn submit(&mut self, tx: SignedTransaction, now_ns: u64) -> Result<CryptoHash, Refused> {
        let hash = tx.get_hash();
        self.apply(Input::Transaction(Box::new(tx)), now_ns).map(|_| hash)
    }

    /// Seals one block without transactions.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn tick(&mut self, now_ns: u64) -> Result<(), StateError> {
        self.seal_empty(now_ns)
    }

    /// Writes records into the state, in a block of its own, and makes it final.
    ///
    /// # Errors
    /// When the records contradict the state or each other; nothing is written then.
    pub fn patch(&mut self, records: Vec<StateRecord>, now_ns: u64) -> Result<(), PatchError> {
        self.patch_state(records, now_ns)
    }

    /// Moves the chain `delta_height` blocks ahead, and its time by as many block delays. Heights
    /// between are skipped; only the ends of epochs are sealed block by block. The block at the end is
    /// final two blocks later, as any other.
    ///
    /// # Errors
    /// When the chain cannot go that far.
    pub fn fast_forward(&mut self, delta_height: u64, now_ns: u64) -> Result<(), FastForwardError> {
        self.travel(delta_height, self.rules.block_delay_ns(), now_ns)
    }

    /// The input that [`Chain::fast_forward`] applies, for callers that write inputs down.
    pub fn fast_forward_input(&self, delta_height: u64) -> Input {
        Input::FastForward { delta_height, block_delay_ns: self.rules.block_delay_ns() }
    }
}

fn checked(transactions: Vec<SignedTransaction>) -> Vec<Checked> {
    transactions.into_iter().map(Checked::new).collect()
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain")
            .field("chain_id", &self.rules.chain_id)
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Record, Records};
    use crate::tests::chain::{NOW, account_record, chain, genesis, inputs, transfer};
    use keyway_state::read;

    /// Applies the inputs of the test kit, the transaction with a base block that exists.
    fn busy() -> (Chain, Vec<u8>) {
        let mut chain = chain();
        let mut journal = Vec::new();
        for (number, input) in inputs().into_iter().enumerate() {
            let input = match input {
                Input::Transaction(_) => {
                    Input::Transaction(Box::new(transfer(1, *chain.head().hash())))
                }
                Input::Patch(_) => Input::Patch(vec![account_record("patched.near", 7, None)]),
                other => other,
            };
            let now_ns = NOW + number as u64 * 1_000_000;
            chain.apply(input.clone(), now_ns).unwrap();
            journal.extend(Record { now_ns, input }.encode().unwrap());
        }
        (chain, journal)
    }

    #[test]
    fn the_same_genesis_gives_the_same_block() {
        assert_eq!(chain().head().hash(), chain().head().hash());
    }

    #[test]
    fn replaying_a_journal_gives_the_same_head() {
        let (chain, journal) = busy();
        let mut replayed = crate::tests::chain::chain();
        for record in Records::new(&journal[..], 0) {
            let (record, _) = record.unwrap();
            replayed.apply(record.input, record.now_ns).unwrap();
        }
        assert_eq!(replayed.head().hash(), chain.head().hash());
        assert_eq!(replayed.head().state.root(), chain.head().state.root());
    }

    #[test]
    fn a_replay_does_not_depend_on_the_delay_in_the_options() {
        let (chain, journal) = busy();
        let options = ChainOptions {
            block_delay: std::time::Duration::from_secs(9),
            ..ChainOptions::default()
        };
        let cache = Arc::new(near_vm_runner::NoContractRuntimeCache);
        let mut replayed = Chain::with_options(&genesis(), options, cache).unwrap();
        for record in Records::new(&journal[..], 0) {
            let (record, _) = record.unwrap();
            replayed.apply(record.input, record.now_ns).unwrap();
        }
        assert_eq!(replayed.head().hash(), chain.head().hash());
    }

    #[test]
    fn a_snapshot_goes_its_own_way() {
        let mut chain = chain();
        let snapshot = chain.clone();
        let hash = chain.submit(transfer(1, *chain.head().hash()), NOW).unwrap();
        assert!(snapshot.transaction(&hash).unwrap().is_none());
        assert_eq!(snapshot.head().height(), 0);
        let mut other = snapshot.clone();
        other.patch(vec![account_record("other.near", 1, None)], NOW).unwrap();
        let other_near = "other.near".parse().unwrap();
        assert!(read::account(&other.head().state, &other_near).unwrap().is_some());
        assert!(read::account(&chain.head().state, &other_near).unwrap().is_none());
    }

    #[test]
    fn what_changed_nothing_need_not_be_written_down() {
        assert!(Applied::Sealed.changed());
        assert!(!Applied::Known(CryptoHash::default()).changed());
    }
}
