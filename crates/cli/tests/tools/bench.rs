//! `keyway bench`, with a minimal load.

use crate::common::{Node, at};
use crate::desk::{Desk, snapshot};
use serde_json::{Value, json};

const SMALL: [&str; 4] = ["--accounts", "4", "--connections", "3"];

fn bench(desk: &Desk, more: &[&str]) -> Value {
    desk.json(&[&["bench"], &SMALL[..], more].concat())
}

#[test]
fn every_workload_is_executed() {
    let desk = Desk::new();
    for workload in ["transfers", "calls", "mixed"] {
        for wait in ["included", "executed", "final"] {
            let args = ["--workload", workload, "--wait", wait, "--transactions", "13"];
            let report = bench(&desk, &args);
            assert_eq!(report["executed"], 13, "{report}");
            assert_eq!(report["refused"], json!({}), "{report}");
            assert!(report["latency"]["p50"].as_f64().unwrap() > 0.0, "{report}");
        }
    }
}

#[test]
fn a_time_may_be_given_instead_of_a_number() {
    let report = bench(&Desk::new(), &["--duration", "1"]);
    assert!(report["executed"].as_u64().unwrap() > 0, "{report}");
    assert_eq!((&report["signed_meanwhile"], &report["refused"]), (&json!(true), &json!({})));
}

#[test]
fn people_are_told_in_words() {
    let desk = Desk::new();
    let told = desk.answer(&[&["bench", "--transactions", "5"], &SMALL[..]].concat());
    snapshot("bench", &without_figures(&told));
    snapshot("bench_help", &desk.answer(&["bench", "--help"]));
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let desk = Desk::new();
    let few = desk.run(&["bench", "--accounts", "2", "--connections", "3"]);
    assert_eq!(few.code, 2, "{}", few.whole());
    assert!(few.stderr.contains("raise --accounts"), "{}", few.stderr);
    let poor = desk.run(&["bench", "--from", "alice.near", "--fund", "9999999 NEAR"]);
    assert_eq!(poor.code, 6, "{}", poor.whole());
}

/// `--from` and `--key-file` together panicked, because two arguments had the same name.
#[test]
fn the_payer_may_be_named_with_its_key() {
    let desk = Desk::new();
    let key = desk.credentials().join("alice-key.json");
    let key = key.to_str().unwrap();
    let listed = desk.json(&["key", "list", "alice.near"]);
    let public_key = listed["keys"][0]["public_key"].as_str().unwrap();
    desk.answer(&["key", "export", "alice.near", public_key, "--file", key]);
    for payer in [&["--from", "alice.near", "--key-file", key][..], &["--key-file", key]] {
        let report = bench(&desk, &[&["--transactions", "5"], payer].concat());
        assert_eq!(report["executed"], 5, "{report}");
    }
    let few = ["--transactions", "5", "--from", "alice.near", "--fund", "2 NEAR"];
    assert_eq!(bench(&desk, &few)["executed"], 5);
}

/// On a home created by plain `init`, no account was found to pay.
#[test]
fn a_home_needs_no_payer_to_be_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(at(dir.path(), ["init"]).status.success());
    let mut desk = Desk::new();
    desk.node = Node::on(dir.path());
    assert_eq!(bench(&desk, &["--transactions", "5"])["executed"], 5);
    let key = dir.path().join("validator_key.json");
    let report = bench(&desk, &["--transactions", "5", "--key-file", key.to_str().unwrap()]);
    assert_eq!(report["executed"], 5, "{report}");
}

/// One `#` for each number.
fn without_figures(text: &str) -> String {
    let mut masked = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if masked.ends_with('#') => {}
            true => masked.push('#'),
            false => masked.push(c),
        }
    }
    masked.replace("#.#", "#")
}
