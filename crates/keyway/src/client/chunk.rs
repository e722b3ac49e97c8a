//! Chunks, which contain transactions, and receipts.

use super::known_blocks::CatchUp;
use super::{BlockReference, Client};
use crate::error::{Error, QueryError};
use near_crypto::PublicKey;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas, ShardId};
use near_primitives::views::{
    ActionView, ChunkView, ReceiptEnumView, ReceiptView, SignedTransactionView,
};
use serde_json::{Value, json};

/// The part of a block for one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk {
    /// Its hash.
    pub hash: CryptoHash,
    /// Its shard.
    pub shard_id: ShardId,
    /// The height of the block that it was made for.
    pub height: BlockHeight,
    /// Its producer.
    pub author: AccountId,
    /// The gas that the chunk before it burnt.
    pub gas_used: Gas,
    /// The gas that it may burn.
    pub gas_limit: Gas,
    /// Its transactions.
    pub transactions: Vec<SignedTransactionView>,
    /// The receipts that arrive in it, from all shards.
    pub receipts: Vec<Receipt>,
}

/// A reference to a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChunkReference {
    /// The one with this hash.
    Hash(CryptoHash),
    /// The one of this shard in the client's block.
    Shard(ShardId),
}

/// Work for one account, caused by a transaction or another receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Its id.
    pub id: CryptoHash,
    /// The account that it comes from.
    pub predecessor_id: AccountId,
    /// The account that it is for.
    pub receiver_id: AccountId,
    /// What it brings.
    pub content: ReceiptContent,
}

/// The content of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptContent {
    /// Actions.
    Actions {
        /// The signer of the transaction.
        signer_id: AccountId,
        /// The key that signed it.
        signer_public_key: PublicKey,
        /// The price at which its gas was bought, yoctoNEAR per gas.
        gas_price: Balance,
        /// The ids of the data that it waits for.
        waits_for: Vec<CryptoHash>,
        /// The actions, in order.
        actions: Vec<ActionView>,
    },
    /// The result of a call, for a receipt that waits for it.
    Data {
        /// The id of the data.
        data_id: CryptoHash,
        /// None if the call failed.
        data: Option<Vec<u8>>,
    },
    /// Something else, such as a global contract that is distributed to the shards.
    Other,
}

impl Client {
    /// A chunk with its transactions and receipts.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::client::ChunkReference;
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let outcome = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let block = outcome.transaction().block_hash.unwrap();
    /// let chunk = sandbox.client().at(block).chunk(ChunkReference::Shard(0.into())).await?;
    /// assert_eq!(chunk.transactions[0].hash, outcome.transaction_hash());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownBlock`] if there is no such block; otherwise as [`Client::request`].
    pub async fn chunk(&self, chunk: ChunkReference) -> Result<Chunk, Error> {
        let params = match chunk {
            ChunkReference::Hash(hash) => json!({ "chunk_id": hash }),
            ChunkReference::Shard(shard_id) => {
                json!({ "block_id": self.block_id().await?, "shard_id": shard_id })
            }
        };
        let view: ChunkView = self.chunk_view(params).await?;
        Ok(Chunk {
            hash: view.header.chunk_hash,
            shard_id: view.header.shard_id,
            height: view.header.height_created,
            author: view.author,
            gas_used: view.header.gas_used,
            gas_limit: view.header.gas_limit,
            transactions: view.transactions,
            receipts: view.receipts.into_iter().map(Receipt::from).collect(),
        })
    }

    /// The receipt with this id.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// use keyway::{NearLiteral, Sandbox, transfer};
    ///
    /// let sandbox = Sandbox::new();
    /// let outcome = sandbox.root().execute(transfer(1.near()).to("test.near"))?;
    /// let id = outcome.receipts().next().unwrap().id;
    /// let receipt = sandbox.client().receipt(id).await?;
    /// assert_eq!(receipt.receiver_id, "test.near");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::Other`] with the name `UNKNOWN_RECEIPT` if the node does not have it; otherwise as
    /// [`Client::request`].
    pub async fn receipt(&self, id: CryptoHash) -> Result<Receipt, Error> {
        let view: ReceiptView =
            self.ask("EXPERIMENTAL_receipt", json!({ "receipt_id": id })).await?.read()?;
        Ok(view.into())
    }

    /// Reads a chunk as `R`. Waits if the node that answers is behind the one that reported the block.
    pub(super) async fn chunk_view<R: serde::de::DeserializeOwned>(
        &self,
        params: Value,
    ) -> Result<R, Error> {
        let mut catch_up = CatchUp::begin();
        loop {
            match self.ask("chunk", params.clone()).await {
                Err(error) if is_unknown(&error) && catch_up.pause().await => {}
                answer => return Ok(answer?.read()?),
            }
        }
    }

    async fn block_id(&self) -> Result<Value, Error> {
        Ok(match self.at {
            BlockReference::Height(height) => json!(height),
            BlockReference::Hash(hash) => json!(hash),
            _ => json!(self.block().await?.hash),
        })
    }
}

/// Whether a node says that it does not have the chunk.
pub(super) fn is_unknown_chunk(error: &Error) -> bool {
    matches!(error, Error::Query(QueryError::Other { name, .. }) if name == "UNKNOWN_CHUNK")
}

fn is_unknown(error: &Error) -> bool {
    is_unknown_chunk(error) || matches!(error, Error::Query(QueryError::UnknownBlock { .. }))
}

impl From<ReceiptView> for Receipt {
    fn from(view: ReceiptView) -> Self {
        let content = match view.receipt {
            ReceiptEnumView::Action {
                signer_id,
                signer_public_key,
                gas_price,
                input_data_ids,
                actions,
                ..
            } => ReceiptContent::Actions {
                signer_id,
                signer_public_key,
                gas_price,
                waits_for: input_data_ids,
                actions,
            },
            ReceiptEnumView::Data { data_id, data, .. } => ReceiptContent::Data { data_id, data },
            _ => ReceiptContent::Other,
        };
        let (id, predecessor_id) = (view.receipt_id, view.predecessor_id);
        Self { id, predecessor_id, receiver_id: view.receiver_id, content }
    }
}
