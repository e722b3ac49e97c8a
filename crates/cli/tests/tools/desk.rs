//! A node, a directory of key files, and `keyway` with both.

use crate::common::{Node, command};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A node in memory with its development accounts, and its own directory of key files.
pub(crate) struct Desk {
    pub(crate) node: Node,
    credentials: TempDir,
}

/// The output of a command, and its exit code.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Desk {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::with_node(&["run", "--no-ticks"])
    }

    /// With a node that these arguments start.
    #[track_caller]
    pub(crate) fn with_node(args: &[&str]) -> Self {
        Self { node: Node::start(args), credentials: tempfile::tempdir().unwrap() }
    }

    /// The directory of key files.
    pub(crate) fn credentials(&self) -> &Path {
        self.credentials.path()
    }

    /// Every key file.
    pub(crate) fn files(&self) -> BTreeSet<PathBuf> {
        files_under(self.credentials())
    }

    /// Fast-forwards the chain, and its time.
    #[track_caller]
    pub(crate) fn fast_forward(&self, blocks: u64) {
        self.node.call("sandbox_fast_forward", serde_json::json!({ "delta_height": blocks }));
    }

    /// Runs `keyway ARGS` with the node and the key files, without a terminal.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, &[])
    }

    /// The same, with these environment variables.
    #[track_caller]
    pub(crate) fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Said {
        let mut command = self.command(args);
        command.envs(environment.iter().copied());
        Said::from(command.output().unwrap())
    }

    /// The command, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = command(args);
        command.arg("--network").arg(format!("http://{}", self.node.addr));
        command.arg("--credentials").arg(self.credentials());
        command.env_remove("NEAR_ENV").env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// The same, with this text on stdin.
    #[track_caller]
    pub(crate) fn run_piped(&self, text: &str, args: &[&str]) -> Said {
        let file = self.credentials().join("piped");
        std::fs::write(&file, text).unwrap();
        let mut command = command(args);
        command.arg("--network").arg(format!("http://{}", self.node.addr));
        command.arg("--credentials").arg(self.credentials());
        command.env_remove("NEAR_ENV").env("NO_COLOR", "1");
        let output = command.stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
        std::fs::remove_file(&file).unwrap();
        Said::from(output)
    }

    /// The answer of a command that must succeed and print nothing on stderr.
    #[track_caller]
    pub(crate) fn answer(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{}", said.stdout);
        said.stdout
    }

    /// The same, as the JSON that `--json` gives.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        let answer = self.answer(&[args, &["--json"]].concat());
        serde_json::from_str(&answer).unwrap()
    }
}

fn files_under(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| {
        if path.is_dir() { files_under(&path) } else { BTreeSet::from([path]) }
    };
    entries.flat_map(files).collect()
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: without_waiting(&String::from_utf8(output.stderr).unwrap()),
            code: output.status.code().unwrap(),
        }
    }
}

/// stderr without the line about a slow answer, which depends on the load of the machine.
fn without_waiting(stderr: &str) -> String {
    stderr.split_inclusive('\n').filter(|line| !line.contains(": no answer from ")).collect()
}

impl Said {
    /// The whole output, for a snapshot.
    pub(crate) fn whole(&self) -> String {
        let Self { stdout, stderr, code } = self;
        format!("{stdout}--- stderr\n{stderr}--- exit code {code}\n")
    }
}

/// The same without the burnt gas, which differs a little between keys.
pub(crate) fn without_gas(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(", burnt ").next().unwrap_or_default());
    lines.map(|line| format!("{line}\n")).collect()
}

/// Compares with the snapshot `name`. What differs in each run (new keys, hashes, paths) is
/// replaced by a word.
#[track_caller]
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    for (pattern, word) in [
        (r"\S*/\.tmp\w+", "[dir]"),
        (r"(ed25519|ml-dsa-65-hash)[:_][1-9A-HJ-NP-Za-km-z]{40,44}", "$1:[key]"),
        // A column is as wide as its longest key, and some keys are a character shorter.
        (r"(\[key\]|public key) {2,}", "$1  "),
        (r"\b[0-9a-f]{64}\b", "[implicit account]"),
        (r"\b[1-9A-HJ-NP-Za-km-z]{40,44}\b", "[hash]"),
        (r"nonce \d+", "nonce [n]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
        (r"127\.0\.0\.1:\d+", "[node]"),
        (r"burnt [\d.]+ Tgas for [\d.]+ NEAR", "burnt [gas]"),
    ] {
        settings.add_filter(pattern, word);
    }
    let text = rows_in_order(text);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The text with the rows of its table sorted by what follows the key, because new keys come in any
/// order.
fn rows_in_order(text: &str) -> String {
    let is_row = |line: &&str| line.starts_with(" ed25519:");
    let after_the_key =
        |line: &&str| line.split_once("  ").map(|(_, rest)| rest.trim_start().to_owned());
    let mut rows: Vec<_> = text.lines().filter(is_row).collect();
    rows.sort_by_key(after_the_key);
    let mut rows = rows.into_iter();
    let lines = text.lines().map(|line| if is_row(&line) { rows.next().unwrap() } else { line });
    lines.flat_map(|line| [line, "\n"]).collect()
}
