//! A recent block for transactions to name, asked for once in a while.

use crate::client::{Block, BlockReference, Client};
use crate::error::Error;
use near_primitives::hash::CryptoHash;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The newest final block, as of a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    seen: Mutex<Option<(Block, Instant)>>,
}

impl Recent {
    /// A final block that is not older than the newest by more than a few seconds.
    ///
    /// # Errors
    /// When the node cannot be asked.
    pub(crate) async fn block(&self, client: &Client) -> Result<Block, Error> {
        let mut seen = self.seen.lock().await;
        if let Some((block, _)) = seen.as_ref().filter(|(_, since)| since.elapsed() < MAX_AGE) {
            return Ok(block.clone());
        }
        let block = client.at(BlockReference::Final).block().await?;
        *seen = Some((block.clone(), Instant::now()));
        Ok(block)
    }

    /// Asks anew next time: `hash` is too old.
    pub(crate) async fn forget(&self, hash: CryptoHash) {
        let mut seen = self.seen.lock().await;
        if seen.as_ref().is_some_and(|(block, _)| block.hash == hash) {
            *seen = None;
        }
    }
}

/// At the fastest (a block in 120 ms) this is 25 blocks, a quarter of the shortest validity period
/// in use.
const MAX_AGE: Duration = Duration::from_secs(3);
