//! `gas snapshot`: the gas of named transactions, in a file, and what grew since.

use crate::commands::tx::traced;
use crate::error::CliError;
use crate::tools::{Context, read_document, table, write_document};
use clap::Args;
use keyway::format_gas;
use keyway::keys::printable;
use keyway::protocol::CryptoHash;
use keyway::trace::{CallGas, Grown, SnapshotDiff, Snapshots};
use near_primitives::types::Balance;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Arguments of `gas snapshot`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway gas snapshot gas.json --call play=8Ct… --call claim=4Xa…
      record the gas of these transactions under these names
  keyway gas snapshot gas.json --call play=9Fd… --check --tolerance 2
      for CI: end with exit code 12 if `play` burns over 2 % more than recorded
  keyway gas snapshot gas.json --new now.json --check
      the same for a file that a test wrote with the library

Only keyway's own nodes can tell what a transaction burnt.")]
pub(super) struct SnapshotArgs {
    /// The file with the snapshot
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A name and the hash of a transaction
    #[arg(long, value_name = "NAME=HASH", value_parser = read_call)]
    call: Vec<(String, CryptoHash)>,
    /// Take the new figures from this file
    #[arg(long, value_name = "FILE", conflicts_with = "call")]
    new: Option<PathBuf>,
    /// Compare with the file instead of writing it; end with exit code 12 if a call burns more
    #[arg(long)]
    check: bool,
    /// How much more a call may burn, in percent
    #[arg(long, value_name = "PERCENT", default_value = "0", requires = "check")]
    tolerance: u32,
}

impl SnapshotArgs {
    /// Writes or compares the snapshot.
    ///
    /// # Errors
    /// If a file or a transaction cannot be read; [`CliError::Found`] with `--check` if a call burns
    /// more than it may.
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut now = match &self.new {
            Some(path) => read_document("--new", path)?,
            None => Snapshots::default(),
        };
        for (name, hash) in &self.call {
            now.calls.insert(name.clone(), burnt(context, hash).await?);
        }
        let exists = self.file.exists();
        let earlier: Snapshots = match exists || self.check {
            true => read_document("FILE", &self.file)?,
            false => Snapshots::default(),
        };
        let diff = now.compare(&earlier, self.tolerance);
        let grown = diff.grown.len();
        if !self.check {
            let mut all = earlier;
            all.calls.extend(now.calls);
            write_document(&self.file, &all)?;
            return context.answer.give(&Report { diff, recorded: true });
        }
        // Calls that were not run now are not missing.
        let removed = if self.new.is_some() { diff.removed } else { Vec::new() };
        context.answer.give(&Report { diff: SnapshotDiff { removed, ..diff }, recorded: false })?;
        match grown {
            0 => Ok(()),
            1 => Err(CliError::Found("1 call burns more gas than recorded".to_owned())),
            many => Err(CliError::Found(format!("{many} calls burn more gas than recorded"))),
        }
    }
}

async fn burnt(context: &Context, hash: &CryptoHash) -> Result<CallGas, CliError> {
    let trace = traced(context, hash).await?;
    let frames = trace.frames.iter().map(|frame| frame.tokens_burnt);
    let tokens_burnt =
        frames.fold(trace.conversion.tokens_burnt, |sum: Balance, it| sum.saturating_add(it));
    Ok(CallGas { gas_burnt: trace.gas_burnt, tokens_burnt })
}

fn read_call(text: &str) -> Result<(String, CryptoHash), String> {
    let (name, hash) = text.split_once('=').ok_or("write a name, `=` and a hash")?;
    let hash = hash.parse().map_err(|error| format!("{hash} is not a hash: {error}"))?;
    Ok((name.to_owned(), hash))
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    diff: SnapshotDiff,
    #[serde(skip)]
    recorded: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SnapshotDiff { grown, shrunk, added, removed, .. } = &self.diff;
        if !grown.is_empty() || !shrunk.is_empty() {
            let mut table = table(["call", "recorded", "now", "change"]);
            for it in grown.iter().chain(shrunk) {
                table.add_row([
                    it.name.clone(),
                    format_gas(it.before),
                    format_gas(it.after),
                    percent(it),
                ]);
            }
            writeln!(f, "{}", table.trim_fmt())?;
        } else {
            writeln!(f, "no call that was recorded before changed")?;
        }
        let word = if self.recorded { "recorded" } else { "not recorded yet" };
        added.iter().try_for_each(|name| writeln!(f, "{}: {word}", printable(name)))?;
        let gone: &[String] = if self.recorded { &[] } else { removed };
        let gone = gone.iter().map(|name| printable(name));
        gone.into_iter().try_for_each(|name| writeln!(f, "{name}: recorded, and not measured now"))
    }
}

fn percent(grown: &Grown) -> String {
    let permille = grown.permille();
    let sign = if permille < 0 { "-" } else { "+" };
    let size = permille.unsigned_abs();
    format!("{sign}{}.{} %", size / 10, size % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names come from a file that anybody may have sent; colours in them reached the terminal.
    #[test]
    fn names_are_escaped() {
        let name = || vec!["a\u{1b}[31m\nb".to_owned()];
        let diff = SnapshotDiff { added: name(), removed: name(), ..SnapshotDiff::default() };
        let text = Report { diff, recorded: false }.to_string();
        let shown = "a\\u{1b}[31m\\nb: ";
        assert!(text.matches(shown).count() == 2 && !text.contains('\u{1b}'), "{text}");
    }
}
