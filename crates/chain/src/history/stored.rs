//! The stored form of blocks, index entries and heads: borsh, in the order of the fields here, and
//! a checksum.

use crate::blocks::block::SealedBlock;
use crate::blocks::pace::Pace;
use crate::blocks::seal::written;
use crate::blocks::timing::Timing;
use crate::checksum::checksum;
use crate::epochs::schedule::Running;
use crate::history::lineage::Lineage;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::{Stakes, StateError};
use keyway_state::{Address, Trie};
use near_primitives::block::BlockHeader;
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::PartialMerkleTree;
use near_primitives::receipt::Receipt;
use near_primitives::sharding::ShardChunkHeader;
use near_primitives::transaction::{ExecutionOutcomeWithId, SignedTransaction};
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{
    AccountId, Balance, BlockHeight, EpochHeight, Gas, RawStateChangesWithTrieKey,
};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, OnceLock};

/// The index entry of the hash of a block, chunk, transaction or receipt, on one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Named {
    /// The height of the block that carries it; none when only its outcome is known.
    pub(crate) height: Option<BlockHeight>,
    /// The height of the block that has its outcome.
    pub(crate) ran: Option<BlockHeight>,
    /// The transaction that caused a receipt.
    pub(crate) origin: Option<CryptoHash>,
}

impl Named {
    /// This entry of a branch, without the blocks for which `holds` is false; none when none is left.
    pub(crate) fn of_blocks(self, holds: impl Fn(BlockHeight) -> bool) -> Option<Self> {
        let (height, ran) =
            (self.height.filter(|height| holds(*height)), self.ran.filter(|ran| holds(*ran)));
        (height.is_some() || ran.is_some()).then_some(Self { height, ran, ..self })
    }

    /// This entry, with what `newer` blocks of the same chain add.
    pub(crate) fn merged(self, newer: Self) -> Self {
        // Sent, or sent again: that block also has the origin.
        if newer.height.is_some() && newer.origin.is_some() {
            return newer;
        }
        Self {
            // A delayed receipt is found in the block that sent it.
            height: self.height.or(newer.height),
            ran: newer.ran.or(self.ran),
            origin: newer.origin.or(self.origin),
        }
    }
}

/// What a chain has besides its blocks and epochs. `L` is its lineage.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Head<L = Lineage> {
    pub(crate) lineage: L,
    /// The height of the chain's first block.
    pub(crate) genesis_height: BlockHeight,
    /// The hash by which clients tell the chain from others.
    pub(crate) genesis_hash: CryptoHash,
    pub(crate) height: BlockHeight,
    pub(crate) running: Running,
    pub(crate) ancestors: PartialMerkleTree,
    pub(crate) timing: Timing,
    pub(crate) pace: Pace,
}

impl<L> Head<L> {
    /// The same with what `read` makes of its lineage.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn try_map<M, E>(self, read: impl FnOnce(L) -> Result<M, E>) -> Result<Head<M>, E> {
        let Self { lineage, genesis_height, genesis_hash, height, running, .. } = self;
        let (ancestors, timing, pace) = (self.ancestors, self.timing, self.pace);
        let lineage = read(lineage)?;
        Ok(Head { lineage, genesis_height, genesis_hash, height, running, ancestors, timing, pace })
    }
}

/// The newest head, and what no revert takes back.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct NewestHead<L = Lineage> {
    pub(crate) head: Head<L>,
    /// The number of the snapshot that the chain comes from.
    pub(crate) current_snapshot: Option<u64>,
    /// The number of the next snapshot.
    pub(crate) next_snapshot: u64,
}

/// The content of a block. In format 4 it had the address of its state.
#[derive(BorshSerialize, BorshDeserialize)]
struct Block<'a> {
    header: Cow<'a, BlockHeader>,
    chunk: Cow<'a, ShardChunkHeader>,
    author: Cow<'a, AccountId>,
    transactions: Cow<'a, [SignedTransaction]>,
    incoming: Cow<'a, [Receipt]>,
    processed: Cow<'a, [Receipt]>,
    outgoing: Cow<'a, [Receipt]>,
    outcomes: Cow<'a, [ExecutionOutcomeWithId]>,
    changes: Cow<'a, [RawStateChangesWithTrieKey]>,
    state: Option<(u64, CryptoHash)>,
    gas_used: Gas,
    balance_burnt: Balance,
    proposals: Cow<'a, [ValidatorStake]>,
    delayed: bool,
    gas_price: Balance,
    epoch_height: EpochHeight,
    stakes: (Cow<'a, BTreeMap<AccountId, Balance>>, Balance),
}

/// Where the state after a block of the archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum StoredState {
    /// It has no entries.
    Empty,
    /// In the row with this number; with its root.
    Row(u64, CryptoHash),
    /// The state with this root is made from that of the block before, on the same branch, by the
    /// block's changes.
    Remade(CryptoHash),
}

impl StoredState {
    /// The state at an address; the empty one for none.
    pub(crate) fn at(address: Option<Address>) -> Self {
        address.map_or(Self::Empty, |Address { row, hash }| Self::Row(row, hash))
    }

    /// Its address; none for the empty state and for one that is made again.
    pub(crate) fn address(self) -> Option<Address> {
        match self {
            Self::Row(row, hash) => Some(Address { row, hash }),
            Self::Empty | Self::Remade(_) => None,
        }
    }
}

/// A block without its state, packed with LZ4: outcomes consist mostly of zeros.
pub(crate) fn pack(block: &SealedBlock) -> Vec<u8> {
    let mut bytes = bytes_of(&Block {
        header: Cow::Borrowed(&block.header),
        chunk: Cow::Borrowed(&block.chunk),
        author: Cow::Borrowed(&block.author),
        transactions: Cow::Borrowed(&block.transactions),
        incoming: Cow::Borrowed(&block.incoming),
        processed: Cow::Borrowed(&block.processed),
        outgoing: Cow::Borrowed(&block.outgoing),
        outcomes: Cow::Borrowed(&block.outcomes),
        changes: Cow::Borrowed(&block.changes),
        state: None,
        gas_used: block.gas_used,
        balance_burnt: block.balance_burnt,
        proposals: Cow::Borrowed(&block.proposals),
        delayed: block.delayed,
        gas_price: block.gas_price,
        epoch_height: block.epoch_height,
        stakes: (Cow::Borrowed(&block.stakes.validators), block.stakes.minimum),
    });
    // Only blocks of forks have them.
    if !block.unknown_nodes.is_empty() {
        bytes.extend(bytes_of(&block.unknown_nodes));
    }
    lz4_flex::compress_prepend_size(&bytes)
}

/// The block of a dump: packed, with a checksum.
pub(crate) fn encode_dumped(block: &SealedBlock) -> Vec<u8> {
    with_checksum(pack(block))
}

/// The archive's bytes of a block, of which `content` is [packed](pack).
pub(crate) fn encode_block(content: &[u8], state: StoredState) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + 64);
    bytes.extend(MARK);
    borsh::to_writer(&mut bytes, &state).expect("memory takes all writes");
    bytes.extend(content);
    with_checksum(bytes)
}

/// A block of the archive, still packed.
pub(crate) struct StoredBlock<'b> {
    content: &'b [u8],
    /// None in format 4, which has it in the content.
    state: Option<StoredState>,
}

impl<'b> StoredBlock<'b> {
    /// Checks the checksum.
    ///
    /// # Errors
    /// [`StateError::Corrupt`].
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, StateError> {
        let value = without_checksum(bytes, a_block)?;
        let Some(mut rest) = value.strip_prefix(&MARK) else {
            return Ok(Self { content: value, state: None });
        };
        let state = StoredState::deserialize(&mut rest).map_err(|why| corrupt(a_block, why))?;
        Ok(Self { content: rest, state: Some(state) })
    }

    /// The block, with what `state_at` makes of where its state is.
    ///
    /// # Errors
    /// [`StateError::Corrupt`].
    pub(crate) fn unpacked(
        &self,
        state_at: impl FnOnce(StoredState) -> Trie,
    ) -> Result<SealedBlock, StateError> {
        let (block, unknown_nodes) = read_block(&unpack(self.content, a_block)?)?;
        let state = state_at(self.state.unwrap_or_else(|| block.stored_state()));
        Ok(block.sealed(unknown_nodes, state))
    }

    /// Where its state is.
    ///
    /// # Errors
    /// [`StateError::Corrupt`].
    pub(crate) fn state(&self) -> Result<StoredState, StateError> {
        match self.state {
            Some(state) => Ok(state),
            None => Ok(read_block(&unpack(self.content, a_block)?)?.0.stored_state()),
        }
    }
}

impl Block<'_> {
    /// Where format 4 says that the state is.
    fn stored_state(&self) -> StoredState {
        self.state.map_or(StoredState::Empty, |(row, hash)| StoredState::Row(row, hash))
    }

    fn sealed(self, unknown_nodes: Vec<(CryptoHash, u64)>, state: Trie) -> SealedBlock {
        let (validators, minimum) = self.stakes;
        SealedBlock {
            header: self.header.into_owned(),
            chunk: self.chunk.into_owned(),
            author: self.author.into_owned(),
            transactions: self.transactions.into_owned(),
            incoming: Arc::new(self.incoming.into_owned()),
            processed: self.processed.into_owned(),
            outgoing: Arc::new(self.outgoing.into_owned()),
            outcomes: self.outcomes.into_owned(),
            unknown_nodes,
            changes: self.changes.into_owned(),
            state,
            gas_used: self.gas_used,
            balance_burnt: self.balance_burnt,
            proposals: self.proposals.into_owned(),
            delayed: self.delayed,
            gas_price: self.gas_price,
            epoch_height: self.epoch_height,
            stakes: Arc::new(Stakes { validators: validators.into_owned(), minimum }),
            paths: OnceLock::new(),
        }
    }
}

/// The block of [packed](pack) bytes.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn unpack_block(content: &[u8], state: Trie) -> Result<SealedBlock, StateError> {
    StoredBlock { content, state: None }.unpacked(|_| state)
}

/// The state after the block of [packed](pack) bytes; `before` is the one before it.
///
/// # Errors
/// [`StateError::Corrupt`], and when the state cannot be read.
pub(crate) fn unpack_changes(content: &[u8], before: &Trie) -> Result<Trie, StateError> {
    let (block, _) = read_block(&unpack(content, a_block)?)?;
    written(before, &block.changes)
}

/// The block of a dump, with an empty state.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn decode_dumped(bytes: &[u8]) -> Result<SealedBlock, StateError> {
    StoredBlock::read(bytes)?.unpacked(|_| Trie::empty())
}

fn a_block() -> String {
    "a block".to_owned()
}

/// A block and its `unknown_nodes`.
fn read_block(mut bytes: &[u8]) -> Result<(Block<'static>, Vec<(CryptoHash, u64)>), StateError> {
    let block = Block::deserialize(&mut bytes).map_err(|error| corrupt(a_block, error))?;
    let unknown = if bytes.is_empty() { Vec::new() } else { read(bytes, a_block)? };
    Ok((block, unknown))
}

/// Unpacks the output of [`lz4_flex::compress_prepend_size`]. A stated length that the packed bytes
/// cannot have is an error, before memory is allocated for it.
fn unpack(packed: &[u8], what: impl Fn() -> String) -> Result<Vec<u8>, StateError> {
    let (length, rest) =
        lz4_flex::block::uncompressed_size(packed).map_err(|error| corrupt(&what, error))?;
    if length > rest.len().saturating_mul(MOST_PACKED) {
        return Err(corrupt(what, format!("{} bytes cannot hold {length}", rest.len())));
    }
    lz4_flex::decompress(rest, length).map_err(|error| corrupt(what, error))
}

/// The stored form of a value.
pub(crate) fn encode(value: &impl BorshSerialize) -> Vec<u8> {
    with_checksum(bytes_of(value))
}

/// The value of these bytes.
///
/// # Errors
/// [`StateError::Corrupt`], which names `what` they are.
pub(crate) fn decode<T: BorshDeserialize>(
    bytes: &[u8],
    what: impl Fn() -> String,
) -> Result<T, StateError> {
    read(without_checksum(bytes, &what)?, what)
}

fn bytes_of(value: &impl BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("memory takes all writes")
}

fn read<T: BorshDeserialize>(bytes: &[u8], what: impl Fn() -> String) -> Result<T, StateError> {
    T::try_from_slice(bytes).map_err(|error| corrupt(what, error))
}

fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&bytes);
    bytes.extend(sum);
    bytes
}

fn without_checksum(bytes: &[u8], what: impl Fn() -> String) -> Result<&[u8], StateError> {
    match bytes.split_last_chunk() {
        Some((value, sum)) if checksum(value) == *sum => Ok(value),
        _ => Err(corrupt(what, "its checksum does not fit")),
    }
}

/// What blocks begin with since format 5. Those of format 4 began with a length, which is lower.
const MARK: [u8; 4] = [0xff; 4];

/// The most bytes that one byte of LZ4 can stand for.
const MOST_PACKED: usize = 255;

fn corrupt(what: impl Fn() -> String, reason: impl Display) -> StateError {
    StateError::Corrupt { what: format!("{}: {reason}", what()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::chain;

    #[test]
    fn no_byte_changes_unnoticed() {
        let named = Named { height: Some(7), ran: None, origin: Some(CryptoHash([7; 32])) };
        let bytes = encode(&named);
        let read = |bytes: &[u8]| decode::<Named>(bytes, || "a name".to_owned());
        assert_eq!(read(&bytes), Ok(named));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            assert!(matches!(read(&changed), Err(StateError::Corrupt { .. })), "byte {at}");
            assert!(matches!(read(&bytes[..at]), Err(StateError::Corrupt { .. })), "cut at {at}");
        }
        let longer = [bytes, vec![0]].concat();
        assert!(matches!(read(&longer), Err(StateError::Corrupt { .. })));
    }

    #[test]
    fn a_block_of_either_format_says_where_its_state_is() {
        let block = chain().head().clone();
        let row = StoredState::Row(7, block.state.root());
        for state in [StoredState::Empty, row, StoredState::Remade(block.state.root())] {
            let bytes = encode_block(&pack(&block), state);
            let stored = StoredBlock::read(&bytes).unwrap();
            assert_eq!(stored.state().unwrap(), state);
            let found = |at| {
                assert_eq!(at, state);
                Trie::empty()
            };
            assert_eq!(pack(&stored.unpacked(found).unwrap()), pack(&block));
        }
        // Format 4: the state's row is in the packed bytes.
        let unpacked = unpack(&pack(&block), a_block).unwrap();
        let mut old = read_block(&unpacked).unwrap().0;
        for (state, at) in [(None, StoredState::Empty), (Some((7, block.state.root())), row)] {
            old.state = state;
            let bytes = with_checksum(lz4_flex::compress_prepend_size(&bytes_of(&old)));
            let stored = StoredBlock::read(&bytes).unwrap();
            assert_eq!(stored.state().unwrap(), at);
            assert_eq!(pack(&stored.unpacked(|_| Trie::empty()).unwrap()), pack(&block));
        }
    }

    /// Four bytes could ask for four gigabytes.
    #[test]
    fn no_memory_is_taken_for_a_length_that_cannot_be() {
        let packed = lz4_flex::compress_prepend_size(&[0; 100_000]);
        let unpack = |bytes: &[u8]| unpack(bytes, || "a block".to_owned());
        assert_eq!(unpack(&packed).unwrap(), [0; 100_000]);
        let damaged = [&u32::MAX.to_le_bytes(), &packed[4..]].concat();
        let text = unpack(&damaged).unwrap_err().to_string();
        assert!(text.contains("bytes cannot hold 4294967295"), "{text}");
    }
}
