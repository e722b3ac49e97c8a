//! A cached recent block for transactions to name.

use crate::client::{Block, BlockReference, Client};
use crate::clock;
use crate::error::Error;
use near_primitives::hash::CryptoHash;
use near_primitives::types::Balance;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The newest final block, cached for a moment.
///
/// A lone transaction names the newest block, so that a chain that was reverted meanwhile, as sandboxes are, accepts it.
/// Concurrent transactions share one.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    seen: Mutex<Option<(Block, Instant)>>,
    crowd: Arc<AtomicUsize>,
}

/// A pending transaction, until it is dropped.
#[derive(Debug)]
pub(crate) struct Member(Arc<AtomicUsize>);

impl Recent {
    /// Counts a pending transaction until the result is dropped.
    pub(crate) fn join(&self) -> Member {
        self.crowd.fetch_add(1, Ordering::Relaxed);
        Member(self.crowd.clone())
    }

    /// A final block for a transaction to name.
    ///
    /// # Errors
    /// If the node cannot be queried.
    pub(crate) async fn block(&self, client: &Client) -> Result<Block, Error> {
        let max_age = match self.crowd.load(Ordering::Relaxed) {
            0 | 1 => Duration::ZERO,
            _ => MAX_AGE,
        };
        self.block_of(max_age, client).await
    }

    /// A recent price of gas, yoctoNEAR per gas.
    ///
    /// # Errors
    /// If the node cannot be queried.
    pub(crate) async fn gas_price(&self, client: &Client) -> Result<Balance, Error> {
        Ok(self.block_of(MAX_AGE, client).await?.gas_price)
    }

    /// Clears the cache, because `hash` is too old.
    pub(crate) async fn forget(&self, hash: CryptoHash) {
        let mut seen = self.seen.lock().await;
        if seen.as_ref().is_some_and(|(block, _)| block.hash == hash) {
            *seen = None;
        }
    }

    async fn block_of(&self, max_age: Duration, client: &Client) -> Result<Block, Error> {
        let mut seen = self.seen.lock().await;
        if let Some((block, _)) = seen.as_ref().filter(|(_, since)| since.elapsed() < max_age) {
            return Ok(block.clone());
        }
        let block = client.at(BlockReference::Final).block().await?;
        *seen = Some((block.clone(), clock::now()));
        Ok(block)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// With a block every 120 ms, the fastest in use, this is 25 blocks, a quarter of the shortest validity period in use.
const MAX_AGE: Duration = Duration::from_secs(3);
