//! `chain mine`: blocks by hand.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::Context;
use clap::Args;
use serde_json::json;

/// Arguments of `chain mine`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain mine
  keyway chain mine 10")]
pub(super) struct MineArgs {
    /// How many blocks
    #[arg(value_name = "BLOCKS", default_value_t = 1)]
    blocks: u64,
}

impl MineArgs {
    /// Seals the blocks, and shows the newest.
    ///
    /// # Errors
    /// If there are too many; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let head: Head = control(context, "keyway_mine", json!({"blocks": self.blocks})).await?;
        context.answer.give(&head)
    }
}
