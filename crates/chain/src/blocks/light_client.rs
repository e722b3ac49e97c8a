//! What light clients ask for: a newer final block, and the path from a block that they trust to
//! an older one.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use crate::epochs::select::EpochInfo;
use keyway_engine::StateError;
use near_crypto::Signature;
use near_primitives::block::BlockHeader;
use near_primitives::block_header::{Approval, ApprovalInner};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::{MerklePath, compute_root_from_path};
use near_primitives::types::EpochId;
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::views::{LightClientBlockLiteView, LightClientBlockView};
use std::sync::Arc;

impl Chain {
    /// The newest final block for a light client whose newest one is `known`; the last one of the
    /// next epoch when the chain is further than that, because the client must learn each epoch's
    /// producers from the epoch before. None when there is nothing newer.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn next_light_client_block(
        &self,
        known: &SealedBlock,
    ) -> Result<Option<LightClientBlockView>, StateError> {
        let (running, next_epoch) = (self.head.header.epoch_id(), known.header.next_epoch_id());
        if known.header.epoch_id() == running || next_epoch == running {
            let view = self.light_client_block(&self.head)?;
            return Ok(view.filter(|view| view.inner_lite.height > known.height()));
        }
        match self.last_block_of(next_epoch)? {
            Some(last) => self.light_client_block(&last),
            None => Ok(None),
        }
    }

    /// The path from the hash of `block` to the root that `head`'s header has of all blocks before
    /// it; empty for `head` itself, none for a later block. Both are blocks of this chain. Reads as many
    /// rows of the archive as the tree has levels, twice at most.
    ///
    /// # Errors
    /// When the archive cannot be read, or what it has does not lead to that root.
    pub fn block_proof(
        &self,
        block: &SealedBlock,
        head: &SealedBlock,
    ) -> Result<Option<MerklePath>, StateError> {
        if block.hash() == head.hash() {
            return Ok(Some(MerklePath::new()));
        }
        let (leaf, leaves) = (self.leaf(block), self.leaf(head));
        if leaf >= leaves || leaves >= self.history.subtrees().end() {
            return Ok(None);
        }
        let path = self.history.block_path(leaf, leaves, head.height())?;
        if compute_root_from_path(&path, *block.hash()) != *head.header.block_merkle_root() {
            let (hash, head) = (block.hash(), head.hash());
            let what = format!("the tree of blocks: no path from {hash} to the root in {head}");
            return Err(StateError::Corrupt { what });
        }
        Ok(Some(path))
    }

    /// The number of a block in the tree of the chain's blocks.
    pub(crate) fn leaf(&self, block: &SealedBlock) -> u64 {
        let ordinal = self.ancestors.size().saturating_add(block.header.block_ordinal());
        ordinal.saturating_sub(self.head.header.block_ordinal())
    }

    /// The block after `block`; none after the head.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn next_block(&self, block: &SealedBlock) -> Result<Option<Arc<SealedBlock>>, StateError> {
        self.history.after(block.height())
    }

    /// The newest block that was final at `at`, with the two blocks after it in its own epoch.
    fn light_client_block(
        &self,
        at: &SealedBlock,
    ) -> Result<Option<LightClientBlockView>, StateError> {
        let Some(block) = self.last_final(at)? else { return Ok(None) };
        let Some(next) = self.next_block(&block)? else { return Ok(None) };
        let Some(after) = self.next_block(&next)? else { return Ok(None) };
        let epoch = block.header.epoch_id();
        if after.header.epoch_id() == epoch {
            return self.view_for_light_clients(&block);
        }
        let earlier = if next.header.epoch_id() == epoch { next } else { block };
        match self.last_final(&earlier)? {
            Some(block) => self.view_for_light_clients(&block),
            None => Ok(None),
        }
    }

    fn view_for_light_clients(
        &self,
        block: &SealedBlock,
    ) -> Result<Option<LightClientBlockView>, StateError> {
        let Some(next) = self.next_block(block)? else { return Ok(None) };
        let Some(after) = self.next_block(&next)? else { return Ok(None) };
        let info = |id| self.schedule.info(id);
        let (header, lite) = (&block.header, LightClientBlockLiteView::from(block.header.clone()));
        let (Some(epoch), Some(next_epoch)) =
            (info(header.epoch_id()), info(header.next_epoch_id()))
        else {
            return Ok(None);
        };
        Ok(Some(LightClientBlockView {
            prev_block_hash: lite.prev_block_hash,
            next_block_inner_hash: inner_hash(&next.header),
            inner_lite: lite.inner_lite,
            inner_rest_hash: lite.inner_rest_hash,
            next_bps: Some(self.producers(next_epoch).cloned().map(Into::into).collect()),
            approvals_after_next: self.approvals(epoch, &next, &after),
        }))
    }

    /// What the producers of `epoch` say to `block` by the time of `after`, the block on top of it.
    /// Headers hold no approvals here; that of this chain's one producer is made when it is asked
    /// for, and it is the one that nearcore would have put there.
    fn approvals(
        &self,
        epoch: &EpochInfo,
        block: &SealedBlock,
        after: &SealedBlock,
    ) -> Vec<Option<Box<Signature>>> {
        let endorsed = ApprovalInner::Endorsement(*block.hash());
        let message = Approval::get_data_for_sig(&endorsed, after.height());
        let signer = self.spec.options.signer.as_ref();
        self.producers(epoch)
            .map(|producer| {
                let signer = signer.filter(|signer| signer.public_key() == *producer.public_key());
                signer.map(|signer| Box::new(signer.sign(&message)))
            })
            .collect()
    }

    fn producers<'a>(&self, epoch: &'a EpochInfo) -> impl Iterator<Item = &'a ValidatorStake> {
        let seats = usize::try_from(self.spec.epoch.num_block_producer_seats);
        epoch.validators.iter().take(seats.unwrap_or(usize::MAX))
    }

    fn last_final(&self, at: &SealedBlock) -> Result<Option<Arc<SealedBlock>>, StateError> {
        self.history.by_hash(at.header.last_final_block())
    }

    /// The last block of an epoch that has ended.
    fn last_block_of(&self, id: &EpochId) -> Result<Option<Arc<SealedBlock>>, StateError> {
        let ended = self.schedule.ended(id);
        let after = ended.and_then(|ended| self.epoch_start_height(&ended.next_id));
        let Some(after) = after else { return Ok(None) };
        match self.history.by_height(after)? {
            Some(first) => self.history.by_hash(first.header.prev_hash()),
            None => Ok(None),
        }
    }
}

fn inner_hash(header: &BlockHeader) -> CryptoHash {
    BlockHeader::compute_inner_hash(&header.inner_lite_bytes(), &header.inner_rest_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::chain::{Drive, NOW, chain, signed_chain};
    use near_primitives::merkle::verify_hash;

    #[test]
    fn every_block_leads_to_the_root_in_every_later_header() {
        let mut chain = chain();
        for _ in 0..12 {
            chain.tick(NOW).unwrap();
        }
        chain.jump(7, NOW).unwrap();
        let blocks: Vec<_> = chain.history.recent_from(0).collect();
        for (ordinal, head) in blocks.iter().enumerate() {
            let root = *head.header.block_merkle_root();
            for block in &blocks[..ordinal] {
                let path = chain.block_proof(block, head).unwrap().unwrap();
                assert!(verify_hash(root, &path, *block.hash()), "{block:?} in {head:?}");
            }
            assert_eq!(chain.block_proof(head, head).unwrap(), Some(MerklePath::new()));
            for later in &blocks[ordinal + 1..] {
                assert_eq!(chain.block_proof(later, head).unwrap(), None);
            }
        }
    }

    #[test]
    fn a_light_client_walks_epoch_by_epoch_to_the_newest_final_block() {
        let (mut chain, _) = signed_chain();
        for _ in 0..200 {
            chain.tick(NOW).unwrap();
        }
        let mut known = chain.genesis_block().clone();
        let mut heights = Vec::new();
        while let Some(view) = chain.next_light_client_block(&known).unwrap() {
            heights.push(view.inner_lite.height);
            known = chain.block_by_height(view.inner_lite.height).unwrap().unwrap();
        }
        assert_eq!(heights, [58, 118, 178, 198]);
    }

    #[test]
    fn nothing_is_newer_before_a_block_is_final() {
        let mut chain = chain();
        assert!(chain.next_light_client_block(chain.genesis_block()).unwrap().is_none());
        chain.tick(NOW).unwrap();
        assert!(chain.next_light_client_block(chain.genesis_block()).unwrap().is_none());
    }
}
