//! `tx trace`: everything that a transaction did.

use super::traced::traced;
use crate::error::CliError;
use crate::tools::{Context, write_stdout};
use clap::Args;
use keyway::protocol::CryptoHash;
use keyway::trace::{Trace, Tree, folded, speedscope};
use serde::Serialize;
use std::fmt;

/// Arguments of `tx trace`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway tx trace 8Ct…
      every receipt, with its gas, storage, logs and result
  keyway tx trace 8Ct… --depth 2
  keyway tx trace 8Ct… --folded | inferno-flamegraph > gas.svg
  keyway tx trace 8Ct… --speedscope > gas.speedscope.json

Only keyway's own nodes can tell: the transaction's blocks are run again.")]
pub(crate) struct TraceArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH")]
    hash: CryptoHash,
    /// Show receipts down to this depth; what the transaction became is at 1
    #[arg(long, value_name = "NUMBER")]
    depth: Option<usize>,
    /// Print stacks of gas for flame graphs
    #[arg(long, conflicts_with_all = ["speedscope", "depth"])]
    folded: bool,
    /// Print a profile for speedscope.app
    #[arg(long, conflicts_with = "depth")]
    speedscope: bool,
}

impl TraceArgs {
    /// Shows the trace.
    ///
    /// # Errors
    /// If the transaction is unknown or was refused, or the node cannot trace.
    pub(crate) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let trace = context.wait("running it again", traced(context, &self.hash)).await?;
        if self.folded {
            return write_stdout(&folded(&trace));
        }
        if self.speedscope {
            return write_stdout(&format!("{:#}\n", speedscope(&trace)));
        }
        context.answer.give(&Shown { trace, depth: self.depth })
    }
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    trace: Trace,
    #[serde(skip)]
    depth: Option<usize>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Tree::of(&self.trace).down_to(self.depth.unwrap_or(usize::MAX)).fmt(f)
    }
}
