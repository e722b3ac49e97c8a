//! `keyway recovery …`

use crate::desk::{Desk, without_gas};
use serde_json::json;

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
    let withdraw = ["recovery", "withdraw", "alice.near", "--sign-with", &helper];
    snapshot("recovery_withdraw", &desk.answer(&withdraw));
    assert_eq!(desk.run(&withdraw).code, 7);
    desk.answer(&recover);
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
    assert_eq!(
        status,
        json!({"helpers": [other], "threshold": 1, "delay_ns": DAY, "requests": []})
    );
}

#[test]
fn two_of_three_helpers_must_agree() {
    let desk = Desk::new();
    let helpers = [(); 3].map(|()| new_key(&desk, "alice.near"));
    let mut install = vec!["recovery", "install", "alice.near", "--delay", "1 day"];
    for helper in &helpers {
        install.extend(["--helper", helper.as_str()]);
    }
    snapshot("recovery_install_three", &desk.answer(&install));
    let new = new_key(&desk, "alice.near");
    let ask = |key: &str, helper: &str| {
        desk.answer(&["recovery", "recover", "alice.near", key, "--sign-with", helper])
    };
    snapshot("recovery_recover_alone", &ask(&new, &helpers[0]));
    ask(&new_key(&desk, "alice.near"), &helpers[1]);
    let finish = ["recovery", "finish", "alice.near", "--payer", "bob.near"];
    desk.fast_forward(300_000);
    let few = desk.run(&finish);
    assert_eq!(few.code, 8);
    snapshot("recovery_finish_too_few", &few.whole());
    ask(&new, &helpers[2]);
    let status = desk.json(&["recovery", "status", "alice.near"]);
    assert_eq!(status["helpers"].as_array().unwrap().len(), 3);
    let request = status["requests"].as_array().unwrap().iter();
    let mut request = request.filter(|request| request["new_public_key"] == json!(new));
    assert_eq!(request.next().unwrap()["asked_by"], json!([helpers[0], helpers[2]]));
    snapshot("recovery_status_together", &desk.answer(&["recovery", "status", "alice.near"]));
    desk.fast_forward(300_000);
    assert_eq!(desk.json(&finish)["public_key"], new);
}

#[test]
fn several_keys_may_be_asked_for() {
    let (desk, helper) = installed();
    let other = new_key(&desk, "alice.near");
    desk.answer(&["recovery", "add-helper", "alice.near", &other]);
    let keys = [&helper, &other].map(|helper| {
        let new = new_key(&desk, "alice.near");
        desk.answer(&["recovery", "recover", "alice.near", &new, "--sign-with", helper]);
        new
    });
    desk.fast_forward(300_000);
    let which = desk.run(&["recovery", "finish", "alice.near", "--payer", "bob.near"]);
    assert_eq!(which.code, 2);
    snapshot("recovery_finish_which", &which.whole());
    let finish = ["recovery", "finish", "alice.near", &keys[1], "--payer", "bob.near"];
    assert_eq!(desk.json(&finish)["public_key"], keys[1]);
}

#[test]
fn a_key_that_nobody_may_ask_for_leaves_nothing_behind() {
    let (desk, helper) = installed();
    let before = desk.files();
    let elsewhere = ["recovery", "recover", "bob.near", "--new-key"];
    assert_eq!(desk.run(&elsewhere).code, 6);
    assert_eq!(desk.files(), before);
    assert_eq!(desk.run(&[&elsewhere[..], &["--send-anyway"]].concat()).code, 7);
    assert_eq!(desk.files(), before);
    desk.answer(&["recovery", "recover", "alice.near", "--new-key", "--sign-with", &helper]);
    assert_eq!(desk.files().len(), before.len() + 1);
}

#[test]
fn helpers_and_threshold_must_fit() {
    let desk = Desk::new();
    let keys: Vec<String> = (0..9).map(|_| new_key(&desk, "alice.near")).collect();
    let whole = |count: usize, more: &[&str]| {
        let mut args = vec!["recovery", "install", "alice.near", "--delay", "1 day"];
        args.extend(keys[..count].iter().flat_map(|key| ["--helper", key.as_str()]));
        args.extend(more);
        desk.run(&args).whole()
    };
    let alone = whole(1, &[]);
    let refused =
        [alone, whole(2, &["--threshold", "3"]), whole(2, &["--threshold", "0"]), whole(9, &[])];
    snapshot("recovery_install_thresholds", &refused.join("\n"));
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

/// Alice's account with recovery installed, and a helper's key here.
fn installed() -> (Desk, String) {
    let desk = Desk::new();
    let helper = new_key(&desk, "alice.near");
    snapshot("recovery_install", &desk.answer(&install("alice.near", &helper, "1 day")));
    (desk, helper)
}

/// With a single trusted helper.
fn install<'a>(account: &'a str, helper: &'a str, delay: &'a str) -> [&'a str; 9] {
    ["recovery", "install", account, "--helper", helper, "--threshold", "1", "--delay", delay]
}

fn new_key(desk: &Desk, account: &str) -> String {
    desk.json(&["key", "generate", account])["public_key"].as_str().unwrap().to_owned()
}

/// Nanoseconds.
const DAY: &str = "86400000000000";
