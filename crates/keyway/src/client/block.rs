//! Blocks, and references to them.

use super::Client;
use crate::error::Error;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, BlockHeight, EpochId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;

/// The block of a query. State is that after the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockReference {
    /// The newest block. It may still be replaced, on a network of many nodes.
    #[default]
    Optimistic,
    /// The newest near-final block: it is almost certain to become final.
    NearFinal,
    /// The newest final block: no other block can replace it.
    Final,
    /// The block of this height.
    Height(BlockHeight),
    /// The block with this hash.
    Hash(CryptoHash),
}

impl BlockReference {
    /// Adds itself to the parameters of a query.
    pub(super) fn name_in(&self, params: &mut Value) {
        match self {
            BlockReference::Optimistic => params["finality"] = json!("optimistic"),
            BlockReference::NearFinal => params["finality"] = json!("near-final"),
            BlockReference::Final => params["finality"] = json!("final"),
            BlockReference::Height(height) => params["block_id"] = json!(height),
            BlockReference::Hash(hash) => params["block_id"] = json!(hash),
        }
    }
}

impl fmt::Display for BlockReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockReference::Optimistic => f.write_str("(the newest)"),
            BlockReference::NearFinal => f.write_str("(the newest near-final one)"),
            BlockReference::Final => f.write_str("(the newest final one)"),
            BlockReference::Height(height) => write!(f, "{height}"),
            BlockReference::Hash(hash) => write!(f, "{hash}"),
        }
    }
}

impl From<BlockHeight> for BlockReference {
    fn from(height: BlockHeight) -> Self {
        BlockReference::Height(height)
    }
}

impl From<CryptoHash> for BlockReference {
    fn from(hash: CryptoHash) -> Self {
        BlockReference::Hash(hash)
    }
}

/// The fields of a block's header that a client needs; `request("block", …)` has the others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Block {
    /// Its height.
    pub height: BlockHeight,
    /// Its hash. Transactions name a recent one.
    pub hash: CryptoHash,
    /// The hash of the block before it.
    pub prev_hash: CryptoHash,
    /// The epoch that it is in.
    pub epoch_id: EpochId,
    /// Its producer.
    pub author: AccountId,
    /// Nanoseconds since 1970.
    pub timestamp_ns: u64,
    /// The price of gas in the next block, yoctoNEAR per gas.
    pub gas_price: Balance,
    /// The total supply, yoctoNEAR.
    pub total_supply: Balance,
}

impl Client {
    /// This client's block.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let sandbox = keyway::Sandbox::new();
    /// sandbox.seal_blocks(3)?;
    ///
    /// let newest = sandbox.client().block().await?;
    /// assert_eq!(newest.height, 3);
    /// let before = sandbox.client().at(2).block().await?;
    /// assert_eq!(newest.prev_hash, before.hash);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnknownBlock` if the node does not have it; `Disagreement` if a node at the same address reported it, and others do
    /// not have it.
    pub async fn block(&self) -> Result<Block, Error> {
        let mut params = json!({});
        self.at.name_in(&mut params);
        let view: BlockView = self.ask_at("block", params).await?.read()?;
        let header = view.header;
        self.shared.known_blocks.note(header.height, header.hash);
        Ok(Block {
            height: header.height,
            hash: header.hash,
            prev_hash: header.prev_hash,
            epoch_id: header.epoch_id,
            author: view.author,
            timestamp_ns: header.timestamp,
            gas_price: header.gas_price,
            total_supply: header.total_supply,
        })
    }

    /// The price of gas after this client's block, yoctoNEAR per gas.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), keyway::Error> {
    /// let client = keyway::Sandbox::new().client();
    /// assert_eq!(client.gas_price().await?, client.block().await?.gas_price);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Client::block`].
    pub async fn gas_price(&self) -> Result<Balance, Error> {
        let block = match self.at {
            BlockReference::Optimistic => Value::Null,
            BlockReference::Height(height) => json!(height),
            BlockReference::Hash(hash) => json!(hash),
            BlockReference::NearFinal | BlockReference::Final => json!(self.block().await?.hash),
        };
        let found = self.ask_at("gas_price", json!([block])).await?;
        Ok(found.read::<GasPriceView>()?.gas_price)
    }
}

#[derive(Deserialize)]
struct BlockView {
    author: AccountId,
    header: HeaderView,
}

#[derive(Deserialize)]
struct HeaderView {
    height: BlockHeight,
    hash: CryptoHash,
    prev_hash: CryptoHash,
    epoch_id: EpochId,
    timestamp: u64,
    gas_price: Balance,
    total_supply: Balance,
}

#[derive(Deserialize)]
struct GasPriceView {
    gas_price: Balance,
}
