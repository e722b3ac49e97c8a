//! Block and chunk headers: which hash covers what.
//!
//! Headers are built unsigned. NEAR's hashes do not cover the signature of the header itself, so
//! signing can wait until somebody looks (`sign.rs`). Three things stand in for what a network of
//! many nodes would put there, and hashes do cover them: the chunk is encoded as one part, without
//! parity parts; the endorsement that the block counts is an empty signature; approvals are none.

use near_crypto::Signature;
use near_crypto::vrf;
use near_primitives::bandwidth_scheduler::BandwidthRequests;
use near_primitives::block::{Block, BlockHeader, BlockV4, Chunks};
use near_primitives::block_body::{BlockBody, ChunkEndorsementSignatures};
use near_primitives::congestion_info::CongestionInfo;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::merkle::merklize;
use near_primitives::receipt::Receipt;
use near_primitives::sharding::{ShardChunkHeader, ShardChunkHeaderV3};
use near_primitives::stateless_validation::chunk_endorsements_bitmap::ChunkEndorsementsBitmap;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::types::{Balance, BlockHeight, EpochId, Gas, NumBlocks, ShardId};
use near_primitives::validator_signer::{EmptyValidatorSigner, ValidatorSigner};
use near_primitives::version::ProtocolVersion;
use near_primitives::views::BlockHeaderView;
use std::sync::LazyLock;

/// What a chunk header says.
pub(crate) struct ChunkParts<'a> {
    pub(crate) version: ProtocolVersion,
    pub(crate) height: BlockHeight,
    pub(crate) prev_block_hash: CryptoHash,
    /// Root of the state that the chunk starts from.
    pub(crate) prev_state_root: CryptoHash,
    pub(crate) prev_outcome_root: CryptoHash,
    pub(crate) prev_outgoing_root: CryptoHash,
    pub(crate) prev_gas_used: Gas,
    pub(crate) prev_balance_burnt: Balance,
    pub(crate) prev_proposals: Vec<ValidatorStake>,
    pub(crate) gas_limit: Gas,
    /// Root and length of the chunk's encoded body.
    pub(crate) encoded: Encoded,
    pub(crate) transactions: &'a [SignedTransaction],
}

/// A chunk's body as nodes would send it to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    /// Merkle root of the parts.
    pub(crate) root: CryptoHash,
    /// Length in bytes, before it is cut into parts.
    pub(crate) length: u64,
}

/// Builds the header of the one chunk of a block.
pub(crate) fn chunk_header(parts: ChunkParts<'_>) -> ShardChunkHeader {
    let mut header = ShardChunkHeader::V3(ShardChunkHeaderV3::new(
        parts.prev_block_hash,
        parts.prev_state_root,
        parts.prev_outcome_root,
        parts.encoded.root,
        parts.encoded.length,
        parts.height,
        SHARD,
        parts.prev_gas_used,
        parts.gas_limit,
        parts.prev_balance_burnt,
        parts.prev_outgoing_root,
        merklize(parts.transactions).0,
        parts.prev_proposals,
        CongestionInfo::default(),
        BandwidthRequests::empty(),
        None,
        &NOBODY,
        parts.version,
    ));
    *header.height_included_mut() = parts.height;
    header
}

/// What a block header says, besides what follows from its chunk.
pub(crate) struct BlockParts {
    pub(crate) version: ProtocolVersion,
    pub(crate) height: BlockHeight,
    pub(crate) prev_height: BlockHeight,
    pub(crate) prev_hash: CryptoHash,
    pub(crate) ordinal: NumBlocks,
    /// Nanoseconds since the Unix epoch.
    pub(crate) timestamp_ns: u64,
    pub(crate) random_value: CryptoHash,
    pub(crate) epoch_id: EpochId,
    pub(crate) next_epoch_id: EpochId,
    pub(crate) next_bp_hash: CryptoHash,
    pub(crate) next_gas_price: Balance,
    pub(crate) total_supply: Balance,
    pub(crate) last_final_block: CryptoHash,
    pub(crate) last_ds_final_block: CryptoHash,
    pub(crate) block_merkle_root: CryptoHash,
}

/// Builds the header of a block around `chunk`.
pub(crate) fn block_header(parts: BlockParts, chunk: &ShardChunkHeader) -> BlockHeader {
    let genesis = chunk.is_genesis();
    let body = block_body(chunk.clone());
    let roots = Chunks::from_chunk_headers(body.chunks(), parts.height);
    // nearcore's genesis leaves out the outcomes, and the chunk mask unless its height is 0.
    let outcome_root = if genesis { CryptoHash::default() } else { roots.compute_outcome_root() };
    let chunk_mask = if genesis && parts.height != 0 { Vec::new() } else { vec![true] };
    BlockHeader::new(
        parts.version,
        parts.version,
        parts.height,
        parts.prev_hash,
        body.compute_hash(),
        roots.compute_state_root(),
        roots.compute_chunk_prev_outgoing_receipts_root(),
        roots.compute_chunk_headers_root().0,
        roots.compute_chunk_tx_root(),
        outcome_root,
        parts.timestamp_ns,
        parts.random_value,
        chunk.prev_validator_proposals().collect(),
        chunk_mask,
        parts.ordinal,
        parts.epoch_id,
        parts.next_epoch_id,
        parts.next_gas_price,
        parts.total_supply,
        &NOBODY,
        parts.last_final_block,
        parts.last_ds_final_block,
        None,
        Vec::new(),
        parts.next_bp_hash,
        parts.block_merkle_root,
        parts.prev_height,
        Some(endorsement_bitmap(body.chunk_endorsements())),
        None,
        None,
        None,
        None,
    )
}

/// The header that a network shows, which has chunk endorsements, in the form of `version`.
///
/// The view itself does not say which version's form was hashed: it has only the newest version that
/// its producer knew.
pub(crate) fn network_header(view: BlockHeaderView, version: ProtocolVersion) -> BlockHeader {
    let header = BlockHeader::new(
        version,
        view.latest_protocol_version,
        view.height,
        view.prev_hash,
        view.block_body_hash.unwrap_or_default(),
        view.prev_state_root,
        view.chunk_receipts_root,
        view.chunk_headers_root,
        view.chunk_tx_root,
        view.outcome_root,
        // The other member is a JSON number, which some proxies round.
        view.timestamp_nanosec,
        view.random_value,
        view.validator_proposals.into_iter().map(Into::into).collect(),
        view.chunk_mask,
        view.block_ordinal.unwrap_or_default(),
        EpochId(view.epoch_id),
        EpochId(view.next_epoch_id),
        view.gas_price,
        view.total_supply,
        &NOBODY,
        view.last_final_block,
        view.last_ds_final_block,
        view.epoch_sync_data_hash,
        view.approvals,
        view.next_bp_hash,
        view.block_merkle_root,
        view.prev_height.unwrap_or_default(),
        view.chunk_endorsements.map(ChunkEndorsementsBitmap::from_bytes),
        view.shard_split,
        None,
        None,
        None,
    );
    with_signature(header, view.signature)
}

/// The header with a signature, which its hash does not cover.
pub(crate) fn with_signature(mut header: BlockHeader, signature: Signature) -> BlockHeader {
    match &mut header {
        BlockHeader::BlockHeaderV1(header) => header.signature = signature,
        BlockHeader::BlockHeaderV2(header) => header.signature = signature,
        BlockHeader::BlockHeaderV3(header) => header.signature = signature,
        BlockHeader::BlockHeaderV4(header) => header.signature = signature,
        BlockHeader::BlockHeaderV5(header) => header.signature = signature,
        BlockHeader::BlockHeaderV6(header) => header.signature = signature,
        BlockHeader::BlockHeaderV7(header) => header.signature = signature,
        BlockHeader::BlockHeaderV8(header) => header.signature = signature,
    }
    header
}

/// Header and chunk header, put together as the block that nodes would exchange.
pub(crate) fn whole_block(header: BlockHeader, chunk: ShardChunkHeader) -> Block {
    Block::BlockV4(BlockV4 { header, body: block_body(chunk) })
}

/// How a chunk with these transactions and receipts is encoded: in one part.
pub(crate) fn encode_chunk(transactions: &[SignedTransaction], receipts: &[Receipt]) -> Encoded {
    if transactions.is_empty() && receipts.is_empty() {
        return *EMPTY_CHUNK;
    }
    let bytes = borsh::to_vec(&(transactions, receipts)).expect("memory takes all writes");
    Encoded { length: bytes.len() as u64, root: merklize(&[bytes]).0 }
}

/// The genesis chunk's encoding: nearcore makes one part and two parity parts of it, all the same.
pub(crate) fn encode_genesis_chunk() -> Encoded {
    let part = vec![0u8; 8];
    Encoded { length: 8, root: merklize(&[part.clone(), part.clone(), part]).0 }
}

/// Root of the receipts that a block sends, which the next chunk header states.
pub(crate) fn outgoing_root(receipts: &[Receipt]) -> CryptoHash {
    if receipts.is_empty() {
        return *NO_RECEIPTS;
    }
    let bytes = borsh::to_vec(&(SHARD, receipts)).expect("memory takes all writes");
    merklize(&[hash(&bytes)]).0
}

/// The only shard.
pub(crate) const SHARD: ShardId = ShardId::new(0);

/// Signs with an empty signature, at no cost.
static NOBODY: LazyLock<ValidatorSigner> = LazyLock::new(|| EmptyValidatorSigner::default().into());

static EMPTY_CHUNK: LazyLock<Encoded> =
    LazyLock::new(|| Encoded { length: 8, root: merklize(&[vec![0u8; 8]]).0 });

static NO_RECEIPTS: LazyLock<CryptoHash> = LazyLock::new(|| {
    let bytes = borsh::to_vec(&(SHARD, Vec::<Receipt>::new())).expect("memory takes all writes");
    merklize(&[hash(&bytes)]).0
});

fn block_body(chunk: ShardChunkHeader) -> BlockBody {
    let endorsements: Vec<ChunkEndorsementSignatures> = if chunk.is_genesis() {
        Vec::new()
    } else {
        vec![vec![Some(Box::new(Signature::default()))]]
    };
    BlockBody::new(vec![chunk], vrf::Value([0; 32]), vrf::Proof([0; 64]), endorsements)
}

fn endorsement_bitmap(endorsements: &[ChunkEndorsementSignatures]) -> ChunkEndorsementsBitmap {
    let given = endorsements.iter().map(|shard| shard.iter().map(Option::is_some).collect());
    ChunkEndorsementsBitmap::from_endorsements(given.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(hash: &str) -> CryptoHash {
        hash.parse().unwrap()
    }

    /// A genesis block as nearcore (protocol 86, `init --fast`) answered it.
    struct Seen {
        state_root: &'static str,
        chunk_hash: &'static str,
        next_bp_hash: &'static str,
        timestamp_ns: u64,
        total_supply: u128,
        body_hash: &'static str,
        block_hash: &'static str,
    }

    #[track_caller]
    fn check(seen: &Seen) {
        let chunk = chunk_header(ChunkParts {
            version: 86,
            height: 0,
            prev_block_hash: CryptoHash::default(),
            prev_state_root: parse(seen.state_root),
            prev_outcome_root: CryptoHash::default(),
            prev_outgoing_root: CryptoHash::default(),
            prev_gas_used: Gas::ZERO,
            prev_balance_burnt: Balance::ZERO,
            prev_proposals: Vec::new(),
            gas_limit: Gas::from_gas(1_000_000_000_000_000),
            encoded: encode_genesis_chunk(),
            transactions: &[],
        });
        assert_eq!(chunk.chunk_hash().0, parse(seen.chunk_hash));
        let header = block_header(
            BlockParts {
                version: 86,
                height: 0,
                prev_height: 0,
                prev_hash: CryptoHash::default(),
                ordinal: 1,
                timestamp_ns: seen.timestamp_ns,
                random_value: CryptoHash::default(),
                epoch_id: EpochId::default(),
                next_epoch_id: EpochId::default(),
                next_bp_hash: parse(seen.next_bp_hash),
                next_gas_price: Balance::from_yoctonear(100_000_000),
                total_supply: Balance::from_yoctonear(seen.total_supply),
                last_final_block: CryptoHash::default(),
                last_ds_final_block: CryptoHash::default(),
                block_merkle_root: CryptoHash::default(),
            },
            &chunk,
        );
        assert_eq!(header.block_body_hash(), Some(parse(seen.body_hash)));
        assert_eq!(*header.hash(), parse(seen.block_hash));
    }

    #[test]
    fn genesis_hashes_are_those_of_nearcore() {
        check(&Seen {
            state_root: "6FHaN7Fhvs71r7fWqEanVwKZPA6pnL8EaJd1XvXDYGNM",
            chunk_hash: "9p76ihxUHEWtTDu47gvVfabFtMcoAJ4w77Wjecp7nWSw",
            next_bp_hash: "AnWn6vsmLXXNbH2hZgoqJ6dvHJfGSj3DdZavZiv5mHAu",
            timestamp_ns: 1_795_228_747_586_651_250,
            total_supply: 2_050_050_000_000_000_000_000_000_000_000_000,
            body_hash: "3tdEXpPN6EGABDSPzakbBS21WodzKwacmjnj6Y7TnLMb",
            block_hash: "CUqM6KtAqtdusYCaevzzRArf4EZ2YRXSagVKLuEf79K7",
        });
        check(&Seen {
            state_root: "v9iKWWKtSHuiM4NBRgr492cE4GiCqUNDdTbQgo8yJje",
            chunk_hash: "HVmRyLu4VD7gmfQDLmf3S2X72pzGx1uEmdG8WjnF3E3",
            next_bp_hash: "gMCGofJDVbPp8TVdTQ4o9zfKqpLQNvNTtp7J4MNvvai",
            timestamp_ns: 1_795_229_260_769_703_985,
            total_supply: 2_050_000_000_000_000_000_000_000_000_000_000,
            body_hash: "FY98unEy6fchJuDG1tgnXiTeTmU1QfABt52NnFbNHDyW",
            block_hash: "7Q7Ax4CPV8LY2wq4Nhg33RGuMzfJHoqd9mEfCjDtCmbb",
        });
    }

    #[test]
    fn no_outgoing_receipts_have_the_root_that_nearcore_shows() {
        assert_eq!(outgoing_root(&[]), parse("H4Rd6SGeEBTbxkitsCdzfu9xL9HtZ2eHoPCQXUeZ6bW4"));
    }

    #[test]
    fn a_block_matches_its_own_hashes() {
        let chunk = chunk_header(ChunkParts {
            version: 86,
            height: 5,
            prev_block_hash: hash(b"previous"),
            prev_state_root: hash(b"state"),
            prev_outcome_root: hash(b"outcomes"),
            prev_outgoing_root: outgoing_root(&[]),
            prev_gas_used: Gas::from_gas(7),
            prev_balance_burnt: Balance::from_yoctonear(8),
            prev_proposals: Vec::new(),
            gas_limit: Gas::from_gas(9),
            encoded: encode_chunk(&[], &[]),
            transactions: &[],
        });
        let parts = BlockParts {
            version: 86,
            height: 5,
            prev_height: 4,
            prev_hash: hash(b"previous"),
            ordinal: 6,
            timestamp_ns: 1,
            random_value: hash(b"random"),
            epoch_id: EpochId::default(),
            next_epoch_id: EpochId::default(),
            next_bp_hash: hash(b"producers"),
            next_gas_price: Balance::from_yoctonear(1),
            total_supply: Balance::from_yoctonear(2),
            last_final_block: hash(b"final"),
            last_ds_final_block: hash(b"previous"),
            block_merkle_root: hash(b"blocks"),
        };
        let header = block_header(parts, &chunk);
        let block = whole_block(header, chunk);
        assert_eq!(block.check_validity(), Ok(()));
        assert_eq!(block.compute_block_body_hash(), block.header().block_body_hash());
    }
}
