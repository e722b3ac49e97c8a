//! Blocks that the endpoint has reported. There may be several nodes behind one address, and some are behind the one that
//! reported a block: the client waits for such a block, and does not treat it as missing.

use super::BlockReference;
use crate::clock;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The last blocks that were reported.
#[derive(Debug, Default)]
pub(super) struct KnownBlocks(Mutex<VecDeque<(BlockHeight, CryptoHash)>>);

impl KnownBlocks {
    /// Notes a block.
    pub(super) fn note(&self, height: BlockHeight, hash: CryptoHash) {
        let mut blocks = self.blocks();
        if blocks.back() != Some(&(height, hash)) {
            blocks.push_back((height, hash));
        }
        if blocks.len() > KEPT {
            blocks.pop_front();
        }
    }

    /// Whether a node behind the endpoint has reported this block.
    pub(super) fn knows(&self, block: &BlockReference) -> bool {
        let blocks = self.blocks();
        match block {
            BlockReference::Hash(hash) => blocks.iter().any(|(_, known)| known == hash),
            BlockReference::Height(height) => blocks.iter().any(|(known, _)| known == height),
            BlockReference::Optimistic | BlockReference::NearFinal | BlockReference::Final => false,
        }
    }

    fn blocks(&self) -> MutexGuard<'_, VecDeque<(BlockHeight, CryptoHash)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the nodes of an endpoint to catch up with each other.
#[derive(Debug)]
pub(super) struct CatchUp {
    begun: Instant,
    pause: Duration,
    longest: Duration,
}

impl CatchUp {
    pub(super) fn begin() -> Self {
        Self::within(LONGEST_LAG)
    }

    fn within(longest: Duration) -> Self {
        CatchUp { begun: clock::now(), pause: FIRST_PAUSE, longest }
    }

    /// Pauses before another attempt; false if it has taken long enough.
    pub(super) async fn pause(&mut self) -> bool {
        if self.begun.elapsed() + self.pause > self.longest {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }

    /// How long it has taken.
    pub(super) fn lasted(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// How far nodes behind one address may be apart. Public ones are up to 3 seconds apart.
const LONGEST_LAG: Duration = Duration::from_secs(6);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Enough for the requests of any command.
const KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_reported_blocks_are_known() {
        let known = KnownBlocks::default();
        for height in 0..100_u8 {
            known.note(height.into(), CryptoHash([height; 32]));
            known.note(height.into(), CryptoHash([height; 32]));
        }
        assert!(known.knows(&CryptoHash([99; 32]).into()) && known.knows(&99.into()));
        assert!(known.knows(&36.into()) && !known.knows(&35.into()));
        assert!(!known.knows(&100.into()) && !known.knows(&BlockReference::Final));
    }

    #[tokio::test]
    async fn catching_up_has_an_end() {
        let longest = Duration::from_millis(400);
        let mut catch_up = CatchUp::within(longest);
        let mut attempts = 0;
        while catch_up.pause().await {
            attempts += 1;
        }
        assert!((1..=3).contains(&attempts), "50, 100 and 200 ms: {attempts}");
        assert!(catch_up.lasted() >= Duration::from_millis(50));
    }
}
