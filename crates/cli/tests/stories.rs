//! Runs the stories of docs/stories as a user would, with the real binary against a node.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod common;

use common::Node;
use std::env;
use std::fs;
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
fn a_new_key_takes_the_place_of_an_old_one() {
    tell("rotation.sh");
}

#[test]
fn players_without_near_play_a_game() {
    tell("relayer.sh");
}

#[test]
fn all_stories_one_after_the_other_on_one_node() {
    let mut stories: Vec<_> = fs::read_dir(root().join("docs/stories"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "common.sh")
        .collect();
    stories.sort();
    let told = include_str!("stories.rs");
    for name in &stories {
        assert!(told.contains(&format!("tell(\"{name}\")")), "no test runs docs/stories/{name}");
    }
    let (node, credentials) = (Node::start(["run", "--no-ticks"]), tempfile::tempdir().unwrap());
    for story in &stories {
        tell_on(&node, credentials.path(), story);
    }
}

/// Runs a story to its end, on its own node and with its own key files.
#[track_caller]
fn tell(story: &str) {
    let credentials = tempfile::tempdir().unwrap();
    tell_on(&Node::start(["run", "--no-ticks"]), credentials.path(), story);
}

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a story finds `keyway` where a user's shell would")]
fn tell_on(node: &Node, credentials: &Path, story: &str) {
    let keyway = Path::new(env!("CARGO_BIN_EXE_keyway")).parent().unwrap();
    let path = env::join_paths(
        [keyway.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap())),
    );
    let output = Command::new("bash")
        .arg(root().join("docs/stories").join(story))
        .current_dir(root())
        .env("PATH", path.unwrap())
        .env("NEAR_ENV", format!("http://{}", node.addr))
        .env("NEAR_CREDENTIALS_DIR", credentials)
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
