//! `keyway key rotate`, killed at every moment at which it waits for the chain, then resumed.

use crate::common::command;
use crate::desk::{Desk, snapshot};
use crate::gate::{Gate, Stall};
use crate::rotation::{files, main_key, on_chain};
use serde_json::Value;
use std::process::{Child, Stdio};
use std::time::Duration;

#[test]
fn killed_at_every_moment_there_is_a_working_key() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    for stall in [Stall::Before, Stall::After] {
        sweep(&desk, stall, &[]);
    }
}

#[test]
fn so_it_is_in_one_transaction() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    for stall in [Stall::Before, Stall::After] {
        sweep(&desk, stall, &["--atomic"]);
    }
}

/// Rotates again and again, killed one request later each time, until it completes.
fn sweep(desk: &Desk, stall: Stall, flags: &[&str]) {
    for nth in 1..200 {
        let before = on_chain(desk, "alice.near");
        let killed = rotate_until(desk, nth, stall, flags);
        check_that_a_key_works(desk, flags.is_empty());
        if !killed {
            assert!(nth > 10, "there were only {nth} requests");
            return;
        }
        resume(desk, flags);
        let after = on_chain(desk, "alice.near");
        assert_eq!(after.len(), 1);
        assert_ne!(before, after);
        assert_eq!(main_key(desk, "alice.near").as_ref(), Some(&after[0]));
        let open = files(desk, "alice.near");
        let open = open.iter().filter(|path| path.extension().is_none_or(|e| e != "retired"));
        assert_eq!(open.count(), 1, "neither a journal nor another secret is left");
    }
    panic!("it does not end");
}

/// Whether it was killed before it completed.
fn rotate_until(desk: &Desk, nth: usize, stall: Stall, flags: &[&str]) -> bool {
    let gate = Gate::new(desk.node.addr, nth, stall);
    let mut command = command([&["key", "rotate", "alice.near"], flags].concat());
    command.arg("--network").arg(format!("http://{}", gate.addr));
    command.arg("--credentials").arg(desk.credentials()).env_remove("NEAR_ENV");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..3_000 {
        if gate.stalled.recv_timeout(Duration::from_millis(10)).is_ok() {
            kill(&mut child);
            return true;
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return false;
        }
    }
    kill(&mut child);
    panic!("request {nth} was never made");
}

/// As `kill -9` does.
fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Every key on the chain has its secret on disk. If each step is proven before the next, that is
/// also true of the key in the one file that older tools read.
#[track_caller]
fn check_that_a_key_works(desk: &Desk, main_too: bool) {
    let chain = on_chain(desk, "alice.near");
    let list = desk.json(&["key", "list", "alice.near"]);
    let at_hand = |key: &&Value| key["at_hand"] == Value::Bool(true);
    assert!(list["keys"].as_array().unwrap().iter().any(|key| at_hand(&key)));
    if main_too {
        assert!(chain.contains(&main_key(desk, "alice.near").unwrap()));
    }
}

/// Resumes, or starts anew if nothing was decided before the kill.
#[track_caller]
fn resume(desk: &Desk, flags: &[&str]) {
    let said = desk.run(&["key", "rotate", "alice.near", "--resume"]);
    if said.stderr.contains("no rotation of alice.near is under way") {
        desk.answer(&[&["key", "rotate", "alice.near"], flags].concat());
        return;
    }
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn what_is_not_finished_is_told_and_can_be_taken_back() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    let said = desk.run(&["key", "rotate", "alice.near", "--resume"]);
    assert_eq!(said.code, 9);
    snapshot("rotate_resume_nothing", &said.whole());
    let before = on_chain(&desk, "alice.near");
    // The first request after which both keys exist and the new one is not proven.
    for nth in 1..200 {
        assert!(rotate_until(&desk, nth, Stall::After, &[]));
        if on_chain(&desk, "alice.near").len() == 2 {
            break;
        }
        let said = desk.run(&["key", "rotate", "alice.near", "--abandon"]);
        assert!(said.code == 0 || said.stderr.contains("no rotation"), "{}", said.stderr);
        assert_eq!(on_chain(&desk, "alice.near"), before);
    }
    let said = desk.run(&["key", "rotate", "alice.near"]);
    assert_eq!(said.code, 9);
    snapshot("rotate_under_way", &said.whole());
    snapshot("rotate_abandon", &desk.answer(&["key", "rotate", "alice.near", "--abandon"]));
    assert_eq!(on_chain(&desk, "alice.near"), before);
    assert_eq!(main_key(&desk, "alice.near").as_ref(), Some(&before[0]));
    assert!(desk.run(&["key", "rotate", "alice.near", "--abandon"]).code == 9);
    desk.answer(&["key", "rotate", "alice.near"]);
}

/// As on a local chain that was reset.
#[test]
fn when_both_keys_are_gone_the_rotation_is_given_up() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    let old = on_chain(&desk, "alice.near").remove(0);
    let journal = desk.credentials().join("localnet/alice.near/.keyway-rotation.json");
    for nth in 1..200 {
        assert!(rotate_until(&desk, nth, Stall::Before, &[]));
        if journal.exists() {
            break;
        }
    }
    let other = keyway::KeyPair::random_ed25519().public_key().to_string();
    desk.answer(&["key", "add", "alice.near", &other, "--full-access"]);
    desk.answer(&["key", "delete", "alice.near", &old, "--yes-lock"]);
    let secrets = files(&desk, "alice.near").len() - 1;
    let resume = desk.run(&["key", "rotate", "alice.near", "--resume"]);
    assert_eq!(resume.code, 9);
    snapshot("rotate_both_gone", &resume.whole());
    let gone = desk.json(&["key", "rotate", "alice.near", "--abandon"]);
    assert_eq!(gone["working_key"], Value::Null);
    assert!(!journal.exists());
    assert_eq!(files(&desk, "alice.near").len(), secrets);
}

/// After a kill, a key that was deleted and added again counted as proven, because of the earlier
/// key.
#[test]
fn a_key_that_is_added_again_proves_itself_again() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    let journal = desk.credentials().join("localnet/alice.near/.keyway-rotation.json");
    let written = || {
        let text = std::fs::read(&journal).ok()?;
        Some(serde_json::from_slice::<Value>(&text).unwrap()["rotation"].clone())
    };
    for nth in 1..200 {
        assert!(rotate_until(&desk, nth, Stall::After, &[]), "it was never proven");
        let proven = written().is_some_and(|rotation| rotation["proven"] == Value::Bool(true));
        if proven && on_chain(&desk, "alice.near").len() == 2 {
            break;
        }
        desk.run(&["key", "rotate", "alice.near", "--abandon"]);
    }
    let new = written().unwrap()["new_key"].as_str().unwrap().to_owned();
    let old = written().unwrap()["old_key"].as_str().unwrap().to_owned();
    desk.answer(&["key", "delete", "alice.near", &new, "--sign-with", &old]);
    for nth in 1..200 {
        assert!(rotate_until(&desk, nth, Stall::After, &["--resume"]), "it was never added");
        if on_chain(&desk, "alice.near").contains(&new) {
            break;
        }
    }
    assert_eq!(written().unwrap()["proven"], Value::Bool(false));
    desk.answer(&["key", "rotate", "alice.near", "--resume"]);
    assert_eq!(on_chain(&desk, "alice.near"), [new]);
}
