//! A block together with everything it produced.

use keyway_engine::Stakes;
use keyway_state::Trie;
use near_primitives::block::{Block, BlockHeader};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::{MerklePath, merklize};
use near_primitives::receipt::Receipt;
use near_primitives::sharding::{ChunkHash, ShardChunkHeader};
use near_primitives::transaction::{
    ExecutionOutcome, ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction,
};
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{
    AccountId, Balance, BlockHeight, EpochHeight, Gas, RawStateChangesWithTrieKey,
};
use std::sync::{Arc, OnceLock};

/// Receipts, shared between the block that sent them and the block that ran them.
pub type Receipts = Arc<Vec<Receipt>>;

/// A block, its one chunk, and the results of applying it.
///
/// The chunk header describes the state *before* the block and the results of the block before it,
/// as NEAR has it; [`SealedBlock::state`] and the fields around it are this block's own results.
#[derive(Clone)]
pub struct SealedBlock {
    /// The block's header. Its hash and roots are genuine, its signature is empty: see
    /// [`Chain::signed_header`](crate::Chain::signed_header).
    pub header: BlockHeader,
    /// The header of the block's chunk, unsigned likewise.
    pub chunk: ShardChunkHeader,
    /// The producer of block and chunk.
    pub author: AccountId,
    /// The transactions that the chunk carries, in order.
    pub transactions: Vec<SignedTransaction>,
    /// The receipts that the previous block sent here.
    pub incoming: Receipts,
    /// Local, delayed and instant receipts that ran in this block.
    pub processed: Vec<Receipt>,
    /// Receipts for the next block.
    pub outgoing: Receipts,
    /// Outcomes: all transactions, then receipts in the order they ran.
    pub outcomes: Vec<ExecutionOutcomeWithId>,
    /// On a fork, of receipts whose gas may be too low: how many trie nodes they touched at most
    /// besides those that they paid for. See [`Chain::gas_band`](crate::Chain::gas_band).
    pub unknown_nodes: Vec<(CryptoHash, u64)>,
    /// Writes with their causes, by trie key.
    pub changes: Vec<RawStateChangesWithTrieKey>,
    /// The state after the block.
    pub state: Trie,
    /// Gas burnt by the block.
    pub gas_used: Gas,
    /// yoctoNEAR that left the supply.
    pub balance_burnt: Balance,
    /// Stakes proposed in this block.
    pub proposals: Vec<ValidatorStake>,
    /// True when receipts wait in the delayed queue.
    pub delayed: bool,
    /// Price at which gas burnt in this block, yoctoNEAR per gas.
    pub gas_price: Balance,
    /// Ordinal of the block's epoch.
    pub epoch_height: EpochHeight,
    /// The stakes that contracts saw in this block.
    pub stakes: Arc<Stakes>,
    /// The Merkle tree over the outcomes, computed at the first use.
    pub(crate) paths: OnceLock<(CryptoHash, Vec<MerklePath>)>,
}

impl SealedBlock {
    /// The block's hash.
    pub fn hash(&self) -> &CryptoHash {
        self.header.hash()
    }

    /// The block's height.
    pub fn height(&self) -> BlockHeight {
        self.header.height()
    }

    /// The hash of the block's chunk.
    pub fn chunk_hash(&self) -> &ChunkHash {
        self.chunk.chunk_hash()
    }

    /// The block in the form that views are made from, unsigned.
    pub fn block(&self) -> Block {
        crate::blocks::header::whole_block(self.header.clone(), self.chunk.clone())
    }

    /// Root and paths of the Merkle tree over the block's outcomes, in the order of
    /// [`SealedBlock::outcomes`]. Computed once.
    pub fn outcome_paths(&self) -> &(CryptoHash, Vec<MerklePath>) {
        self.paths.get_or_init(|| {
            let leaves: Vec<_> =
                self.outcomes.iter().map(ExecutionOutcomeWithId::to_hashes).collect();
            merklize(&leaves)
        })
    }

    /// An estimate of the memory that it takes with its additions to the state, bytes. Every block is
    /// weighed, so it only adds up lengths.
    pub(crate) fn weight(&self) -> usize {
        // Its transactions and the receipts before it; both are kept twice.
        let sent = usize::try_from(self.chunk.encoded_length()).unwrap_or(usize::MAX);
        let changes = self.changes.iter().flat_map(|entry| &entry.changes);
        let written = changes.map(|change| CHANGE + 2 * change.data.as_ref().map_or(0, Vec::len));
        let outcomes = self.outcomes.iter().map(|entry| of_outcome(&entry.outcome));
        BLOCK + sent.saturating_mul(2) + written.sum::<usize>() + outcomes.sum::<usize>()
    }

    /// True when the next block has work even without transactions.
    pub(crate) fn leaves_work(&self) -> bool {
        self.delayed || !self.outgoing.is_empty()
    }
}

impl std::fmt::Debug for SealedBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedBlock")
            .field("height", &self.height())
            .field("hash", self.hash())
            .field("transactions", &self.transactions.len())
            .field("outcomes", &self.outcomes.len())
            .finish_non_exhaustive()
    }
}

fn of_outcome(outcome: &ExecutionOutcome) -> usize {
    let value = match &outcome.status {
        ExecutionStatus::SuccessValue(value) => value.len(),
        _ => 0,
    };
    OUTCOME + value + outcome.logs.iter().map(String::len).sum::<usize>()
}

/// The memory of an empty block, bytes.
const BLOCK: usize = 5 << 10;

/// The memory of a change besides its value, bytes: the trie nodes above it are new.
const CHANGE: usize = 3 << 9;

/// The memory of an outcome besides its logs and value, with its Merkle path and names, bytes.
const OUTCOME: usize = 2 << 10;
