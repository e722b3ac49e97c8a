//! The recent transactions of an account, read from the blocks.

use super::chunk::is_unknown_chunk;
use super::{BlockReference, Client, account_id, envelope};
use crate::error::{Error, QueryError};
use near_crypto::PublicKey;
use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedSignedDelegateActionRef;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, BlockHeight};
use near_primitives::views::{ActionView, SignedTransactionView};
use serde::Deserialize;
use serde_json::json;

/// A transaction that an account signed, or a delegate action of the account in a relayer's transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentTransaction {
    /// The block's height.
    pub height: BlockHeight,
    /// The transaction's hash.
    pub hash: CryptoHash,
    /// For a delegate action: the account that signed and paid for the transaction.
    pub relayer: Option<AccountId>,
    /// The key of the account that signed.
    pub public_key: PublicKey,
    /// Its receiver.
    pub receiver_id: AccountId,
    /// Its actions, in order. Nodes list only the hash of a contract's code, which is here instead of the code.
    pub actions: Vec<Action>,
}

/// Transactions of an account, and the range of blocks that was searched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecentTransactions {
    /// Oldest first.
    pub transactions: Vec<RecentTransaction>,
    /// The lowest block that was read.
    pub from: BlockHeight,
    /// The highest block that was read.
    pub to: BlockHeight,
}

impl Client {
    /// The transactions that an account signed in this client's block (or the newest final one) and the blocks before it,
    /// `blocks` in all.
    ///
    /// The RPC has no method for this, so every chunk is read, with two requests for each block. The search ends at a block
    /// that the node no longer has, and on a fork above the network's block, whose transactions it does not have. Delegate actions of the account are found in their relayers' transactions.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let alice = sandbox.create_account("alice.near").create()?;
    /// alice.execute(transfer(1.yoctonear()).to("near"))?;
    ///
    /// let lately = sandbox.client().recent_transactions("alice.near", 100).await?;
    /// assert_eq!(lately.transactions.len(), 1);
    /// assert_eq!(lately.transactions[0].receiver_id, "near");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a block or chunk cannot be read.
    pub async fn recent_transactions(
        &self,
        account: impl AsRef<str>,
        blocks: u64,
    ) -> Result<RecentTransactions, Error> {
        let account_id = account_id(account.as_ref())?;
        let newest = self.pinned().await?.whole_block().await?;
        let newest_ns = newest.header.timestamp;
        let (to, mut from) = (newest.header.height, newest.header.height);
        let (mut transactions, mut next) = (Vec::new(), Some(newest));
        let mut left = blocks;
        while let Some(block) = next.take().filter(|_| left > 0) {
            left = left.saturating_sub(1);
            let height = block.header.height;
            let found = match self.signed_in_block(&account_id, &block).await {
                Err(error) if is_unknown_chunk(&error) && height < to => break,
                found => found?,
            };
            // From the newest to the oldest; reversed at the end.
            transactions.extend(found.into_iter().rev());
            from = height;
            if block.header.prev_hash == CryptoHash::default() {
                break;
            }
            if newest_ns.saturating_sub(block.header.timestamp) < FRESH_NS {
                self.shared.known_blocks.note(from.saturating_sub(1), block.header.prev_hash);
            }
            let before = self.at(BlockReference::Hash(block.header.prev_hash));
            next = match before.whole_block().await {
                Ok(block) => Some(block),
                Err(Error::Query(
                    QueryError::UnknownBlock { .. } | QueryError::ForgottenBlock { .. },
                )) => None,
                Err(error) => return Err(error),
            };
        }
        transactions.reverse();
        Ok(RecentTransactions { transactions, from, to })
    }

    async fn whole_block(&self) -> Result<Block, Error> {
        let mut params = json!({});
        self.at.name_in(&mut params);
        let block: Block = self.ask_at("block", params).await?.read()?;
        self.shared.known_blocks.note(block.header.height, block.header.hash);
        Ok(block)
    }

    async fn signed_in_block(
        &self,
        account_id: &AccountId,
        block: &Block,
    ) -> Result<Vec<RecentTransaction>, Error> {
        let mut found = Vec::new();
        for chunk in block.fresh_chunks() {
            found.extend(self.signed_in(account_id, block.header.height, chunk).await?);
        }
        Ok(found)
    }

    async fn signed_in(
        &self,
        account_id: &AccountId,
        height: BlockHeight,
        chunk: &CryptoHash,
    ) -> Result<Vec<RecentTransaction>, Error> {
        let chunk: Chunk = self.chunk_view(json!({ "chunk_id": chunk })).await?;
        let mut found = Vec::new();
        for tx in chunk.transactions {
            let actions = tx.actions.into_iter().map(action).collect::<Result<Vec<_>, Error>>()?;
            let (hash, signer_id) = (tx.hash, tx.signer_id);
            if signer_id == *account_id {
                let (public_key, receiver_id) = (tx.public_key, tx.receiver_id);
                found.push(RecentTransaction {
                    height,
                    hash,
                    relayer: None,
                    public_key,
                    receiver_id,
                    actions,
                });
                continue;
            }
            for signed in actions.iter().filter_map(delegate) {
                let inner = signed.delegate_action();
                if inner.sender_id() != account_id {
                    continue;
                }
                found.push(RecentTransaction {
                    height,
                    hash,
                    relayer: Some(signer_id.clone()),
                    public_key: inner.public_key().clone(),
                    receiver_id: inner.receiver_id().clone(),
                    actions: inner.get_actions(),
                });
            }
        }
        Ok(found)
    }
}

fn delegate(action: &Action) -> Option<VersionedSignedDelegateActionRef<'_>> {
    match action {
        Action::Delegate(signed) => Some(signed.as_ref().into()),
        Action::DelegateV2(signed) => Some(signed.as_ref().into()),
        _ => None,
    }
}

fn action(view: ActionView) -> Result<Action, Error> {
    Action::try_from(view).map_err(|error| envelope::unexpected("chunk", error).into())
}

#[derive(Deserialize)]
struct Block {
    header: Header,
    chunks: Vec<ChunkHeader>,
}

#[derive(Deserialize)]
struct Header {
    height: BlockHeight,
    hash: CryptoHash,
    prev_hash: CryptoHash,
    timestamp: u64,
}

#[derive(Deserialize)]
struct ChunkHeader {
    chunk_hash: CryptoHash,
    height_included: BlockHeight,
}

#[derive(Deserialize)]
struct Chunk {
    transactions: Vec<SignedTransactionView>,
}

impl Block {
    /// The new chunks of this block; the others are repeated from blocks before it.
    fn fresh_chunks(&self) -> impl Iterator<Item = &CryptoHash> {
        let fresh = |chunk: &&ChunkHeader| chunk.height_included == self.header.height;
        self.chunks.iter().filter(fresh).map(|chunk| &chunk.chunk_hash)
    }
}

/// Blocks newer than this, in nanoseconds, may be missing at some nodes behind an address.
const FRESH_NS: u64 = 10_000_000_000;
