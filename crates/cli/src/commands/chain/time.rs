//! `chain time`: shows and changes the chain's time.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::{Context, Instant, read_moment, read_span, words};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// Arguments of `chain time`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain time
      the newest block's time, and what the next one's follows
  keyway chain time set 2027-05-01T00:00:00Z
  keyway chain time set +180d
  keyway chain time freeze
  keyway chain time step 1s
      each block comes a second after the one before it
  keyway chain time free
      the time runs again, by the clock of the node's machine

A change seals a block that has the new time. Times of blocks only grow: to go
back, revert to a snapshot.")]
pub(super) struct TimeArgs {
    /// The subcommand.
    #[command(subcommand)]
    command: Option<TimeCommand>,
}

/// The subcommands.
#[derive(Clone, Copy, Debug, Subcommand)]
enum TimeCommand {
    /// Show the time of the newest block
    #[command(after_help = "Examples:\n  keyway chain time show\n  keyway chain time show --json")]
    Show,
    /// Set the time, or move it ahead
    Set(SetArgs),
    /// Let the time stand still; blocks then follow each other by a nanosecond
    #[command(after_help = "Examples:\n  keyway chain time freeze")]
    Freeze,
    /// Let each block come a fixed time after the one before it
    Step(StepArgs),
    /// Let the time run by the clock of the node's machine
    #[command(after_help = "Examples:\n  keyway chain time free")]
    Free,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = "\
Examples:
  keyway chain time set 2027-05-01T00:00:00Z
  keyway chain time set +180d")]
struct SetArgs {
    /// A date or an instant, as in 2027-05-01 or 2027-05-01T12:00:00Z, or a way ahead, as in +180d
    #[arg(value_name = "TIME", value_parser = read_moment)]
    time: Instant,
}

#[derive(Args, Clone, Copy, Debug)]
#[command(after_help = "Examples:\n  keyway chain time step 1s")]
struct StepArgs {
    /// The time between two blocks, as in `1s`, `500ms` or `1 day`
    #[arg(value_name = "DURATION", value_parser = read_span)]
    step: Duration,
}

impl TimeArgs {
    /// Changes the time if asked to, and shows it.
    ///
    /// # Errors
    /// If no block can have that time; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let nanosec = |span: Duration| json!({"nanosec": span.as_nanos().to_string()});
        let (method, params) = match self.command.unwrap_or(TimeCommand::Show) {
            TimeCommand::Show => ("keyway_time_show", json!({})),
            TimeCommand::Set(SetArgs { time: Instant::At(time_ns) }) => {
                ("keyway_time_set", json!({"time_nanosec": time_ns.to_string()}))
            }
            TimeCommand::Set(SetArgs { time: Instant::Ahead(span) }) => {
                ("keyway_time_move", nanosec(span))
            }
            TimeCommand::Freeze => ("keyway_time_freeze", json!({})),
            TimeCommand::Step(StepArgs { step }) => ("keyway_time_step", nanosec(step)),
            TimeCommand::Free => ("keyway_time_free", json!({})),
        };
        let shown: Shown = control(context, method, params).await?;
        context.answer.give(&shown)
    }
}

/// The answer of the node.
#[derive(Deserialize, Serialize)]
struct Shown {
    #[serde(flatten)]
    head: Head,
    mode: String,
    ahead_nanosec: Option<String>,
    step_nanosec: Option<String>,
    /// What a newer node says besides.
    #[serde(flatten)]
    more: serde_json::Map<String, Value>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  time     ", self.head)?;
        let nanoseconds = |text: &Option<String>| text.as_ref()?.parse::<i128>().ok();
        match (self.mode.as_str(), nanoseconds(&self.ahead_nanosec)) {
            ("frozen", _) => writeln!(f, "frozen: blocks follow each other by a nanosecond"),
            ("stepped", _) => {
                let step = nanoseconds(&self.step_nanosec).unwrap_or_default();
                writeln!(f, "stepped: each block comes {} after the one before it", span(step))
            }
            (_, Some(ahead)) if ahead.unsigned_abs() >= SECOND_NS => {
                let way = if ahead > 0 { "ahead of" } else { "behind" };
                writeln!(f, "running, {} {way} the node's clock", span(ahead))
            }
            _ => writeln!(f, "running by the node's clock"),
        }
    }
}

/// A length of time in words, without its sign.
fn span(nanoseconds: i128) -> String {
    let nanoseconds = nanoseconds.unsigned_abs();
    match u64::try_from(nanoseconds / SECOND_NS) {
        Ok(0) if nanoseconds.is_multiple_of(1_000_000) => format!("{} ms", nanoseconds / 1_000_000),
        Ok(0) => format!("{nanoseconds} ns"),
        Ok(seconds) => words(Duration::from_secs(seconds)),
        Err(_) => format!("{nanoseconds} ns"),
    }
}

const SECOND_NS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        for (nanoseconds, told) in [
            (1, "1 ns"),
            (500_000_000, "500 ms"),
            (-1_000_000_000, "1 second"),
            (180 * 86_400_000_000_000, "180 days"),
        ] {
            assert_eq!(span(nanoseconds), told);
        }
    }
}
