//! The stored form of blocks, index entries and heads: borsh, in the order of the fields here, and
//! a checksum.

use crate::blocks::block::SealedBlock;
use crate::blocks::pace::Pace;
use crate::blocks::timing::Timing;
use crate::checksum::checksum;
use crate::epochs::schedule::Running;
use crate::history::lineage::Lineage;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_engine::{Stakes, StateError};
use keyway_state::{Address, StoredNodes, Trie};
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

/// What a chain has besides its blocks and epochs.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Head {
    pub(crate) lineage: Lineage,
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

/// The newest head, and what no revert takes back.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct NewestHead {
    pub(crate) head: Head,
    /// The number of the snapshot that the chain comes from.
    pub(crate) current_snapshot: Option<u64>,
    /// The number of the next snapshot.
    pub(crate) next_snapshot: u64,
}

/// A block with the address of its state.
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

/// The bytes of a block whose state is at `state`, packed with LZ4: outcomes consist mostly of zeros.
pub(crate) fn encode_block(block: &SealedBlock, state: Option<Address>) -> Vec<u8> {
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
        state: state.map(|at| (at.row, at.hash)),
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
    with_checksum(lz4_flex::compress_prepend_size(&bytes))
}

/// The block of these bytes.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn decode_block(bytes: &[u8], nodes: &StoredNodes) -> Result<SealedBlock, StateError> {
    decode_on(bytes, |state| Trie::stored(state, nodes))
}

fn decode_on(
    bytes: &[u8],
    state_at: impl FnOnce(Option<Address>) -> Trie,
) -> Result<SealedBlock, StateError> {
    let what = || "a block".to_owned();
    let packed = without_checksum(bytes, what)?;
    let unpacked = unpack(packed, what)?;
    let (block, unknown_nodes) = read_block(&unpacked)?;
    let state = block.state.map(|(row, hash)| Address { row, hash });
    let (validators, minimum) = block.stakes;
    Ok(SealedBlock {
        header: block.header.into_owned(),
        chunk: block.chunk.into_owned(),
        author: block.author.into_owned(),
        transactions: block.transactions.into_owned(),
        incoming: Arc::new(block.incoming.into_owned()),
        processed: block.processed.into_owned(),
        outgoing: Arc::new(block.outgoing.into_owned()),
        outcomes: block.outcomes.into_owned(),
        unknown_nodes,
        changes: block.changes.into_owned(),
        state: state_at(state),
        gas_used: block.gas_used,
        balance_burnt: block.balance_burnt,
        proposals: block.proposals.into_owned(),
        delayed: block.delayed,
        gas_price: block.gas_price,
        epoch_height: block.epoch_height,
        stakes: Arc::new(Stakes { validators: validators.into_owned(), minimum }),
        paths: OnceLock::new(),
    })
}

/// The block of these bytes, with an empty state.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn decode_block_without_state(bytes: &[u8]) -> Result<SealedBlock, StateError> {
    decode_on(bytes, |_| Trie::empty())
}

/// Where the state of the block of these bytes is; none when it is empty.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn state_address(bytes: &[u8]) -> Result<Option<Address>, StateError> {
    let what = || "a block".to_owned();
    let (block, _) = read_block(&unpack(without_checksum(bytes, what)?, what)?)?;
    Ok(block.state.map(|(row, hash)| Address { row, hash }))
}

/// A block and its `unknown_nodes`.
fn read_block(mut bytes: &[u8]) -> Result<(Block<'static>, Vec<(CryptoHash, u64)>), StateError> {
    let what = || "a block".to_owned();
    let block = Block::deserialize(&mut bytes).map_err(|error| corrupt(what, error))?;
    let unknown = if bytes.is_empty() { Vec::new() } else { read(bytes, what)? };
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

/// The most bytes that one byte of LZ4 can stand for.
const MOST_PACKED: usize = 255;

fn corrupt(what: impl Fn() -> String, reason: impl Display) -> StateError {
    StateError::Corrupt { what: format!("{}: {reason}", what()) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
