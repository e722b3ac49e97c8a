//! `chain snapshot`, `chain revert` and `chain reset`: going back.

use super::control;
use super::head::Head;
use crate::error::CliError;
use crate::tools::{Context, table};
use clap::{Args, Subcommand};
use keyway::keys::printable;
use keyway::protocol::CryptoHash;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Arguments of `chain snapshot`.
#[derive(Args, Debug)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Debug, Subcommand)]
enum SnapshotCommand {
    /// Save the chain as it is
    #[command(after_help = "\
Examples:
  keyway chain snapshot save before-claim
  keyway chain snapshot save funded --note \"three accounts with 10 NEAR\"")]
    Save {
        /// A name: letters, digits, visible characters, spaces between them
        #[arg(value_name = "NAME")]
        name: String,
        /// Anything that helps to tell it from others
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        note: String,
    },
    /// List the snapshots, each below the one that its chain came from
    #[command(
        after_help = "Examples:\n  keyway chain snapshot list\n  keyway chain snapshot list --json"
    )]
    List,
    /// Delete a snapshot; the chain stays as it is
    #[command(after_help = "Examples:\n  keyway chain snapshot delete before-claim")]
    Delete {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Arguments of `chain revert`.
#[derive(Args, Debug)]
#[command(after_help = "\
Blocks, state and time are again what they were. All snapshots stay, so you can
go back and forth.

Examples:
  keyway chain revert before-claim")]
pub(super) struct RevertArgs {
    /// The snapshot
    #[arg(value_name = "NAME")]
    name: String,
}

/// Arguments of `chain reset`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain reset")]
pub(super) struct ResetArgs {}

impl SnapshotArgs {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// If the name cannot be used or there is no such snapshot; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.command {
            SnapshotCommand::Save { name, note } => {
                let params = json!({"name": name, "note": note});
                let saved = control(context, "keyway_snapshot_save", params).await?;
                context.answer.give(&Saved(saved))
            }
            SnapshotCommand::List => {
                let list: List = control(context, "keyway_snapshot_list", json!({})).await?;
                context.answer.give(&list)
            }
            SnapshotCommand::Delete { name } => {
                let params = json!({"name": name});
                let deleted = control(context, "keyway_snapshot_delete", params).await?;
                context.answer.give(&Deleted(deleted))
            }
        }
    }
}

impl RevertArgs {
    /// Goes back to the snapshot.
    ///
    /// # Errors
    /// If there is no such snapshot; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let params = json!({"name": self.name});
        let back: Back = control(context, "keyway_snapshot_revert", params).await?;
        context.answer.give(&back)
    }
}

impl ResetArgs {
    /// Goes back to the first block.
    ///
    /// # Errors
    /// As [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let reset: Reset = control(context, "keyway_reset", json!({})).await?;
        context.answer.give(&reset)
    }
}

#[derive(Debug, Deserialize, Serialize)]
struct Snapshot {
    name: String,
    note: String,
    parent: Option<String>,
    height: u64,
    hash: CryptoHash,
    time: String,
    saved: String,
    current: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Saved(Snapshot);

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Deleted(Snapshot);

#[derive(Debug, Deserialize, Serialize)]
struct List {
    snapshots: Vec<Snapshot>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Back {
    #[serde(flatten)]
    head: Head,
    left_height: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Reset {
    #[serde(flatten)]
    back: Back,
    deleted_snapshots: Vec<String>,
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Snapshot { name, height, .. }) = self;
        let name = printable(name);
        writeln!(f, "saved {name} at block {height}; go back with `keyway chain revert`")
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, height) = (printable(&self.0.name), self.0.height);
        writeln!(f, "deleted {name} of block {height}; the chain stays as it is")
    }
}

impl fmt::Display for Back {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the chain was at block {} and is again at {}", self.left_height, self.head)
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.back.fmt(f)?;
        match self.deleted_snapshots.as_slice() {
            [] => writeln!(f, "there were no snapshots to delete"),
            [one] => writeln!(f, "deleted the snapshot {}", printable(one)),
            all => writeln!(f, "deleted {} snapshots: {}", all.len(), printable(&all.join(", "))),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.snapshots.is_empty() {
            return writeln!(f, "there are no snapshots: see `keyway chain snapshot save --help`");
        }
        let mut table = table(["snapshot", "block", "its time", "saved", "note"]);
        for (depth, snapshot) in self.tree() {
            // Deep trees must leave room for the other columns.
            let indent = "  ".repeat(depth.min(MOST_INDENT));
            let here = if snapshot.current { " *" } else { "" };
            table.add_row([
                format!("{indent}{}{here}", snapshot.name),
                snapshot.height.to_string(),
                without_fraction(&snapshot.time),
                without_fraction(&snapshot.saved),
                snapshot.note.clone(),
            ]);
        }
        writeln!(f, "{}", table.trim_fmt())?;
        match self.snapshots.iter().any(|snapshot| snapshot.current) {
            true => writeln!(f, "* the chain comes from this one"),
            false => Ok(()),
        }
    }
}

impl List {
    /// Each snapshot with its depth, children after their parent, in the order in which they were saved.
    fn tree(&self) -> Vec<(usize, &Snapshot)> {
        let names: HashSet<_> = self.snapshots.iter().map(|each| each.name.as_str()).collect();
        let mut children: HashMap<Option<&str>, Vec<&Snapshot>> = HashMap::new();
        for snapshot in self.snapshots.iter().rev() {
            // A parent that the node does not list is none.
            let parent = snapshot.parent.as_deref().filter(|parent| names.contains(parent));
            children.entry(parent).or_default().push(snapshot);
        }
        let mut tree = Vec::new();
        let roots = children.remove(&None).unwrap_or_default();
        let mut next: Vec<_> = roots.into_iter().map(|root| (0, root)).collect();
        // Each parent's children are taken once, so a node that lies about parents ends nowhere.
        while let Some((depth, snapshot)) = next.pop() {
            tree.push((depth, snapshot));
            let below = children.remove(&Some(snapshot.name.as_str())).unwrap_or_default();
            next.extend(below.into_iter().map(|child| (depth + 1, child)));
        }
        tree
    }
}

/// A time of RFC 3339 in whole seconds.
fn without_fraction(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}

/// How many levels of the tree are indented.
const MOST_INDENT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn list(lines: &[(&str, Option<&str>)]) -> List {
        let snapshot = |(name, parent): &(&str, Option<&str>)| Snapshot {
            name: (*name).to_owned(),
            note: String::new(),
            parent: parent.map(str::to_owned),
            height: 7,
            hash: CryptoHash::default(),
            time: "2027-05-01T00:00:00.5Z".to_owned(),
            saved: "2027-05-01T00:00:00Z".to_owned(),
            current: *name == "c",
        };
        List { snapshots: lines.iter().map(snapshot).collect() }
    }

    fn tree(list: &List) -> Vec<(usize, &str)> {
        list.tree().into_iter().map(|(depth, snapshot)| (depth, snapshot.name.as_str())).collect()
    }

    #[test]
    fn children_follow_their_parents() {
        let list =
            list(&[("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("a")), ("e", None)]);
        assert_eq!(tree(&list), [(0, "a"), (1, "b"), (2, "c"), (1, "d"), (0, "e")]);
        let text = list.to_string();
        assert!(text.contains("    c *") && text.contains("2027-05-01T00:00:00Z"), "{text}");
    }

    #[test]
    fn a_node_that_lies_about_parents_ends_nowhere() {
        assert_eq!(tree(&list(&[("a", Some("b")), ("b", Some("a"))])), []);
        assert_eq!(tree(&list(&[("a", Some("gone"))])), [(0, "a")]);
    }
}
