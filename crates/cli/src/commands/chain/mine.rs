//! `chain mine`: blocks by hand.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::{Context, read_span};
use clap::Args;
use serde_json::json;
use std::time::Duration;

/// Arguments of `chain mine`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain mine
  keyway chain mine 10 --interval 1s
  keyway chain mine 100000

More than 1,000 blocks are fast-forwarded: the heights between the ends of
epochs are then skipped.")]
pub(super) struct MineArgs {
    /// How many blocks
    #[arg(value_name = "BLOCKS", default_value_t = 1)]
    blocks: u64,
    /// The time between two of them, as in `1s` [default: as the time runs]
    #[arg(long, value_name = "DURATION", value_parser = read_span)]
    interval: Option<Duration>,
}

impl MineArgs {
    /// Seals the blocks, and shows the newest.
    ///
    /// # Errors
    /// If there are too many; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut params = json!({"blocks": self.blocks});
        if let Some(interval) = self.interval {
            params["interval"] = json!({"nanosec": interval.as_nanos().to_string()});
        }
        let head: Head = control(context, "keyway_mine", params).await?;
        context.answer.give(&head)
    }
}
