//! `keyway account create | show | delete`

use crate::contracts::{act, harmless};
use crate::desk::{Desk, snapshot};
use serde_json::json;

#[test]
fn a_sub_account_is_created_with_a_key_that_is_kept() {
    let desk = Desk::new();
    let created = desk.answer(&["account", "create", "game.alice.near", "--balance", "5 NEAR"]);
    snapshot("account_create", &created);
    snapshot("account_show", &desk.answer(&["account", "show", "game.alice.near"]));
    let keys = desk.json(&["key", "list", "game.alice.near"]);
    assert_eq!(keys["keys"][0]["at_hand"], json!(true));
    assert_eq!(keys["keys"][0]["access"], json!("full"));
}

#[test]
fn the_root_of_a_local_chain_creates_accounts_beside_ours() {
    let desk = Desk::new();
    let created = desk.json(&["account", "create", "shop.near", "--balance", "100 NEAR"]);
    assert_eq!(created["by"], json!("near"));
    let shown = desk.json(&["account", "show", "shop.near"]);
    assert_eq!(shown["total"], json!("100000000000000000000000000"));
}

#[test]
fn somebody_elses_key_is_taken_and_nothing_is_written() {
    let desk = Desk::new();
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let args = ["account", "create", "game.alice.near", "--public-key", &key];
    let created = desk.json(&args);
    assert_eq!((&created["public_key"], &created["balance"]), (&json!(key), &json!("0")));
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
}

#[test]
fn the_new_key_can_be_kept_encrypted() {
    let desk = Desk::new();
    let args = ["account", "create", "game.alice.near", "--balance", "1 NEAR", "--to", "encrypted"];
    let created = desk.run_with(&args, &[("KEYWAY_PASSPHRASE", "correct horse")]);
    assert_eq!(created.code, 0, "{}", created.stderr);
    assert_eq!(desk.json(&["key", "list", "game.alice.near"])["keys"][0]["at_hand"], json!(false));
    let delete = ["account", "delete", "game.alice.near", "--beneficiary", "alice.near"];
    let delete = [&delete[..], &["--yes-delete", "--encrypted"]].concat();
    let deleted = desk.run_with(&delete, &[("KEYWAY_PASSPHRASE", "correct horse")]);
    assert_eq!(deleted.code, 0, "{}", deleted.stderr);
}

#[test]
fn an_implicit_account_goes_by_its_key() {
    let desk = Desk::new();
    let args = ["account", "create", "--implicit", "--by", "alice.near", "--balance", "1 NEAR"];
    snapshot("account_create_implicit", &desk.answer(&args));
    let created = desk.json(&args);
    let account = created["account"].as_str().unwrap();
    // Its key is here and signs.
    let grant = ["--contract", "game.near", "--any-function", "--allowance", "0.1 NEAR"];
    desk.answer(&[&["key", "add", account][..], &grant].concat());
    let shown = desk.json(&["account", "show", account]);
    assert_eq!((&shown["full_access_keys"], &shown["function_call_keys"]), (&json!(1), &json!(1)));
}

#[test]
fn what_cannot_be_created_is_refused_and_no_key_is_left_behind() {
    let desk = Desk::new();
    let taken = desk.run(&["account", "create", "bob.near"]);
    assert_eq!(taken.code, 6);
    snapshot("account_create_taken", &taken.whole());
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    let nobody = desk.run(&["account", "create", "toplevel"]);
    assert_eq!(nobody.code, 2);
    snapshot("account_create_top_level", &nobody.whole());
    assert_eq!(desk.run(&["account", "create", "--implicit"]).code, 2);
    assert_eq!(desk.run(&["account", "create"]).code, 2);
}

#[test]
fn a_contract_and_its_storage_are_shown() {
    let desk = Desk::new();
    act(&desk, "alice.near", keyway::deploy(harmless()));
    let shown = desk.json(&["account", "show", "alice.near"]);
    assert_eq!(shown["contract"]["kind"], json!("own"));
    assert!(shown["storage_usage"].as_u64().unwrap() > 182);
    snapshot("account_show_contract", &desk.answer(&["account", "show", "alice.near"]));
    assert_eq!(desk.run(&["account", "show", "nobody.near"]).code, 8);
}

#[test]
fn an_account_is_deleted_when_that_was_agreed_to() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "old.alice.near", "--balance", "5 NEAR"]);
    let delete = ["account", "delete", "old.alice.near", "--beneficiary", "alice.near"];
    let asked = desk.run(&delete);
    assert_eq!(asked.code, 10);
    snapshot("account_delete_asked", &asked.whole());
    snapshot("account_delete", &desk.answer(&[&delete[..], &["--yes-delete"]].concat()));
    assert_eq!(desk.run(&["account", "show", "old.alice.near"]).code, 8);
}

#[test]
fn what_nobody_gets_is_not_burnt_by_accident() {
    let desk = Desk::new();
    for beneficiary in ["nobody.near", "bob.near"] {
        let delete =
            ["account", "delete", "bob.near", "--beneficiary", beneficiary, "--yes-delete"];
        let asked = desk.run(&delete);
        assert_eq!(asked.code, 10);
        assert!(asked.stderr.contains("--yes-burn"), "{}", asked.stderr);
    }
    let delete = ["account", "delete", "bob.near", "--beneficiary", "nobody.near"];
    snapshot("account_delete_to_nobody", &desk.run(&delete).whole());
    let burnt = desk.answer(&[&delete[..], &["--yes-delete", "--yes-burn"]].concat());
    snapshot("account_delete_burns", &burnt);
    let delete = ["account", "delete", "carol.near", "--beneficiary", "nobody.near"];
    let burnt = desk.json(&[&delete[..], &["--yes-delete", "--yes-burn"]].concat());
    assert_eq!(burnt["burnt"], json!(true));
}

/// Each was sent, paid for and refused, and left an empty directory.
#[test]
fn what_the_chain_would_refuse_is_told_before_it_is_paid() {
    let desk = Desk::new();
    let (implicit, eth) = ("0".repeat(64), format!("0x{}", "0".repeat(40)));
    for (account, by, told) in [
        ("dev-1", "alice.near", "only registrar can create"),
        ("x.bob.near", "alice.near", "only bob.near"),
        ("a.b.alice.near", "alice.near", "only b.alice.near"),
        (&implicit, "alice.near", "implicit account"),
        (&eth, "alice.near", "implicit account"),
    ] {
        let said = desk.run(&["account", "create", account, "--by", by]);
        assert_eq!(said.code, 6, "{account}: {}", said.stderr);
        assert!(said.stderr.contains(told), "{account}: {}", said.stderr);
    }
    let said = desk.run(&["account", "create", "x.nobody.near"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    let made = desk.json(&["key", "least", "alice.near"]);
    assert_eq!(made["transactions"], json!(0), "nothing was sent");
}

#[test]
fn an_account_with_too_much_state_is_not_sent_to_its_end() {
    let desk = Desk::new();
    let key = |n: u8| keyway::KeyPair::from_ed25519_seed(&[n; 32]).public_key().clone();
    for some in [1..=60, 61..=120] {
        let add = |n| {
            let key = keyway::add_function_call_key(key(n), "game.near");
            let any = keyway::action::AllowedFunctions::AllNonPayable;
            key.allowed_functions(any).gas_budget(keyway::action::GasBudget::Unlimited)
        };
        let intent = some.fold(keyway::Intent::on_self(), |intent, n| intent.then(add(n)));
        act(&desk, "bob.near", intent);
    }
    let delete = ["account", "delete", "bob.near", "--beneficiary", "alice.near"];
    let said = desk.run(&[&delete[..], &["--yes-delete"]].concat());
    assert_eq!(said.code, 6, "{}", said.stderr);
    snapshot("account_delete_large", &said.whole());
}

/// The owner of the first key of a deleted implicit account gets what is sent there.
#[test]
fn it_is_said_that_an_implicit_account_comes_back() {
    let desk = Desk::new();
    let create = ["account", "create", "--implicit", "--by", "alice.near", "--balance", "2 NEAR"];
    let created = desk.json(&create);
    let (account, first) =
        (created["account"].as_str().unwrap(), created["public_key"].as_str().unwrap());
    let delete = ["account", "delete", account, "--beneficiary", "alice.near"];
    let said = desk.run(&delete);
    assert_eq!(said.code, 10);
    assert!(said.stderr.contains(&format!("its first key ({first})")), "{}", said.stderr);
    desk.answer(&["key", "rotate", account]);
    snapshot("account_delete_implicit", &desk.run(&delete).whole());
}

/// The key files of a deleted account stayed without a note.
#[test]
fn the_secrets_of_a_deleted_account_are_named_or_removed() {
    let desk = Desk::new();
    for forget in [false, true] {
        desk.answer(&["account", "create", "old.alice.near", "--balance", "5 NEAR"]);
        let delete = ["account", "delete", "old.alice.near", "--beneficiary", "alice.near"];
        let mut delete = [&delete[..], &["--yes-delete"]].concat();
        delete.extend(forget.then_some("--forget"));
        let deleted = desk.json(&delete);
        let files = if forget { "removed_files" } else { "secret_files" };
        assert_eq!(deleted[files].as_array().unwrap().len(), 2, "{deleted}");
        if !forget {
            std::fs::remove_dir_all(desk.credentials().join("localnet")).unwrap();
        }
    }
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
}

#[test]
fn accounts_of_keys_at_hand_are_listed() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "game.alice.near", "--balance", "5 NEAR"]);
    desk.answer(&["key", "generate", "game.alice.near"]);
    desk.answer(&["key", "generate", "nobody.near"]);
    let list = desk.json(&["account", "list"]);
    let accounts = list["accounts"].as_array().unwrap();
    let of = |name: &str| accounts.iter().find(|listed| listed["account"] == json!(name)).unwrap();
    let game = of("game.alice.near");
    assert_eq!((&game["full_access_at_hand"], &game["dead"]), (&json!(1), &json!(1)));
    assert_eq!(game["total"], json!("5000000000000000000000000"));
    assert_eq!(of("nobody.near")["exists"], json!(false));
    assert_eq!(of("alice.near")["full_access_keys"], json!(1));
    snapshot("account_list", &desk.answer(&["account", "list"]));
}
