//! `keyway bench`, with as little load as can be.

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
