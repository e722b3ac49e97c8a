//! The newest blocks and their transactions, read once for all pages that show them.
//!
//! A live page asks often, and many may be open. So blocks are kept by hash, only those that are new are
//! read, and only one reader asks the node at a time.

use keyway::client::ChunkReference;
use keyway::outcome::action_words;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Client, Error};
use lru::LruCache;
use near_primitives::types::BlockHeight;
use near_primitives::views::SignedTransactionView;
use serde::Deserialize;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The newest blocks.
#[derive(Debug)]
pub(crate) struct Recent {
    /// How many blocks to look back.
    depth: usize,
    blocks: Mutex<LruCache<CryptoHash, Arc<BlockCard>>>,
    /// How transactions ended; those that run are asked about again.
    ended: Mutex<LruCache<CryptoHash, Ended>>,
    /// Whether the node is in this process, so that it can be asked about each transaction.
    near_by: bool,
}

/// How a transaction ended, as lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It has not ended.
    Running,
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// The node was not asked, or does not know.
    Unknown,
}

/// What lists show of a block.
#[derive(Debug)]
pub(crate) struct BlockCard {
    pub(crate) height: BlockHeight,
    pub(crate) hash: CryptoHash,
    prev_hash: CryptoHash,
    /// Nanoseconds since 1970.
    pub(crate) time_ns: u64,
    /// Gas that its chunks used.
    pub(crate) gas_used: u64,
    /// Its transactions; none if it has too many shards to read them all.
    pub(crate) transactions: Option<Vec<TransactionCard>>,
}

/// What lists show of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct TransactionCard {
    pub(crate) hash: CryptoHash,
    pub(crate) signer_id: AccountId,
    pub(crate) public_key: String,
    pub(crate) receiver_id: AccountId,
    /// Its actions in words, escaped.
    pub(crate) actions: String,
}

impl From<&SignedTransactionView> for TransactionCard {
    fn from(view: &SignedTransactionView) -> Self {
        let words: Vec<_> = view.actions.iter().take(ACTIONS).map(action_words).collect();
        let more = view.actions.len().saturating_sub(ACTIONS);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        Self {
            hash: view.hash,
            signer_id: view.signer_id.clone(),
            public_key: view.public_key.to_string(),
            receiver_id: view.receiver_id.clone(),
            actions: words.join(", ") + &more,
        }
    }
}

impl Recent {
    /// Of a node in this process, which answers at once.
    pub(crate) fn of_own_node() -> Self {
        Self::new(120, true)
    }

    /// Of a node behind an address.
    pub(crate) fn of_other_node() -> Self {
        Self::new(12, false)
    }

    fn new(depth: usize, near_by: bool) -> Self {
        let room = NonZeroUsize::new(4 * depth).unwrap_or(NonZeroUsize::MIN);
        let (blocks, ended) = (LruCache::new(room), LruCache::new(OUTCOMES));
        Self { depth, blocks: Mutex::new(blocks), ended: Mutex::new(ended), near_by }
    }

    /// How transactions ended, in their order.
    pub(crate) async fn ended(
        &self,
        client: &Client,
        transactions: &[&TransactionCard],
    ) -> Vec<Ended> {
        if !self.near_by {
            return vec![Ended::Unknown; transactions.len()];
        }
        let mut known = self.ended.lock().await;
        let mut ended = Vec::with_capacity(transactions.len());
        for transaction in transactions {
            let seen = known.get(&transaction.hash).copied();
            let now = match seen {
                Some(seen) => seen,
                None => ask(client, transaction).await,
            };
            if matches!(now, Ended::Succeeded | Ended::Failed) {
                known.put(transaction.hash, now);
            }
            ended.push(now);
        }
        ended
    }

    /// The newest blocks, the newest first.
    ///
    /// # Errors
    /// If the node does not answer.
    pub(crate) async fn blocks(&self, client: &Client) -> Result<Vec<Arc<BlockCard>>, Error> {
        let mut known = self.blocks.lock().await;
        let mut found: Vec<Arc<BlockCard>> = Vec::with_capacity(self.depth);
        let mut next = json!({"finality": "optimistic"});
        while found.len() < self.depth {
            let card = match read(client, &mut known, next).await {
                Ok(card) => card,
                // The node has pruned what is before.
                Err(Error::Query(_)) if !found.is_empty() => break,
                Err(error) => return Err(error),
            };
            next = json!({"block_id": card.prev_hash});
            let first = card.prev_hash == CryptoHash::default();
            found.push(card);
            if first {
                break;
            }
        }
        Ok(found)
    }
}

/// How a transaction ended, as far as the node says it without waiting.
async fn ask(client: &Client, transaction: &TransactionCard) -> Ended {
    let params = json!({
        "tx_hash": transaction.hash, "sender_account_id": transaction.signer_id, "wait_until": "NONE",
    });
    let answer: Result<Value, _> = client.request("tx", params).await;
    let status = answer.as_ref().ok().and_then(|answer| answer.get("status"));
    match status {
        Some(status) if status.get("SuccessValue").is_some() => Ended::Succeeded,
        Some(status) if status.get("Failure").is_some() => Ended::Failed,
        Some(_) => Ended::Running,
        None => Ended::Unknown,
    }
}

/// A block that is known, or else from the node.
async fn read(
    client: &Client,
    known: &mut LruCache<CryptoHash, Arc<BlockCard>>,
    reference: Value,
) -> Result<Arc<BlockCard>, Error> {
    let hash = reference.get("block_id").and_then(|hash| serde_json::from_value(hash.clone()).ok());
    if let Some(card) = hash.and_then(|hash: CryptoHash| known.get(&hash)) {
        return Ok(card.clone());
    }
    let view: BlockView = client.request("block", reference).await?;
    if let Some(card) = known.get(&view.header.hash) {
        return Ok(card.clone());
    }
    let card = Arc::new(card(client, view).await?);
    known.put(card.hash, card.clone());
    Ok(card)
}

async fn card(client: &Client, view: BlockView) -> Result<BlockCard, Error> {
    let BlockView { header, chunks } = view;
    let fresh = chunks.iter().filter(|chunk| chunk.height_included == header.height);
    let gas_used = fresh.fold(0_u64, |sum, chunk| sum.saturating_add(chunk.gas_used));
    let transactions = match chunks.as_slice() {
        [only] if only.tx_root == CryptoHash::default() => Some(Vec::new()),
        [only] => {
            let chunk = client.chunk(ChunkReference::Hash(only.chunk_hash)).await;
            // A fork does not have the contents of the block that it begins with.
            chunk.ok().map(|chunk| chunk.transactions.iter().map(TransactionCard::from).collect())
        }
        _ => None,
    };
    Ok(BlockCard {
        height: header.height,
        hash: header.hash,
        prev_hash: header.prev_hash,
        time_ns: header.timestamp,
        gas_used,
        transactions,
    })
}

#[derive(Deserialize)]
struct BlockView {
    header: HeaderView,
    chunks: Vec<ChunkView>,
}

#[derive(Deserialize)]
struct HeaderView {
    height: BlockHeight,
    hash: CryptoHash,
    prev_hash: CryptoHash,
    timestamp: u64,
}

#[derive(Deserialize)]
struct ChunkView {
    chunk_hash: CryptoHash,
    height_included: BlockHeight,
    tx_root: CryptoHash,
    gas_used: u64,
}

/// Actions of a transaction that a list names.
const ACTIONS: usize = 3;

/// Outcomes that are kept.
const OUTCOMES: NonZeroUsize = NonZeroUsize::new(4_096).expect("it is not zero");
