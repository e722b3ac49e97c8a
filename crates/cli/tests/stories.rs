//! The stories of docs/stories, each run as a user would: against a node, with the real binary.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::Node;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn an_app_signs_in_the_users_name() {
    tell("app-key.sh");
}

#[test]
fn a_game_that_nobody_can_change_any_more() {
    tell("lock.sh");
}

#[test]
fn a_hundred_links_become_a_hundred_accounts() {
    tell("drop.sh");
}

#[test]
fn a_lost_account_is_recovered() {
    tell("recovery.sh");
}

#[test]
fn every_story_is_told() {
    let told = include_str!("stories.rs");
    for entry in std::fs::read_dir(root().join("docs/stories")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(told.contains(&format!("tell(\"{name}\")")), "no test runs docs/stories/{name}");
    }
}

/// Runs a story to its end, on a node and with key files of its own.
#[track_caller]
fn tell(story: &str) {
    let node = Node::start(["run", "--no-ticks"]);
    let credentials = tempfile::tempdir().unwrap();
    let keyway = Path::new(env!("CARGO_BIN_EXE_keyway")).parent().unwrap();
    let path = env::join_paths(
        [keyway.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let output = Command::new("bash")
        .arg(root().join("docs/stories").join(story))
        .current_dir(root())
        .env("PATH", path.unwrap())
        .env("NEAR_ENV", format!("http://{}", node.addr))
        .env("NEAR_CREDENTIALS_DIR", credentials.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
