//! The kill loop, for a few kills; `cargo xtask crash --kills 1000` is the long one, and
//! `cargo xtask test --quick` kills once.

use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::Command;

#[test]
fn a_node_that_is_killed_under_load_loses_nothing() {
    let bench = Path::new(env!("CARGO_BIN_EXE_keyway-bench"));
    // Whoever tests the whole workspace has it there.
    let node = bench.with_file_name(format!("keyway{EXE_SUFFIX}"));
    assert!(
        node.is_file(),
        "no binary at {}: run `cargo build --release -p keyway-cli` first",
        node.display()
    );
    let kills = if keyway_test_kit::quick() { "1" } else { "5" };
    let crash = ["crash", "--kills", kills];
    let ended = Command::new(bench).arg("--binary").arg(node).args(crash).output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let answer = String::from_utf8(ended.stdout).unwrap();
    assert!(
        answer.starts_with(&format!("{kills} kills: ")) && answer.contains("none lost"),
        "{answer}"
    );
}
