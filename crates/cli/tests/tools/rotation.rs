//! `keyway key rotate`

use crate::desk::{Desk, snapshot};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Public keys of an account on the chain.
pub(crate) fn on_chain(desk: &Desk, account: &str) -> Vec<String> {
    let params = json!({
        "request_type": "view_access_key_list", "finality": "optimistic", "account_id": account
    });
    let list = desk.node.call("query", params);
    let key = |key: &Value| key["public_key"].as_str().unwrap().to_owned();
    list["keys"].as_array().unwrap().iter().map(key).collect()
}

/// The public key in `ACCOUNT.json`.
pub(crate) fn main_key(desk: &Desk, account: &str) -> Option<String> {
    let path = desk.credentials().join(format!("localnet/{account}.json"));
    let text = std::fs::read(path).ok()?;
    let file: Value = serde_json::from_slice(&text).unwrap();
    Some(file["public_key"].as_str().unwrap().to_owned())
}

/// The files in an account's directory of key files.
pub(crate) fn files(desk: &Desk, account: &str) -> Vec<PathBuf> {
    let directory = std::fs::read_dir(desk.credentials().join("localnet").join(account));
    let mut files: Vec<_> =
        directory.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[track_caller]
fn is_private(path: &std::path::Path) {
    let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[test]
fn a_new_key_takes_the_place_of_the_one_at_hand() {
    let desk = Desk::new();
    let before = on_chain(&desk, "alice.near");
    snapshot("rotate", &desk.answer(&["key", "rotate", "alice.near"]));
    let first = on_chain(&desk, "alice.near");
    assert_eq!(first.len(), 1);
    assert_ne!(first, before);
    assert_eq!(main_key(&desk, "alice.near").as_ref(), Some(&first[0]));

    // Now the old key has files.
    snapshot("rotate_again", &desk.answer(&["key", "rotate", "alice.near"]));
    let second = on_chain(&desk, "alice.near");
    assert_ne!(first, second);
    assert_eq!(main_key(&desk, "alice.near").as_ref(), Some(&second[0]));
    let kept = files(&desk, "alice.near");
    assert_eq!(kept.iter().filter(|path| path.extension().unwrap() == "retired").count(), 1);
    assert_eq!(kept.iter().filter(|path| path.extension().unwrap() == "json").count(), 1);
    kept.iter().for_each(|path| is_private(path));
    is_private(&desk.credentials().join("localnet/alice.near.json"));
}

#[test]
fn the_old_secret_is_forgotten_when_asked() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    let answer = desk.json(&["key", "rotate", "alice.near", "--forget-old"]);
    let steps: Vec<_> = answer["done"].as_array().unwrap().iter().map(|d| &d["step"]).collect();
    assert_eq!(
        steps,
        ["kept", "added", "proven_by_transaction", "main_file", "deleted", "forgotten"]
    );
    assert_eq!(answer["working_key"], answer["new_key"]);
    assert_eq!(files(&desk, "alice.near").len(), 1);
    assert!(!answer.to_string().contains("private_key"));
}

#[test]
fn both_keys_change_in_one_transaction() {
    let desk = Desk::new();
    snapshot("rotate_atomic", &desk.answer(&["key", "rotate", "alice.near", "--atomic"]));
    assert_eq!(on_chain(&desk, "alice.near").len(), 1);
    assert_eq!(main_key(&desk, "alice.near").as_ref(), Some(&on_chain(&desk, "alice.near")[0]));
}

#[test]
fn a_post_quantum_key_replaces_and_is_replaced() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near", "--curve", "ml-dsa-65"]);
    assert!(on_chain(&desk, "alice.near")[0].starts_with("ml-dsa-65-hash:"));
    // The new key is of the same type unless another one is given.
    desk.answer(&["key", "rotate", "alice.near"]);
    assert!(on_chain(&desk, "alice.near")[0].starts_with("ml-dsa-65-hash:"));
    assert_eq!(on_chain(&desk, "alice.near").len(), 1);
}

#[test]
fn a_key_for_an_app_is_replaced_by_its_like() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let app = added["public_key"].as_str().unwrap();
    let rotated = desk.answer(&["key", "rotate", "alice.near", app]);
    snapshot("rotate_app", &rotated);
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys = list["keys"].as_array().unwrap();
    let new = keys.iter().find(|key| key["access"] == "function_call").unwrap();
    assert_ne!(new["public_key"], json!(app));
    assert_eq!(new["functions"], json!(["play"]));
    // It paid for its own proof.
    let left: u128 = new["allowance"].as_str().unwrap().parse().unwrap();
    assert!((249_000_000_000_000_000_000_000..250_000_000_000_000_000_000_000).contains(&left));
    assert_eq!((keys.len(), &new["at_hand"]), (2, &json!(true)));
}

#[test]
fn the_last_full_access_key_is_not_replaced_by_less() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--any-function", "--no-allowance-limit"];
    let said = desk.run(&[&["key", "rotate", "alice.near"][..], &grant].concat());
    assert_eq!(said.code, 9);
    snapshot("rotate_to_less", &said.whole());
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    let said = desk.run(&["key", "rotate", "nobody.near"]);
    assert_eq!(said.code, 6);
}

/// The chain has another full-access key, but no key here could delete the old one.
#[test]
fn a_rotation_that_could_not_end_does_not_begin() {
    let desk = Desk::new();
    let other = keyway::KeyPair::random_ed25519().public_key().to_string();
    desk.answer(&["key", "add", "alice.near", &other, "--full-access"]);
    let before = on_chain(&desk, "alice.near");
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "1 NEAR"];
    let rotate = [&["key", "rotate", "alice.near"][..], &grant].concat();
    let said = desk.run(&rotate);
    assert_eq!(said.code, 9);
    snapshot("rotate_nobody_deletes", &said.whole());
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    assert_eq!(on_chain(&desk, "alice.near"), before);
    let empty =
        [&["key", "rotate", "alice.near", "--full-access"][..], &["--gas-key", "2"]].concat();
    assert_eq!(desk.run(&empty).code, 9);
    // In one transaction the old key deletes itself.
    desk.answer(&[&rotate[..], &["--atomic"]].concat());
    assert_eq!(on_chain(&desk, "alice.near").len(), 2);
}

#[test]
fn what_is_on_a_gas_key_is_not_burnt() {
    let desk = Desk::new();
    let grant = ["--full-access", "--gas-key", "2", "--fund", "3 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = added["public_key"].as_str().unwrap();
    let said = desk.run(&["key", "rotate", "alice.near", key, "--atomic"]);
    assert_eq!(said.code, 9);
    snapshot("rotate_gas_key_atomic", &said.whole());
    desk.answer(&["key", "rotate", "alice.near", key]);
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys = list["keys"].as_array().unwrap();
    let new = keys.iter().find(|key| !key["gas_key"].is_null()).unwrap();
    assert_eq!(new["gas_key"]["rows"], json!(2));
    let left: u128 = new["gas_key"]["balance"].as_str().unwrap().parse().unwrap();
    // It paid for its own proof.
    assert!((2_990_000_000_000_000_000_000_000..3_000_000_000_000_000_000_000_000).contains(&left));
    assert_eq!(keys.len(), 2);
}

const PASSPHRASE: [(&str, &str); 1] = [("KEYWAY_PASSPHRASE", "correct horse")];

/// A new account whose only key is in an encrypted file.
fn encrypted_account(desk: &Desk) {
    let create = ["account", "create", "old.alice.near", "--balance", "2 NEAR"];
    let create = [&create[..], &["--to", "encrypted"]].concat();
    assert_eq!(desk.run_with(&create, &PASSPHRASE).code, 0);
}

/// The number of the account's files with this ending.
fn ending_with(desk: &Desk, end: &str) -> usize {
    let files = files(desk, "old.alice.near");
    files.iter().filter(|path| path.to_str().unwrap().ends_with(end)).count()
}

#[test]
fn an_encrypted_secret_is_set_aside_or_removed_where_it_is() {
    let desk = Desk::new();
    encrypted_account(&desk);
    let rotate = ["key", "rotate", "old.alice.near", "--encrypted"];
    let said = desk.run_with(&rotate, &PASSPHRASE);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains(".sealed.retired"), "{}", said.stdout);
    assert_eq!((ending_with(&desk, ".sealed"), ending_with(&desk, ".sealed.retired")), (1, 1));

    let forget = [&rotate[..], &["--to", "files", "--forget-old"]].concat();
    let said = desk.run_with(&forget, &PASSPHRASE);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!((ending_with(&desk, ".sealed"), ending_with(&desk, ".json")), (0, 1));
}

#[test]
fn a_key_file_or_a_variable_stays_and_the_answer_says_so() {
    let desk = Desk::new();
    desk.answer(&["key", "rotate", "alice.near"]);
    let file = desk.credentials().join("elsewhere.json");
    std::fs::rename(desk.credentials().join("localnet/alice.near.json"), &file).unwrap();
    std::fs::remove_dir_all(desk.credentials().join("localnet/alice.near")).unwrap();
    let rotate = ["key", "rotate", "alice.near", "--key-file", file.to_str().unwrap()];
    let said = desk.run(&rotate);
    assert_eq!(said.code, 2, "the new secret would be somewhere unsaid");
    snapshot("rotate_to_nowhere", &said.whole());
    let forget = [&rotate[..], &["--to", "files", "--forget-old"]].concat();
    snapshot("rotate_stays", &desk.answer(&forget));
    assert!(file.exists());

    let text: Value = serde_json::from_slice(
        &std::fs::read(desk.credentials().join("localnet/alice.near.json")).unwrap(),
    )
    .unwrap();
    let secret = text["private_key"].as_str().unwrap();
    std::fs::remove_file(desk.credentials().join("localnet/alice.near.json")).unwrap();
    std::fs::remove_dir_all(desk.credentials().join("localnet/alice.near")).unwrap();
    let rotate = ["key", "rotate", "alice.near", "--key-env", "ALICE", "--to", "files", "--json"];
    let said = desk.run_with(&rotate, &[("ALICE", secret)]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("the variable ALICE"), "{}", said.stdout);
    assert!(!said.stdout.contains("forgotten"), "{}", said.stdout);
}

/// With app keys the README's command failed, because two keys were found.
#[test]
fn of_several_keys_the_one_with_full_access_is_replaced() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let app = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let own = on_chain(&desk, "alice.near");
    let rotated = desk.json(&["key", "rotate", "alice.near"]);
    assert!(own.contains(&rotated["old_key"].as_str().unwrap().to_owned()));
    assert_ne!(rotated["old_key"], app["public_key"]);
    let gas = ["--full-access", "--gas-key", "2", "--fund", "1 NEAR"];
    desk.answer(&[&["key", "add", "alice.near"][..], &gas].concat());
    let again = desk.json(&["key", "rotate", "alice.near"]);
    assert_eq!(again["old_key"], rotated["new_key"]);

    desk.answer(&["key", "add", "alice.near", "--full-access"]);
    let said = desk.run(&["key", "rotate", "alice.near"]);
    assert_eq!(said.code, 9);
    snapshot("rotate_which", &said.whole());
}
