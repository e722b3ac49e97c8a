//! What is written of a chain, as bytes: borsh, field by field in the order given here, and a
//! checksum.

use crate::block::SealedBlock;
use crate::epoch::EpochInfo;
use crate::journal::checksum;
use crate::schedule::Running;
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
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What is known by a hash: a block, a chunk, a transaction, a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Named {
    /// The block that carries it; none when only its outcome is known.
    pub(crate) height: Option<BlockHeight>,
    /// The block that has its outcome.
    pub(crate) ran: Option<BlockHeight>,
    /// The transaction that a receipt comes from.
    pub(crate) origin: Option<CryptoHash>,
}

/// An epoch that has been chosen.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Epoch {
    pub(crate) info: EpochInfo,
    /// How it ended, if it has.
    pub(crate) ended: Option<Running>,
}

/// Where a chain stands, besides what its newest block says.
#[derive(Clone, Debug, BorshSerialize, BorshDeserialize)]
pub(crate) struct Head {
    pub(crate) genesis_height: BlockHeight,
    pub(crate) height: BlockHeight,
    pub(crate) running: Running,
    pub(crate) ancestors: PartialMerkleTree,
    pub(crate) ahead_ns: u64,
}

/// A block, with its state by address.
#[derive(BorshSerialize, BorshDeserialize)]
struct Block {
    header: BlockHeader,
    chunk: ShardChunkHeader,
    author: AccountId,
    transactions: Vec<SignedTransaction>,
    incoming: Vec<Receipt>,
    processed: Vec<Receipt>,
    outgoing: Vec<Receipt>,
    outcomes: Vec<ExecutionOutcomeWithId>,
    changes: Vec<RawStateChangesWithTrieKey>,
    state: Option<(u64, CryptoHash)>,
    gas_used: Gas,
    balance_burnt: Balance,
    proposals: Vec<ValidatorStake>,
    delayed: bool,
    gas_price: Balance,
    epoch_height: EpochHeight,
    stakes: (BTreeMap<AccountId, Balance>, Balance),
}

/// A block's bytes; its state is at `state`.
pub(crate) fn encode_block(block: &SealedBlock, state: Option<Address>) -> Vec<u8> {
    let block = block.clone();
    encode(&Block {
        header: block.header,
        chunk: block.chunk,
        author: block.author,
        transactions: block.transactions,
        incoming: block.incoming.to_vec(),
        processed: block.processed,
        outgoing: block.outgoing.to_vec(),
        outcomes: block.outcomes,
        changes: block.changes,
        state: state.map(|at| (at.row, at.hash)),
        gas_used: block.gas_used,
        balance_burnt: block.balance_burnt,
        proposals: block.proposals,
        delayed: block.delayed,
        gas_price: block.gas_price,
        epoch_height: block.epoch_height,
        stakes: (block.stakes.validators.clone(), block.stakes.minimum),
    })
}

/// The block of these bytes.
///
/// # Errors
/// [`StateError::Corrupt`].
pub(crate) fn decode_block(bytes: &[u8], nodes: &StoredNodes) -> Result<SealedBlock, StateError> {
    let block: Block = decode(bytes, || "a block".to_owned())?;
    let state = block.state.map(|(row, hash)| Address { row, hash });
    let (validators, minimum) = block.stakes;
    Ok(SealedBlock {
        header: block.header,
        chunk: block.chunk,
        author: block.author,
        transactions: block.transactions,
        incoming: Arc::new(block.incoming),
        processed: block.processed,
        outgoing: Arc::new(block.outgoing),
        outcomes: block.outcomes,
        changes: block.changes,
        state: Trie::stored(state, nodes),
        gas_used: block.gas_used,
        balance_burnt: block.balance_burnt,
        proposals: block.proposals,
        delayed: block.delayed,
        gas_price: block.gas_price,
        epoch_height: block.epoch_height,
        stakes: Arc::new(Stakes { validators, minimum }),
        paths: OnceLock::new(),
    })
}

/// The bytes of what memory holds.
pub(crate) fn encode(value: &impl BorshSerialize) -> Vec<u8> {
    let mut bytes = borsh::to_vec(value).expect("memory takes all writes");
    let sum = checksum(&bytes);
    bytes.extend(sum);
    bytes
}

/// What the bytes say.
///
/// # Errors
/// [`StateError::Corrupt`], which names `what` they are.
pub(crate) fn decode<T: BorshDeserialize>(
    bytes: &[u8],
    what: impl FnOnce() -> String,
) -> Result<T, StateError> {
    let read = match bytes.split_last_chunk() {
        Some((value, sum)) if checksum(value) == *sum => {
            T::try_from_slice(value).map_err(|error| error.to_string())
        }
        _ => Err("its checksum does not fit".to_owned()),
    };
    read.map_err(|reason| StateError::Corrupt { what: format!("{}: {reason}", what()) })
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
            assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[bytes, vec![0]].concat()).is_err());
    }
}
