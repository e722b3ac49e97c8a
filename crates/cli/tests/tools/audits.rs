//! `keyway audit`, `keyway blast-radius`

use crate::contracts::{act, harmless};
use crate::desk::{Desk, snapshot};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Adds a new key to `alice.near` and returns it.
#[track_caller]
fn add(desk: &Desk, grant: &[&str]) -> String {
    let added = desk.json(&[&["key", "add", "alice.near"], grant].concat());
    added["public_key"].as_str().unwrap().to_owned()
}

fn file(desk: &Desk, name: &str) -> (PathBuf, String) {
    let path = desk.credentials().join(name);
    let text = path.to_str().unwrap().to_owned();
    (path, text)
}

#[track_caller]
fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn an_audit_tells_what_is_too_wide_and_what_to_do() {
    let desk = Desk::new();
    desk.node.seal();
    add(&desk, &["--contract", "game.near", "--any-function", "--no-allowance-limit"]);
    snapshot("audit", &desk.answer(&["audit", "alice.near"]));
    let audit = desk.json(&["audit", "alice.near"]);
    let rules = audit["audits"][0]["findings"].as_array().unwrap().iter();
    let rules: Vec<&str> = rules.map(|found| found["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["KW001", "KW002", "KW017", "KW005", "KW012", "KW014"]);

    let sarif: Value = serde_json::from_str(&desk.answer(&["audit", "--sarif"])).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), rules.len());
    assert_eq!(results[0]["ruleId"], "KW001");
}

#[test]
fn an_audit_fails_on_what_no_baseline_accepts() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["audit", "alice.near", "--fail-on", "warning"]).code, 0);
    add(&desk, &["--contract", "game.near", "--functions", "play", "--no-allowance-limit"]);
    let said = desk.run(&["audit", "alice.near", "--fail-on", "warning"]);
    assert_eq!(said.code, 12);
    snapshot("audit_fails", &said.stderr);

    let (_, baseline) = file(&desk, "accepted");
    let said = desk.run(&["audit", "alice.near", "--write-baseline", &baseline]);
    assert_eq!(said.code, 0);
    let again = ["audit", "alice.near", "--baseline", &baseline, "--fail-on", "note"];
    assert_eq!(desk.run(&again).code, 0);
    add(&desk, &["--full-access"]);
    assert_eq!(desk.run(&again).code, 12);
    std::fs::write(&baseline, "{}").unwrap();
    let said = desk.run(&again);
    assert_eq!(said.code, 2);
    snapshot("audit_bad_baseline", &said.stderr);
}

#[test]
fn what_was_remembered_tells_which_keys_are_idle() {
    let desk = Desk::new();
    let (remembered, path) = file(&desk, "seen");
    assert_eq!(desk.run(&["audit", "alice.near", "bob.near", "--remember", &path]).code, 0);
    assert_eq!(read(&remembered).as_object().unwrap().len(), 2);
    desk.node.seal();
    desk.answer(&["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    let audit = ["audit", "alice.near", "bob.near", "--earlier", &path, "--idle-after", "1"];
    let audits = desk.json(&audit);
    let idle = |index: usize| {
        let found = audits["audits"][index]["findings"].as_array().unwrap();
        found.iter().any(|found| found["name"] == "idle")
    };
    assert_eq!((idle(0), idle(1)), (false, true));
}

#[test]
fn a_plan_of_deletions_is_written_and_not_sent() {
    let desk = Desk::new();
    let idle =
        ["--contract", "game.near", "--functions", "play", "--gas-key", "2", "--fund", "0.5 NEAR"];
    let idle = add(&desk, &idle);
    let (_, seen) = file(&desk, "seen");
    assert_eq!(desk.run(&["audit", "alice.near", "--remember", &seen]).code, 0);
    desk.node.seal();
    let (plan, path) = file(&desk, "plan");
    let fix = ["audit", "alice.near", "--earlier", &seen, "--idle-after", "1", "--fix", &path];
    let said = desk.run(&fix);
    assert_eq!(said.code, 0);
    snapshot("audit_fix", &said.stderr);
    let actions = read(&plan.join("plan.json"))[0]["transactions"][0]["actions"].clone();
    let amount = "500000000000000000000000";
    let withdraw = json!({"WithdrawFromGasKey": {"public_key": idle, "amount": amount}});
    assert_eq!(actions, json!([withdraw, {"DeleteKey": {"public_key": idle}}]));
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 2);
    // A second plan must not mix with the first.
    assert_eq!(desk.run(&fix).code, 1);

    let first = plan.join("alice.near-1.json");
    let send = ["tx", "send", "alice.near", "alice.near", "--actions", first.to_str().unwrap()];
    assert_eq!(desk.json(&send)["status"], json!("succeeded"));
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);
}

/// Three logins of one app with a key each were all used since the earlier look, and two were
/// planned for deletion.
#[test]
fn a_key_in_use_is_never_planned() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let used: Vec<String> = (0..3).map(|_| add(&desk, &grant)).collect();
    let idle = add(&desk, &grant);
    let (_, seen) = file(&desk, "seen");
    assert_eq!(desk.run(&["audit", "alice.near", "--remember", &seen]).code, 0);
    for key in &used {
        let call = ["--call", "play", "--gas", "10 Tgas", "--send-anyway", "--sign-with", key];
        desk.run(&[&["tx", "send", "alice.near", "game.near"], &call[..]].concat());
    }
    let planned = |name: &str, more: &[&str]| {
        let (plan, path) = file(&desk, name);
        let fix = ["audit", "alice.near", "--idle-after", "1", "--fix", &path];
        let said = desk.run(&[&fix[..], more].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        (read(&plan.join("plan.json"))[0].clone(), said.stderr)
    };
    let (plan, said) = planned("plan", &["--earlier", &seen]);
    let deletions = &plan["transactions"][0]["deletions"];
    assert_eq!(deletions.as_array().unwrap().len(), 1);
    assert_eq!(deletions[0]["public_key"], json!(idle));
    let kept = plan["kept"].as_array().unwrap();
    for key in &used {
        let kept = kept.iter().find(|kept| kept["public_key"] == json!(key)).unwrap();
        assert!(
            kept["because"]["in_use"]["to"].as_u64() > kept["because"]["in_use"]["from"].as_u64()
        );
        assert!(kept["reason"].as_str().unwrap().starts_with("in use: nonce moved from "));
    }
    assert!(said.contains("keep 3 keys: in use: nonces moved since block"), "{said}");
    assert!(said.contains("keyway tx send alice.near alice.near --actions "), "{said}");
    // Without an earlier look it is unknown: a signer may skip to a nonce that looks unused.
    let (plan, said) = planned("blind", &[]);
    assert_eq!(plan["transactions"], json!([]));
    assert!(said.contains("an earlier look at its nonce could"), "{said}");
}

/// A key that was added a moment ago has not been used yet.
#[test]
fn a_key_that_was_just_added_is_not_planned() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let used = add(&desk, &grant);
    add(&desk, &grant);
    let call = ["--call", "play", "--gas", "10 Tgas", "--send-anyway", "--sign-with", &used];
    desk.run(&[&["tx", "send", "alice.near", "game.near"], &call[..]].concat());
    let (plan, path) = file(&desk, "plan");
    assert_eq!(desk.run(&["audit", "alice.near", "--fix", &path]).code, 0);
    assert_eq!(read(&plan.join("plan.json"))[0]["transactions"], json!([]));
}

#[test]
fn a_look_at_another_chain_is_refused() {
    let (desk, other) = (Desk::new(), Desk::new());
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    add(&other, &grant);
    let (_, seen) = file(&desk, "seen");
    assert_eq!(other.run(&["audit", "alice.near", "--remember", &seen]).code, 0);
    add(&desk, &grant);
    desk.fast_forward(10);
    let said = desk.run(&["audit", "alice.near", "--earlier", &seen]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("it is from another chain"), "{}", said.stderr);
}

#[test]
fn many_keys_are_few_lines() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    (0..8).for_each(|_| drop(add(&desk, &grant)));
    desk.fast_forward(5);
    let all = desk.answer(&["audit", "alice.near"]);
    assert!(all.lines().count() < 30, "{all}");
    assert!(all.lines().all(|line| line.chars().count() <= 80 || line.contains('/')), "{all}");
    let summary = desk.answer(&["audit", "alice.near", "--summary"]);
    assert!(summary.contains("note    KW005 never-used"), "{summary}");
    let totals = all.lines().last().unwrap();
    assert_eq!(summary.lines().last().unwrap(), totals);
    let errors = desk.answer(&["audit", "alice.near", "--level", "error"]);
    assert!(!errors.contains("KW0") && errors.ends_with(&format!("{totals}\n")), "{errors}");
    let (_, accepted) = file(&desk, "accepted");
    desk.run(&["audit", "alice.near", "--write-baseline", &accepted]);
    let accepted = desk.answer(&["audit", "alice.near", "--baseline", &accepted]);
    assert!(accepted.ends_with("accepted)\n") && !accepted.contains("KW0"), "{accepted}");
}

#[test]
fn keys_that_fit_no_call_are_found() {
    let desk = Desk::new();
    act(&desk, "bob.near", keyway::deploy(harmless()));
    let found = |contract: &str, functions: &str| {
        let flags = ["--contract", contract, "--functions", functions, "--allowance", "0.25 NEAR"];
        let key = add(&desk, &flags);
        let audit = desk.json(&["audit", "alice.near"]);
        let findings = audit["audits"][0]["findings"].as_array().unwrap().clone();
        let mut own = findings.iter().filter(|it| it["public_key"] == json!(key));
        own.find(|it| it["rule"] == "KW017").map(|it| it["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(found("bob.near", "get"), None);
    let missing = found("bob.near", "add_and_confirm").unwrap();
    assert_eq!(missing, "fits no call: bob.near has no method add_and_confirm");
    assert_eq!(found("carol.near", "get").unwrap(), "fits no call: carol.near has no contract");
    assert_eq!(found("ghost.near", "get").unwrap(), "fits no call: there is no account ghost.near");
}

#[test]
fn an_allowance_above_all_there_is_is_no_limit() {
    let desk = Desk::new();
    let grant = ["--contract", "bob.near", "--functions", "get", "--allowance", "30000000000 NEAR"];
    let key = add(&desk, &grant);
    let audit = desk.json(&["audit", "alice.near"]);
    let first = &audit["audits"][0]["findings"][0];
    assert_eq!((&first["rule"], &first["public_key"]), (&json!("KW001"), &json!(key)));
}

#[test]
fn a_file_without_a_key_on_the_chain_is_a_note() {
    let desk = Desk::new();
    desk.answer(&["key", "generate", "alice.near"]);
    let said = desk.run(&["audit", "alice.near", "--fail-on", "warning"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    assert!(said.stdout.contains("not a key of the account; in"), "{}", said.stdout);
    assert!(!said.stdout.contains("plain text"), "{}", said.stdout);
    // ACCOUNT.json and ACCOUNT/KEY.json are one finding.
    let audit = desk.json(&["audit", "alice.near"]);
    let found = audit["audits"][0]["findings"].as_array().unwrap().iter();
    assert_eq!(found.filter(|it| it["rule"] == "KW013").count(), 1);
}

#[test]
fn nobody_to_audit_and_nobody_there() {
    let desk = Desk::new();
    let said = desk.run(&["audit"]);
    assert_eq!(said.code, 2);
    snapshot("audit_of_nobody", &said.stderr);
    assert_eq!(desk.run(&["audit", "nobody.near"]).code, 8);
}

#[test]
fn a_leaked_key_is_found_where_it_acts() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let leaked = add(&desk, &grant);
    snapshot("blast_radius", &desk.answer(&["blast-radius", &leaked]));
    let radius = desk.json(&["blast-radius", &leaked]);
    assert_eq!(radius["accounts"][0]["at_risk"], json!("250000000000000000000000"));
    assert_eq!(radius["accounts"][0]["control"], json!("none"));

    let everything = desk.json(&["key", "list", "bob.near"])["keys"][0]["public_key"].clone();
    let everything = everything.as_str().unwrap();
    snapshot("blast_radius_of_full_access", &desk.answer(&["blast-radius", everything]));
    let made = desk.json(&["key", "generate", "carol.near"]);
    let of_file = desk.answer(&["blast-radius", made["file"].as_str().unwrap()]);
    snapshot("blast_radius_of_a_file", &of_file);
}

#[test]
fn every_file_of_a_stolen_machine_is_looked_at() {
    let desk = Desk::new();
    add(&desk, &["--full-access"]);
    let bob = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    desk.json(&[&["key", "add", "bob.near"][..], &bob].concat());
    let all = desk.json(&["blast-radius", "--all"]);
    let names: Vec<&str> = all["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["account_id"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["alice.near", "bob.near"]);
    let place = desk.credentials().to_str().unwrap();
    assert_eq!(desk.json(&["blast-radius", place])["accounts"], all["accounts"]);
    let text = desk.answer(&["blast-radius", "--all"]);
    assert!(text.contains("      keyway key delete bob.near ed25519:"), "{text}");
    assert!(text.contains("--sign-with ed25519:"), "{text}");
    // Commands to copy named the local chain, whichever one was in use.
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("  keyway key rotate --all --network http://127.0.0.1:"), "{text}");

    let empty = tempfile::tempdir().unwrap();
    let said = desk.run(&["blast-radius", empty.path().to_str().unwrap()]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("no file below that directory contains a key"), "{}", said.stderr);
}

#[test]
fn an_implicit_account_that_is_gone_comes_back_with_its_first_key() {
    let desk = Desk::new();
    let old = keyway::KeyPair::random_ed25519().public_key().to_string();
    let told = desk.answer(&["blast-radius", &old]);
    assert!(told.contains("whoever pays to it gives it to this key"), "{told}");
    let radius = desk.json(&["blast-radius", &old]);
    assert_eq!(radius["named_after"][0]["exists"], json!(false));
}

#[test]
fn what_is_no_public_key_is_not_quoted() {
    let desk = Desk::new();
    let secret = near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, "x").to_string();
    let said = desk.run(&["blast-radius", &secret]);
    assert_eq!(said.code, 2);
    assert!(!said.stderr.contains(&secret[8..20]), "{}", said.stderr);
    snapshot("blast_radius_of_nothing", &said.stderr);
}

#[test]
fn the_least_key_is_what_an_app_did() {
    let desk = Desk::new();
    for function in ["score", "play", "play"] {
        let call = [
            "tx",
            "send",
            "alice.near",
            "game.near",
            "--call",
            function,
            "--gas",
            "10 Tgas",
            "--send-anyway",
        ];
        desk.run(&call);
    }
    desk.answer(&["tx", "send", "alice.near", "bob.near", "--transfer", "1 NEAR"]);
    snapshot("key_least", &desk.answer(&["key", "least", "alice.near"]));
    let least = desk.json(&["key", "least", "alice.near"]);
    assert_eq!(least["keys"][0]["methods"], json!(["play", "score"]));
    assert_eq!(least["keys"][0]["calls"], json!(3));
    assert_eq!(least["beyond"][0]["because"], json!("RequiresFullAccess"));
    let newest = desk.json(&["key", "least", "alice.near", "--blocks", "1"]);
    assert_eq!(newest["from_block"], newest["to_block"]);
    let nothing = desk.json(&["key", "least", "bob.near"]);
    assert_eq!(nothing["transactions"], json!(0));
    assert_eq!(desk.run(&["key", "least", "ghost.near"]).code, 8);
    let transfer = least["beyond"][0]["hash"].as_str().unwrap();
    assert_eq!(desk.json(&["tx", "show", transfer, "alice.near"])["status"], json!("succeeded"));
}

#[test]
fn a_method_that_a_shell_would_run_stands_in_no_command() {
    let desk = Desk::new();
    for (account, evil) in [
        ("alice.near", "x'; touch PWNED; '"),
        ("bob.near", "play,quit"),
        ("carol.near", "--full-access"),
        ("dave.near", "play\n"),
    ] {
        let method = format!("--call={evil}");
        desk.run(&[
            "tx",
            "send",
            account,
            "game.near",
            &method,
            "--gas",
            "10 Tgas",
            "--send-anyway",
        ]);
        let told = desk.answer(&["key", "least", account]);
        assert!(told.contains("no command is shown"), "{told}");
        assert!(!told.contains("keyway key add"), "{told}");
    }
}

#[test]
fn accounts_that_are_not_there_are_skipped_unless_they_were_named() {
    let desk = Desk::new();
    desk.answer(&["key", "generate", "alice.near"]);
    desk.answer(&["key", "generate", "nobody.near"]);
    let said = desk.run(&["audit"]);
    assert_eq!(said.code, 0);
    snapshot("audit_skips", &said.stderr);
    assert!(said.stdout.contains("alice.near") && !said.stdout.contains("nobody.near"));
    assert_eq!(desk.run(&["audit", "nobody.near"]).code, 8);
    let alone = Desk::new();
    alone.answer(&["key", "generate", "nobody.near"]);
    assert_eq!(alone.run(&["audit"]).code, 2);
}

#[test]
fn what_accepts_everything_neither_fails_nor_plans() {
    let desk = Desk::new();
    let (_, accepted) = file(&desk, "accepted");
    let accept = ["audit", "alice.near", "--write-baseline", &accepted];
    for more in [["--fail-on", "note"], ["--fix", "plan"]] {
        assert_eq!(desk.run(&[&accept[..], &more].concat()).code, 2, "{more:?}");
    }
}

#[test]
fn a_contract_that_signs_can_be_named() {
    let desk = Desk::new();
    let grant = ["--contract", "votes.near", "--functions", "vote", "--allowance", "0.25 NEAR"];
    let key = add(&desk, &grant);
    let named = ["--signer-contract", "votes.near"];
    let rules = |more: &[&str]| {
        let audit = desk.json(&[&["audit", "alice.near"], more].concat());
        audit["audits"][0]["findings"].to_string().contains("KW008")
    };
    assert!(rules(&named) && !rules(&[]));
    let control = |more: &[&str]| {
        let radius =
            desk.json(&[&["blast-radius", &key, "--account", "alice.near"], more].concat());
        radius["accounts"].to_string()
    };
    assert_ne!(control(&named), control(&[]));
}

#[test]
fn the_least_key_for_one_key_is_of_what_that_signed() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "1 NEAR"];
    let app = add(&desk, &grant);
    let call =
        ["tx", "send", "alice.near", "game.near", "--send-anyway", "--gas", "10 Tgas", "--call"];
    desk.run(&[&call[..], &["play", "--sign-with", &app]].concat());
    desk.run(&[&call[..], &["deal", "--deposit", "1 yoctoNEAR"]].concat());
    let least = desk.json(&["key", "least", "alice.near", "--signed-with", &app]);
    assert_eq!(least["transactions"], json!(1));
    assert_eq!(least["keys"][0]["methods"], json!(["play"]));
    assert_eq!(least["beyond"], json!([]));
}

/// A file of another account, or of none, was accepted silently.
#[test]
fn an_earlier_look_at_something_else_is_refused() {
    let desk = Desk::new();
    let (path, earlier) = file(&desk, "earlier");
    for other in ["{}".to_owned(), String::new(), "[]".to_owned()] {
        std::fs::write(&path, &other).unwrap();
        let said = desk.run(&["audit", "alice.near", "--earlier", &earlier]);
        assert_eq!(said.code, 2, "{other:?}: {}", said.stderr);
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(desk.run(&["audit", "bob.near", "--remember", &earlier]).code, 0);
    let said = desk.run(&["audit", "alice.near", "--earlier", &earlier]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("it covers bob.near"), "{}", said.stderr);
    let both = desk.run(&["audit", "alice.near", "bob.near", "--earlier", &earlier]);
    assert_eq!(both.code, 0);
    assert!(
        both.stderr.contains("warning: --earlier does not cover alice.near"),
        "{}",
        both.stderr
    );
}
