//! The kill loop, for a few kills; `cargo xtask crash --kills 1000` is the long one, and
//! `cargo xtask test --quick` kills once.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_node_that_is_killed_under_load_loses_nothing() {
    let kills = if keyway_test_kit::quick() { "1" } else { "5" };
    let answer = crash(&["--kills", kills]);
    assert!(
        answer.starts_with(&format!("{kills} kills: ")) && answer.contains("none lost"),
        "{answer}"
    );
}

/// `cargo xtask crash --relay --transactions 100000` is the long one.
#[cfg(unix)]
#[test]
fn three_relayers_that_are_killed_run_each_request_once() {
    use keyway_test_kit::postgres::{is_installed, is_required};
    if !is_installed() && !is_required() {
        eprintln!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
        return;
    }
    let requests = if keyway_test_kit::quick() { "40" } else { "200" };
    let answer = crash(&["--relay", "--transactions", requests]);
    assert!(
        answer.starts_with(&format!("{requests} requests: "))
            && answer.contains("0 lost, 0 ran twice"),
        "{answer}"
    );
}

fn crash(arguments: &[&str]) -> String {
    let bench = Path::new(env!("CARGO_BIN_EXE_keyway-bench"));
    let mut command = Command::new(bench);
    command.arg("--binary").arg(node(bench)).arg("crash").args(arguments);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8(ended.stdout).unwrap()
}

fn node(bench: &Path) -> PathBuf {
    // Whoever tests the whole workspace has it there.
    let node = bench.with_file_name(format!("keyway{EXE_SUFFIX}"));
    assert!(
        node.is_file(),
        "no binary at {}: run `cargo build --release -p keyway-cli` first",
        node.display()
    );
    node
}
