//! `keyway recovery …`

use crate::desk::{Desk, without_gas};
use serde_json::{Value, json};

#[test]
fn a_helper_gives_the_account_back() {
    let (desk, helper) = installed();
    snapshot("recovery_status", &desk.answer(&["recovery", "status", "alice.near"]));
    let new = new_key(&desk, "alice.near");
    let started = desk.answer(&["recovery", "recover", "alice.near", &new, "--sign-with", &helper]);
    snapshot("recovery_recover", &started);
    snapshot("recovery_status_under_way", &desk.answer(&["recovery", "status", "alice.near"]));
    let finish = ["recovery", "finish", "alice.near", "--payer", "bob.near"];
    let early = desk.run(&finish);
    assert_eq!(early.code, 1);
    snapshot("recovery_finish_early", &early.whole());
    desk.fast_forward(300_000);
    snapshot("recovery_finish", &desk.answer(&finish));
    let pay = ["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR", "--sign-with", &new];
    desk.answer(&pay);
    let again = desk.run(&finish);
    assert_eq!(again.code, 8);
    snapshot("recovery_finish_again", &again.whole());
}

#[test]
fn the_owner_cancels_and_changes_helpers() {
    let (desk, helper) = installed();
    let cancel = ["recovery", "cancel", "alice.near"];
    let nothing = desk.run(&cancel);
    assert_eq!(nothing.code, 7);
    snapshot("recovery_cancel_nothing", &nothing.whole());
    let recover = ["recovery", "recover", "alice.near", "--new-key", "--sign-with", &helper];
    snapshot("recovery_recover_new_key", &desk.answer(&recover));
    snapshot("recovery_recover_twice", &desk.run(&recover).whole());
    snapshot("recovery_cancel", &desk.answer(&cancel));

    let other = new_key(&desk, "alice.near");
    let add = ["recovery", "add-helper", "alice.near", &other];
    snapshot("recovery_add_helper", &desk.answer(&add));
    let twice = desk.run(&add);
    assert_eq!(twice.code, 7);
    snapshot("recovery_add_helper_twice", &twice.whole());
    let remove = ["recovery", "remove-helper", "alice.near", &helper];
    snapshot("recovery_remove_helper", &desk.answer(&remove));
    let status = desk.json(&["recovery", "status", "alice.near"]);
    assert_eq!(status, json!({"helpers": [other], "delay_ns": DAY, "pending": Value::Null}));
}

#[test]
fn a_helpers_key_cancels_nothing() {
    let (desk, helper) = installed();
    let said = desk.run(&["recovery", "cancel", "alice.near", "--sign-with", &helper]);
    assert_eq!(said.code, 9);
    snapshot("recovery_cancel_by_helper", &said.whole());
}

#[test]
fn what_would_be_lost_or_watched_by_nobody_is_refused() {
    let (desk, helper) = installed();
    let again = desk.run(&install("alice.near", &helper, "1 day"));
    assert_eq!(again.code, 1);
    snapshot("recovery_install_again", &again.whole());
    let short = desk.run(&install("bob.near", &helper, "23 hours"));
    assert_eq!(short.code, 7);
    snapshot("recovery_install_short", &short.whole());
    let none = desk.run(&["recovery", "status", "bob.near"]);
    assert_eq!(none.code, 8);
    snapshot("recovery_status_of_none", &none.whole());
}

fn snapshot(name: &str, text: &str) {
    crate::desk::snapshot(name, &without_gas(text));
}

/// Alice's account with recovery, and a helper's key that is at hand.
fn installed() -> (Desk, String) {
    let desk = Desk::new();
    let helper = new_key(&desk, "alice.near");
    snapshot("recovery_install", &desk.answer(&install("alice.near", &helper, "1 day")));
    (desk, helper)
}

fn install<'a>(account: &'a str, helper: &'a str, delay: &'a str) -> [&'a str; 7] {
    ["recovery", "install", account, "--helper", helper, "--delay", delay]
}

fn new_key(desk: &Desk, account: &str) -> String {
    desk.json(&["key", "generate", account])["public_key"].as_str().unwrap().to_owned()
}

/// Nanoseconds.
const DAY: &str = "86400000000000";
