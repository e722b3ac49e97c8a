//! When blocks are sealed: at once, by hand, or at an interval.

use crate::error::{FileError, HomeError, NodeError};
use crate::files::{Access, read_json, write_whole};
use crate::ledger::WriteError;
use crate::node::Node;
use crate::runtime::run_blocking;
use crate::ticker::Ticker;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// When a node seals blocks. It is a setting of the node, not of the chain. A home keeps it, and
/// [`Node::resume_sealing`] goes on with it. Transactions that wait for a block are not acknowledged, so
/// a restart loses none that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealing {
    /// For a transaction, as soon as it arrives, and empty ones at the node's own interval.
    #[default]
    AtOnce,
    /// Only by [`Node::mine`]: transactions wait, and no empty blocks are sealed.
    ByHand,
    /// Every so often, with the transactions that wait.
    Every(Duration),
}

impl Node {
    /// When blocks are sealed.
    pub fn sealing(&self) -> Sealing {
        self.queue().held().sealing()
    }

    /// How many transactions wait for a block that is sealed by hand or at an interval.
    pub fn waiting(&self) -> usize {
        self.queue().held().len()
    }

    /// Changes when blocks are sealed. Call it in a tokio runtime. With [`Sealing::AtOnce`] the
    /// transactions that wait are sealed now.
    ///
    /// # Errors
    /// When the home cannot keep it; it is then unchanged.
    pub fn set_sealing(&self, sealing: Sealing) -> Result<(), FileError> {
        if let Some(data) = self.data() {
            save(&data.join(FILE), sealing)?;
        }
        self.seal_as(sealing);
        Ok(())
    }

    /// Seals blocks as the last [`Node::set_sealing`] on this home said, also of an earlier process.
    /// Call it in a tokio runtime, before the node is used. Without a home it does nothing.
    ///
    /// # Errors
    /// When the home's file about it cannot be read.
    pub fn resume_sealing(&self) -> Result<(), NodeError> {
        let Some(path) = self.data().map(|data| data.join(FILE)) else { return Ok(()) };
        match read_json(&path) {
            Ok(sealing) => self.seal_as(sealing),
            Err(FileError::Missing { .. }) => {}
            Err(error) => return Err(HomeError::from(error).into()),
        }
        Ok(())
    }

    fn seal_as(&self, sealing: Sealing) {
        // A ticker of an earlier interval ends when it is replaced.
        let ticker = match sealing {
            Sealing::Every(period) => Some(self.seal_every(period)),
            Sealing::AtOnce | Sealing::ByHand => None,
        };
        self.queue().set_sealing(self.ledger(), sealing, ticker);
    }

    /// Seals `blocks` blocks now, `interval_ns` nanoseconds of the chain's time apart, or as the time
    /// runs. The first has the transactions that wait, as many as fit. More than 1,000 are
    /// fast-forwarded.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn mine(&self, blocks: u64, interval_ns: Option<u64>) -> Result<(), WriteError> {
        run_blocking(|| {
            let ledger = self.ledger();
            let left = match blocks {
                1.. if self.waiting() > 0 => {
                    self.queue().seal_held(ledger)?;
                    blocks - 1
                }
                blocks => blocks,
            };
            if left == 0 {
                return Ok(());
            }
            let input = ledger.newest().mine_input(left, interval_ns);
            ledger.apply(input).map(drop)
        })
    }

    fn seal_every(&self, period: Duration) -> Ticker {
        // The ticker belongs to the node, so it must not keep it.
        let node = self.weak();
        let seal = move || node().map_or(Ok(()), |node| node.mine(1, None));
        Ticker::start(seal, period, self.tickers())
    }
}

fn save(path: &Path, sealing: Sealing) -> Result<(), FileError> {
    write_whole(path, Access::Owner, |file| Ok(serde_json::to_writer(file, &sealing)?))
}

/// Name of the file among what the node itself keeps.
const FILE: &str = "sealing.json";
