//! Secrets that are printed only once: nothing is paid for one that nobody can read.

use crate::desk::{Desk, Said};
use crate::rotation::on_chain;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

const ADD: [&str; 5] = ["key", "add", "alice.near", "--full-access", "--expose-secret"];
const CREATE: [&str; 10] = [
    "drop",
    "create",
    "drop.near",
    "--funder",
    "alice.near",
    "--links",
    "1",
    "--amount",
    "0.1 NEAR",
    "--print-links",
];

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// Runs the command with a reader that disappears in the middle of the secret.
#[track_caller]
fn half_read(desk: &Desk, args: &[&str]) -> Said {
    let mut command = desk.command(args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut text, mut byte) = (String::new(), [0]);
    // The output may take several writes. A public key has at most 44 characters.
    while text.rsplit_once("ed25519:").is_none_or(|(_, last)| last.len() < 60) {
        stdout.read_exact(&mut byte).unwrap();
        text.push(byte[0].into());
    }
    drop(stdout);
    Said::from(child.wait_with_output().unwrap())
}

/// The chain had a full-access key whose secret was lost, and the exit code was 0.
#[test]
fn no_key_is_added_whose_secret_nobody_reads() {
    let desk = Desk::new();
    let before = on_chain(&desk, "alice.near");
    for (stdout, why) in [(full(), "No space left"), (Stdio::null(), "/dev/null")] {
        let output = desk.command(&ADD).stdout(stdout).output().unwrap();
        let said = Said::from(output);
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains(why), "{}", said.stderr);
        assert_eq!(on_chain(&desk, "alice.near"), before);
    }
    let mut closed = std::process::Command::new("sh");
    let add = desk.command(&ADD);
    closed.args(["-c", "exec \"$@\" >&-", "sh"]).arg(add.get_program()).args(add.get_args());
    closed.env_remove("NEAR_ENV");
    assert_eq!(closed.output().unwrap().status.code(), Some(1));
    assert_eq!(on_chain(&desk, "alice.near"), before);
    // A secret that is kept elsewhere must not be printed to nobody, either.
    let key = desk.json(&["key", "add", "alice.near", "--full-access"])["public_key"].clone();
    let export = ["key", "export", "alice.near", key.as_str().unwrap(), "--expose-secret"];
    assert_eq!(desk.command(&export).stdout(full()).output().unwrap().status.code(), Some(1));
}

#[test]
fn a_secret_whose_reader_left_is_kept() {
    let desk = Desk::new();
    let before = on_chain(&desk, "alice.near").len();
    for args in [&ADD[..], &[&ADD[..], &["--json"]].concat()] {
        let said = half_read(&desk, args);
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains("saved in "), "{}", said.stderr);
    }
    assert_eq!(on_chain(&desk, "alice.near").len(), before + 2);
    let keys = desk.json(&["key", "list", "alice.near"]);
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key["at_hand"] == true), "{keys}");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert!(desk.files().into_iter().all(|file| mode(file) == 0o600));
}

#[test]
fn no_link_is_paid_that_nobody_reads() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "drop.near", "--by", "near", "--balance", "3 NEAR"]);
    let create = [&CREATE[..], &["--yes-deploy"]].concat();
    let links = || desk.json(&["drop", "list", "drop.near"])["links"].as_array().unwrap().len();
    for stdout in [full(), Stdio::null()] {
        let output = desk.command(&create).stdout(stdout).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(links(), 0);
    }
    let said = half_read(&desk, &create);
    assert_eq!((said.code, links()), (1, 1), "{}", said.stderr);
    let kept = said.stderr.split("saved in ").nth(1).unwrap();
    let kept = kept.split(".txt").next().unwrap().to_owned() + ".txt";
    let text = std::fs::read_to_string(&kept).unwrap();
    assert_eq!(text.lines().count(), 1);
    desk.answer(&["drop", "claim", text.lines().next().unwrap(), "--to", "bob.near"]);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
}
