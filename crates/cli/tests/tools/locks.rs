//! `keyway locked` and `keyway account lock`

use crate::contracts::{act, back_door, harmless};
use crate::desk::{Desk, snapshot};
use keyway::{add_full_access_gas_key, call, deploy, fund_gas_key, use_global_by_account};
use serde_json::json;

const KEY_OF_SOMEBODY: [u8; 32] = [7; 32];

#[test]
fn an_account_with_a_key_is_not_locked() {
    let desk = Desk::new();
    snapshot("locked_not", &desk.answer(&["locked", "alice.near"]));
    assert_eq!(desk.json(&["locked", "alice.near"])["verdict"], json!("not_locked"));
    assert_eq!(desk.run(&["locked", "nobody.near"]).code, 8);
}

/// A verdict can be repeated only if its basis is known.
#[test]
fn a_verdict_names_chain_block_code_and_program() {
    let desk = Desk::new();
    act(&desk, "alice.near", deploy(harmless()));
    let one = desk.json(&["locked", "alice.near"]);
    assert_eq!((&one["chain_id"], &one["verdict"]), (&json!("localnet"), &json!("not_locked")));
    assert!(one["block_height"].is_u64() && one["block_hash"].is_string());
    assert_eq!(one["program_version"], json!(env!("CARGO_PKG_VERSION")));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("contract.wasm");
    std::fs::write(&file, harmless()).unwrap();
    let of_file = desk.json(&["locked", "--wasm", file.to_str().unwrap()]);
    assert_eq!(of_file["code_hash"], one["code_hash"]);
    assert_eq!(one["code_hash"], one["contract"]["code_hash"]);

    let two = desk.json(&["locked", "alice.near", "bob.near"]);
    let accounts = two["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts[0]["block_hash"], accounts[1]["block_hash"]);
    let said = desk.run(&["locked", "alice.near", "bob.near", "--require-sealed"]);
    assert_eq!(said.code, 12);
    assert!(said.stderr.contains("bob.near: not locked"), "{}", said.stderr);
}

#[test]
fn what_a_lock_would_freeze_is_shown_before() {
    let desk = Desk::new();
    act(&desk, "alice.near", deploy(harmless()));
    let said = desk.run(&["account", "lock", "alice.near", "--dry-run"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    assert!(said.stdout.contains("frozen for ever"), "{}", said.stdout);
    snapshot("account_lock_dry_run", &said.whole());
    assert_eq!(desk.json(&["locked", "alice.near"])["verdict"], json!("not_locked"));
    let unasked = desk.run(&["account", "lock", "alice.near"]);
    assert_eq!(unasked.code, 10);
    assert!(unasked.stderr.contains("frozen for ever"), "{}", unasked.stderr);
}

/// The verdict proves true: someone without a key of the account adds one.
#[test]
fn a_lock_with_a_back_door_is_called_one_and_is_one() {
    let desk = Desk::new();
    act(&desk, "alice.near", deploy(back_door(&KEY_OF_SOMEBODY)));
    let said = desk.run(&["account", "lock", "alice.near"]);
    assert_eq!(said.code, 10);
    snapshot("account_lock_with_back_door", &said.whole());

    let locked = desk.json(&["account", "lock", "alice.near", "--yes-lock"]);
    assert_eq!(locked["verdict"], json!("can_add_keys"));
    assert_eq!(locked["deleted"].as_array().unwrap().len(), 1);
    snapshot("locked_with_back_door", &desk.answer(&["locked", "alice.near"]));

    act(&desk, "bob.near", call("alice.near", "unlock"));
    assert_eq!(desk.json(&["locked", "alice.near"])["verdict"], json!("not_locked"));
}

#[test]
fn a_sealed_account_is_sealed() {
    let desk = Desk::new();
    act(&desk, "alice.near", deploy(harmless()));
    let app = ["--contract", "alice.near", "--functions", "get", "--allowance", "0.25 NEAR"];
    desk.answer(&[&["key", "add", "alice.near"][..], &app].concat());
    let said = desk.run(&["account", "lock", "alice.near", "--yes-lock"]);
    assert_eq!(said.code, 0);
    snapshot("account_lock", &said.whole());
    let locked = desk.json(&["locked", "alice.near"]);
    assert_eq!(locked["verdict"], json!("sealed"));
    assert_eq!(locked["call_keys"][0]["own_contract"], json!(true));
    // The second time there is nothing left to do.
    let again = desk.json(&["account", "lock", "alice.near"]);
    assert_eq!((&again["deleted"], &again["verdict"]), (&json!([]), &json!("sealed")));
}

#[test]
fn every_key_goes_when_it_is_said() {
    let desk = Desk::new();
    let app = ["--contract", "game.near", "--any-function", "--no-allowance-limit"];
    desk.answer(&[&["key", "add", "alice.near"][..], &app].concat());
    let gas_key = keyway::KeyPair::random_ed25519();
    act(&desk, "alice.near", add_full_access_gas_key(gas_key.public_key(), 2));
    let half = keyway::parse_near("0.5 NEAR").unwrap();
    act(&desk, "alice.near", fund_gas_key(gas_key.public_key(), half));

    let lock = ["account", "lock", "alice.near", "--every-key", "--yes-lock"];
    let before = desk.json(&["key", "list", "alice.near"])["keys"].clone();
    let would = desk.json(&["account", "lock", "alice.near", "--every-key", "--dry-run"]);
    assert_eq!((&would["dry_run"], &would["verdict"]), (&json!(true), &json!("sealed")));
    assert_eq!(would["would_delete"].as_array().unwrap().len(), 3);
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"], before);
    let said = desk.run(&lock);
    assert_eq!(said.code, 10);
    assert!(said.stderr.contains("have 0.5 NEAR, which will be burnt"), "{}", said.stderr);
    let locked = desk.json(&[&lock[..], &["--yes-burn"]].concat());
    assert_eq!(locked["verdict"], json!("sealed"));
    assert_eq!(locked["deleted"].as_array().unwrap().len(), 3);
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"], json!([]));
}

#[test]
fn more_keys_than_a_transaction_deletes_are_deleted_in_several() {
    let desk = Desk::new();
    for _ in 0..2 {
        let intent = (0..60).fold(keyway::Intent::on_self(), |intent, _| {
            let key = keyway::KeyPair::random_ed25519();
            intent.then(keyway::add_full_access_key(key.public_key()))
        });
        act(&desk, "alice.near", intent);
    }
    let locked = desk.json(&["account", "lock", "alice.near", "--yes-lock"]);
    assert_eq!(locked["deleted"].as_array().unwrap().len(), 121);
    assert_eq!(locked["sent"].as_array().unwrap().len(), 2);
    assert_eq!(locked["verdict"], json!("sealed"));
}

/// Every key is here, and only one may delete the others: it is deleted in the last transaction.
#[test]
fn the_key_that_deletes_the_others_goes_last() {
    let desk = Desk::new();
    let files = keyway::keys::FileKeys::new(desk.credentials(), "localnet").unwrap();
    let alice = "alice.near".parse().unwrap();
    for _ in 0..2 {
        let intent = (0..60).fold(keyway::Intent::on_self(), |intent, _| {
            let key = keyway::KeyPair::random_ed25519();
            files.save_beside(&alice, &key).unwrap();
            let app = keyway::add_function_call_key(key.public_key(), "game.near");
            intent.then(app.any_function().gas_budget(keyway::GasBudget::Unlimited))
        });
        act(&desk, "alice.near", intent);
    }
    let locked =
        desk.json(&["account", "lock", "alice.near", "--every-key", "--yes-lock", "--yes-burn"]);
    assert_eq!(locked["deleted"].as_array().unwrap().len(), 121);
    assert_eq!(locked["verdict"], json!("sealed"));
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"], json!([]));
}

#[test]
fn a_long_key_is_deleted_where_its_secret_is_at_hand() {
    let desk = Desk::new();
    desk.answer(&["key", "add", "alice.near", "--full-access", "--curve", "ml-dsa-65"]);
    let locked = desk.json(&["account", "lock", "alice.near", "--yes-lock"]);
    assert_eq!(locked["deleted"].as_array().unwrap().len(), 2);

    let elsewhere = keyway::KeyPair::random_ml_dsa_65();
    act(&desk, "bob.near", keyway::add_full_access_key(elsewhere.public_key()));
    let said = desk.run(&["account", "lock", "bob.near", "--yes-lock"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("keyway key delete"), "{}", said.stderr);
    assert_eq!(desk.json(&["key", "list", "bob.near"])["keys"].as_array().unwrap().len(), 2);
}

#[test]
fn who_publishes_a_global_contract_can_replace_it() {
    let desk = Desk::new();
    act(&desk, "bob.near", keyway::deploy_global_by_account(harmless()));
    act(&desk, "alice.near", use_global_by_account("bob.near"));
    let locked = desk.answer(&["account", "lock", "alice.near", "--yes-lock", "--json"]);
    let locked: serde_json::Value = serde_json::from_str(&locked).unwrap();
    assert_eq!(locked["verdict"], json!("can_replace_its_code"));
    assert_eq!(locked["contract"]["publisher"], json!("bob.near"));
}

#[test]
fn a_contract_is_judged_before_it_is_deployed() {
    let desk = Desk::new();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("contract.wasm");
    let judged = |wasm: &[u8]| {
        std::fs::write(&file, wasm).unwrap();
        desk.answer(&["locked", "--wasm", file.to_str().unwrap()])
    };
    snapshot("locked_wasm", &judged(&back_door(&KEY_OF_SOMEBODY)));
    snapshot("locked_wasm_harmless", &judged(&harmless()));
    let file = file.to_str().unwrap();
    assert_eq!(desk.run(&["locked", "--wasm", file, "--require-sealed"]).code, 0);
    std::fs::write(file, &harmless()[..40]).unwrap();
    let broken = desk.run(&["locked", "--wasm", file, "--require-sealed"]);
    assert_eq!(broken.code, 12);
    snapshot("locked_wasm_broken", &broken.whole());
    let missing = dir.path().join("missing.wasm");
    assert_eq!(desk.run(&["locked", "--wasm", missing.to_str().unwrap()]).code, 1);
    assert_eq!(desk.run(&["locked"]).code, 2);
}

#[test]
fn help_has_examples() {
    let desk = Desk::new();
    for (name, args) in [
        ("help_locked", &["locked", "--help"][..]),
        ("help_account", &["account", "--help"]),
        ("help_account_lock", &["account", "lock", "--help"]),
    ] {
        snapshot(name, &desk.answer(args));
    }
}
