//! `chain sealing`: when the node seals blocks.

use super::control;
use crate::error::CliError;
use crate::tools::{Context, counted, read_span};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use std::time::Duration;

/// Arguments of `chain sealing`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain sealing
  keyway chain sealing off
      transactions wait until `keyway chain mine` seals a block
  keyway chain sealing every 2s
      a block every two seconds, with the transactions that wait
  keyway chain sealing on

A restart of the node begins with `on`.")]
pub(super) struct SealingArgs {
    /// The subcommand.
    #[command(subcommand)]
    command: Option<SealingCommand>,
}

/// The subcommands.
#[derive(Clone, Copy, Debug, Subcommand)]
enum SealingCommand {
    /// Show when blocks are sealed, and how many transactions wait
    #[command(after_help = "Examples:\n  keyway chain sealing show")]
    Show,
    /// Seal a block as soon as a transaction arrives
    #[command(after_help = "Examples:\n  keyway chain sealing on")]
    On,
    /// Seal blocks only by `keyway chain mine`
    #[command(after_help = "Examples:\n  keyway chain sealing off")]
    Off,
    /// Seal a block at an interval
    Every(EveryArgs),
}

#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = "Examples:\n  keyway chain sealing every 2s")]
struct EveryArgs {
    /// The interval, as in `500ms` or `2s`, up to an hour
    #[arg(value_name = "DURATION", value_parser = read_span)]
    interval: Duration,
}

impl SealingArgs {
    /// Changes when blocks are sealed if asked to, and shows it.
    ///
    /// # Errors
    /// As [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let (method, params) = match self.command.unwrap_or(SealingCommand::Show) {
            SealingCommand::Show => ("keyway_sealing_show", json!({})),
            SealingCommand::On => ("keyway_sealing_set", json!({"mode": "on"})),
            SealingCommand::Off => ("keyway_sealing_set", json!({"mode": "off"})),
            SealingCommand::Every(EveryArgs { interval }) => {
                let interval = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX);
                ("keyway_sealing_set", json!({"mode": "every", "interval_ms": interval}))
            }
        };
        let shown: Shown = control(context, method, params).await?;
        context.answer.give(&shown)
    }
}

/// The answer of the node.
#[derive(Deserialize, Serialize)]
struct Shown {
    mode: String,
    interval_ms: Option<u64>,
    waiting: u64,
    most_waiting: u64,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.mode.as_str(), self.interval_ms) {
            ("off", _) => write!(f, "blocks are sealed by hand")?,
            ("every", Some(interval)) => write!(f, "a block is sealed every {interval} ms")?,
            _ => write!(f, "a block is sealed as soon as a transaction arrives")?,
        }
        let waiting = counted(self.waiting, "transaction");
        writeln!(f, "; {waiting} of at most {} waiting", self.most_waiting)
    }
}
