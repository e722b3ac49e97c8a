//! Signatures of block and chunk headers, made on first use.

use crate::blocks::block::SealedBlock;
use crate::blocks::header::with_signature;
use near_crypto::{KeyType, Signature, Signer};
use near_primitives::block::BlockHeader;
use near_primitives::hash::CryptoHash;
use near_primitives::sharding::ShardChunkHeader;

/// A block's header with its producer's signature. The genesis is unsigned, as everywhere.
pub(crate) fn signed_header(block: &SealedBlock, signer: Option<&Signer>) -> BlockHeader {
    if is_signed(block) {
        return block.header.clone();
    }
    with_signature(block.header.clone(), signature(block, signer, block.hash()))
}

/// A chunk's header with its producer's signature.
pub(crate) fn signed_chunk(block: &SealedBlock, signer: Option<&Signer>) -> ShardChunkHeader {
    let mut chunk = block.chunk.clone();
    if is_signed(block) {
        return chunk;
    }
    let signature = signature(block, signer, &block.chunk_hash().0);
    match &mut chunk {
        ShardChunkHeader::V1(header) => header.signature = signature,
        ShardChunkHeader::V2(header) => header.signature = signature,
        ShardChunkHeader::V3(header) => header.signature = signature,
    }
    chunk
}

fn signature(block: &SealedBlock, signer: Option<&Signer>, hash: &CryptoHash) -> Signature {
    match signer {
        Some(signer) if !block.header.is_genesis() => signer.sign(hash.as_ref()),
        _ => Signature::empty(KeyType::ED25519),
    }
}

/// Whether the block came with signatures: that of a network, with which a fork begins.
fn is_signed(block: &SealedBlock) -> bool {
    *block.header.signature() != Signature::default()
}

#[cfg(test)]
mod tests {
    use crate::tests::chain::{Drive, NOW, chain, signed_chain};

    #[test]
    fn the_producers_key_verifies_headers() {
        let (mut chain, key) = signed_chain();
        chain.tick(NOW).unwrap();
        let header = chain.signed_header(chain.head());
        assert!(header.signature().verify(header.hash().as_ref(), &key));
        let chunk = chain.signed_chunk(chain.head());
        assert!(chunk.signature().verify(chunk.chunk_hash().as_ref(), &key));
    }

    #[test]
    fn a_signer_changes_no_hash() {
        let (mut signed, _) = signed_chain();
        let mut unsigned = chain();
        signed.tick(NOW).unwrap();
        unsigned.tick(NOW).unwrap();
        assert_eq!(signed.head().hash(), unsigned.head().hash());
    }
}
