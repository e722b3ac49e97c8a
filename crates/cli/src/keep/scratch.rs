//! How a node without a home keeps its memory bounded.

use super::aside::Aside;
use super::bounds::Bounds;
use super::rest::Rest;
use crate::args::RunArgs;
use crate::error::CliError;
use keyway_chain::{Chain, Input};
use near_primitives::hash::CryptoHash;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Keeps no input. What memory should not hold goes to a file that goes with the node.
pub(crate) struct Scratch {
    checkpoints: Aside,
}

impl Scratch {
    /// Writes to a file in `dir` when `args` say that there is too much in memory.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(crate) fn new(dir: &Path, args: &RunArgs) -> Result<Self, CliError> {
        let rest = Rest::at(dir.join("store"), CryptoHash::default()).keeping(args.keep_blocks);
        let bounds = Bounds::of(args.checkpoint_blocks.unwrap_or(MOST_BLOCKS));
        let checkpoints = Aside::new(rest, None, bounds);
        Ok(Self { checkpoints: checkpoints.map_err(|source| CliError::System { source })? })
    }
}

impl keyway_rpc::Journal for Scratch {
    fn append(&mut self, _now_ns: u64, _inputs: &[Input]) -> io::Result<()> {
        Ok(())
    }

    fn rest(&mut self, chain: &Arc<Chain>) -> io::Result<Option<Chain>> {
        self.checkpoints.rest(chain, 0)
    }

    fn keeps(&self) -> bool {
        false
    }
}

/// How many blocks stay in memory, unless the command line says so: more than for a home, as
/// nobody has to wait for them when the node is started again.
const MOST_BLOCKS: usize = 10_000;
