//! A node, a directory of key files, and `keyway` with both.

use crate::common::{Node, command};
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// A node in memory with its development accounts, and key files of its own.
pub(crate) struct Desk {
    pub(crate) node: Node,
    credentials: TempDir,
}

/// What a command said, and how it ended.
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Desk {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self { node: Node::start(["run", "--no-ticks"]), credentials: tempfile::tempdir().unwrap() }
    }

    /// The directory of key files.
    pub(crate) fn credentials(&self) -> &Path {
        self.credentials.path()
    }

    /// Moves the chain ahead, and its time with it.
    #[track_caller]
    pub(crate) fn fast_forward(&self, blocks: u64) {
        self.node.call("sandbox_fast_forward", serde_json::json!({ "delta_height": blocks }));
    }

    /// Runs `keyway ARGS` on the node and the key files, with nobody at the terminal.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let mut command = command(args);
        command.arg("--network").arg(format!("http://{}", self.node.addr));
        command.arg("--credentials").arg(self.credentials());
        command.env_remove("NEAR_ENV").env("NO_COLOR", "1").stdin(Stdio::null());
        let output = command.output().unwrap();
        Said {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap(),
        }
    }

    /// The answer of a command that must succeed and say nothing else.
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

impl Said {
    /// Everything that was said, for a snapshot.
    pub(crate) fn whole(&self) -> String {
        let Self { stdout, stderr, code } = self;
        format!("{stdout}--- stderr\n{stderr}--- exit code {code}\n")
    }
}

/// The same without what was burnt: contracts burn more or less for this or that key.
pub(crate) fn without_gas(text: &str) -> String {
    let lines = text.lines().map(|line| line.split(", burnt ").next().unwrap_or_default());
    lines.map(|line| format!("{line}\n")).collect()
}

/// Compares with the snapshot `name`. What is another at each run (new keys, hashes, places) goes
/// by a word instead.
#[track_caller]
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    for (pattern, word) in [
        (r"\S*/\.tmp\w+", "[dir]"),
        (r"(ed25519)[:_][1-9A-HJ-NP-Za-km-z]{43,44}", "$1:[key]"),
        (r"(ml-dsa-65-hash)[:_][1-9A-HJ-NP-Za-km-z]{42,44}", "$1:[key]"),
        (r"\b[0-9a-f]{64}\b", "[implicit account]"),
        (r"\b[1-9A-HJ-NP-Za-km-z]{43,44}\b", "[hash]"),
        (r"nonce \d+", "nonce [n]"),
        (r"127\.0\.0\.1:\d+", "[node]"),
    ] {
        settings.add_filter(pattern, word);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}
