//! `keyway key …`

use crate::desk::{Desk, snapshot};
use serde_json::json;

#[test]
fn a_new_account_of_development_has_one_key_that_everybody_has() {
    let desk = Desk::new();
    snapshot("key_list", &desk.answer(&["key", "list", "alice.near"]));
    let list = desk.json(&["key", "list", "alice.near"]);
    assert_eq!(list["keys"][0]["access"], json!("full"));
    assert_eq!(list["keys"][0]["at_hand"], json!(true));
}

#[test]
fn a_key_for_an_app_may_do_just_what_was_said() {
    let desk = Desk::new();
    let grant =
        ["--contract", "game.near", "--functions", "play, score", "--allowance", "0.25 NEAR"];
    let added = desk.answer(&[&["key", "add", "alice.near"][..], &grant].concat());
    snapshot("key_add", &added);
    snapshot("key_list_of_two", &desk.answer(&["key", "list", "alice.near"]));
    let list = desk.json(&["key", "list", "alice.near"]);
    let app = list["keys"].as_array().unwrap().iter().find(|key| key["access"] == "function_call");
    let app = app.unwrap();
    assert_eq!(app["functions"], json!(["play", "score"]));
    assert_eq!(app["allowance"], json!("250000000000000000000000"));
    assert_eq!(app["at_hand"], json!(true));

    let public_key = app["public_key"].as_str().unwrap();
    snapshot("key_delete", &desk.answer(&["key", "delete", "alice.near", public_key]));
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn nothing_is_allowed_by_leaving_it_out() {
    let desk = Desk::new();
    let add = |grant: &[&str]| desk.run(&[&["key", "add", "alice.near"][..], grant].concat());
    for (name, grant) in [
        ("key_add_without_grant", &[][..]),
        ("key_add_without_functions", &["--contract", "game.near", "--allowance", "1 NEAR"]),
        ("key_add_without_budget", &["--contract", "game.near", "--functions", "play"]),
    ] {
        let said = add(grant);
        assert_eq!(said.code, 2);
        snapshot(name, &said.whole());
    }
    // Nothing was written or sent.
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn the_last_full_access_key_is_not_deleted_by_accident() {
    let desk = Desk::new();
    let list = desk.json(&["key", "list", "alice.near"]);
    let key = list["keys"][0]["public_key"].as_str().unwrap().to_owned();
    let said = desk.run(&["key", "delete", "alice.near", &key]);
    assert_eq!(said.code, 10);
    snapshot("key_delete_the_last", &said.whole());
    desk.answer(&["key", "delete", "alice.near", &key, "--yes-lock"]);
    snapshot("key_list_of_none", &desk.answer(&["key", "list", "alice.near"]));
}

#[test]
fn a_gas_key_with_tokens_on_it_is_not_deleted_by_accident() {
    let desk = Desk::new();
    let grant = ["--full-access", "--gas-key", "4", "--fund", "0.5 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = added["public_key"].as_str().unwrap();
    snapshot("key_list_with_a_gas_key", &desk.answer(&["key", "list", "alice.near"]));
    let said = desk.run(&["key", "delete", "alice.near", key]);
    assert_eq!(said.code, 10);
    snapshot("key_delete_with_tokens", &said.whole());
    desk.answer(&["key", "delete", "alice.near", key, "--yes-burn"]);
}

/// More than 1 NEAR cannot be burnt, so there is no question, and the error names a way out.
#[test]
fn a_gas_key_with_many_tokens_on_it_is_emptied_first() {
    let desk = Desk::new();
    let grant = ["--full-access", "--gas-key", "4", "--fund", "3 NEAR"];
    let added = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let key = added["public_key"].as_str().unwrap();
    let delete = ["key", "delete", "alice.near", key, "--yes-burn"];
    let end = ["account", "delete", "alice.near", "--beneficiary", "bob.near", "--yes-delete"];
    for args in [
        &delete[..],
        &["account", "lock", "alice.near", "--every-key", "--yes-lock", "--yes-burn"],
        &[&end[..], &["--yes-burn"]].concat(),
    ] {
        let said = desk.run(args);
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains("have 3 NEAR"), "{}", said.stderr);
        assert!(said.stderr.contains("keyway key withdraw alice.near"), "{}", said.stderr);
    }
    snapshot("key_delete_with_many_tokens", &desk.run(&delete).whole());

    let withdraw = ["key", "withdraw", "alice.near", key];
    let part = desk.json(&[&withdraw[..], &["0.5 NEAR"]].concat());
    assert_eq!(part["amount"], json!("500000000000000000000000"));
    let more = desk.run(&[&withdraw[..], &["3 NEAR"]].concat());
    assert_eq!(more.code, 2, "{}", more.stderr);
    // Another key paid for it.
    snapshot("key_withdraw", &desk.answer(&withdraw));
    snapshot("key_withdraw_nothing", &desk.run(&withdraw).whole());
    desk.answer(&["key", "delete", "alice.near", key]);
    assert_eq!(desk.run(&withdraw).code, 6);
    snapshot("help_key_withdraw", &desk.answer(&["key", "withdraw", "--help"]));
}

#[test]
fn a_new_key_is_kept_for_its_owner_alone() {
    let desk = Desk::new();
    snapshot("key_generate", &desk.answer(&["key", "generate", "alice.near"]));
    snapshot("key_generate_implicit", &desk.answer(&["key", "generate"]));
    let said = desk.run(&["key", "generate", "--curve", "ml-dsa-65"]);
    assert_eq!(said.code, 2);
    let made = desk.json(&["key", "generate", "alice.near", "--curve", "ml-dsa-65"]);
    let file = std::fs::metadata(made["file"].as_str().unwrap()).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600);
}

#[test]
fn errors_are_json_where_the_answer_is() {
    let desk = Desk::new();
    let said = desk.run(&["key", "list", "nobody.near", "--json"]);
    assert_eq!((said.code, said.stdout.as_str()), (8, ""));
    let error: serde_json::Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!(error["error"]["kind"], json!("Query.Account.NotFound"));
    snapshot("key_list_of_nobody", &desk.run(&["key", "list", "nobody.near"]).whole());
}

#[test]
fn a_key_that_the_chain_refused_leaves_nothing_behind() {
    let desk = Desk::new();
    let app = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let app = desk.json(&[&["key", "add", "alice.near"][..], &app].concat());
    let app = app["public_key"].as_str().unwrap();
    let before = desk.files();
    // Only a file of its own: older tools read ACCOUNT.json, and would take it for the account's
    // key.
    assert_eq!(before.len(), 1, "{before:?}");
    let add = ["key", "add", "alice.near", "--full-access", "--sign-with", app];
    assert_ne!(desk.run(&add).code, 0);
    assert_eq!(desk.files(), before);
    let create = ["account", "create", "rich.alice.near", "--balance", "99999999 NEAR"];
    assert_eq!(desk.run(&create).code, 6);
    assert_eq!(desk.files(), before);
}

#[test]
fn a_rotation_is_resumed_as_it_was_decided() {
    let desk = Desk::new();
    for on in ["--resume", "--abandon"] {
        for grant in [&["--gas-key", "3", "--fund", "1 NEAR"][..], &["--full-access"]] {
            let said = desk.run(&[&["key", "rotate", "alice.near", on][..], grant].concat());
            assert_eq!(said.code, 2, "{on} {grant:?}: {}", said.stderr);
        }
    }
}

#[test]
fn a_long_key_goes_by_the_hash_that_is_listed() {
    let desk = Desk::new();
    let add = ["key", "add", "alice.near", "--full-access", "--curve", "ml-dsa-65"];
    desk.answer(&add);
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys =
        list["keys"].as_array().unwrap().iter().map(|key| key["public_key"].as_str().unwrap());
    let hash = keys.clone().find(|key| key.starts_with("ml-dsa-65-hash:")).unwrap();
    let short = keys.clone().find(|key| key.starts_with("ed25519:")).unwrap();
    desk.answer(&["forecast", "alice.near", hash]);
    let pay = ["alice.near", "bob.near", "--transfer", "1 NEAR", "--sign-with", hash];
    desk.answer(&[&["explain"][..], &pay].concat());
    desk.answer(&[&["tx", "send"][..], &pay].concat());
    let least = desk.json(&["key", "least", "alice.near", "--signed-with", hash]);
    assert_eq!(least["transactions"], json!(1));
    let delete = ["tx", "send", "alice.near", "alice.near", "--delete-key", hash];
    desk.answer(&[&delete[..], &["--sign-with", short]].concat());
    let left = desk.json(&["key", "list", "alice.near"]);
    assert_eq!(left["keys"].as_array().unwrap().len(), 1);

    desk.answer(&add);
    let list = desk.json(&["key", "list", "alice.near"]);
    let keys =
        list["keys"].as_array().unwrap().iter().map(|key| key["public_key"].as_str().unwrap());
    let hash = keys.clone().find(|key| key.starts_with("ml-dsa-65-hash:")).unwrap();
    desk.answer(&["key", "delete", "alice.near", hash]);

    let elsewhere = keyway::KeyPair::random_ml_dsa_65();
    let whole = elsewhere.public_key().to_string();
    let elsewhere = near_crypto::PublicKeyHandle::from(elsewhere.public_key()).to_string();
    assert_eq!(desk.run(&["key", "delete", "alice.near", &elsewhere]).code, 6);
    desk.answer(&["key", "add", "alice.near", &whole, "--full-access"]);
    let said = desk.run(&["key", "delete", "alice.near", &elsewhere]);
    assert_eq!(said.code, 2);
    snapshot("key_delete_by_hash_alone", &said.whole());
}

#[test]
fn endings_that_a_script_tells_apart_have_names() {
    let desk = Desk::new();
    let other = keyway::KeyPair::random_ed25519().public_key().to_string();
    for (args, kind) in [
        (&["key", "show", "alice.near", &other][..], "Command.NotFound"),
        (&["audit", "alice.near", "--fail-on", "note"], "Command.Found"),
        (&["key", "import", "alice.near", "--from", "/nowhere"], "Command.File"),
        (&["key", "import", "alice.near", "--from-env", "NOWHERE"], "Command.Keys"),
        (&["key", "add", "alice.near"], "Command.Arguments"),
    ] {
        let said = desk.run(&[args, &["--json"]].concat());
        let error: serde_json::Value = serde_json::from_str(&said.stderr).unwrap();
        assert_eq!(error["error"]["kind"], json!(kind), "{args:?}: {}", said.stderr);
    }
}

/// Whether the first key was deleted was not reported, although it was paid for.
#[test]
fn nothing_is_sent_when_one_key_is_not_there() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let there = added["public_key"].as_str().unwrap();
    let wrong = keyway::KeyPair::random_ed25519().public_key().to_string();
    let said = desk.run(&["key", "delete", "alice.near", there, &wrong]);
    assert_eq!(said.code, 6);
    assert!(said.stderr.contains(&wrong), "{}", said.stderr);
    assert!(crate::rotation::on_chain(&desk, "alice.near").contains(&there.to_owned()));
    // A key that is named twice counts once.
    desk.answer(&["key", "delete", "alice.near", there, there]);

    let own = crate::rotation::on_chain(&desk, "alice.near").remove(0);
    let said = desk.run(&["key", "add", "alice.near", &own, "--full-access"]);
    assert_eq!(said.code, 6);
    snapshot("key_add_again", &said.whole());
}

/// It was done without a question, and locked its owner out.
#[test]
fn the_last_key_at_hand_is_not_deleted_by_accident() {
    let desk = Desk::new();
    let other = keyway::KeyPair::random_ed25519().public_key().to_string();
    let own = crate::rotation::on_chain(&desk, "alice.near").remove(0);
    desk.answer(&["key", "add", "alice.near", &other, "--full-access"]);
    for command in [
        &["key", "delete", "alice.near", &own][..],
        &["tx", "send", "alice.near", "alice.near", "--delete-key", &own],
    ] {
        let said = desk.run(command);
        assert_eq!(said.code, 10, "{}", said.stderr);
        assert!(said.stderr.contains(&other), "{}", said.stderr);
    }
    snapshot(
        "key_delete_the_last_at_hand",
        &desk.run(&["key", "delete", "alice.near", &own]).whole(),
    );
    desk.answer(&["key", "delete", "alice.near", &other]);
}

#[test]
fn a_key_for_a_build_machine_is_in_no_file() {
    let desk = Desk::new();
    let add = ["key", "add", "alice.near", "--contract", "game.near", "--functions", "play"];
    let add = [&add[..], &["--allowance", "1 NEAR", "--expose-secret"]].concat();
    let said = desk.run(&add);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let pair: keyway::KeyPair = said.stdout.trim_end().parse().unwrap();
    assert!(said.stderr.contains(&pair.public_key().to_string()), "{}", said.stderr);
    let secret = pair.expose_secret_text();
    assert!(!said.stderr.contains(&secret[8..30]));

    let said = desk.run(&[&add[..], &["--out", "env"]].concat());
    let lines: Vec<_> = said.stdout.lines().collect();
    let ["NEAR_ACCOUNT=alice.near", public, secret] = lines.as_slice() else { panic!("{lines:?}") };
    let pair: keyway::KeyPair = secret.strip_prefix("NEAR_KEY=").unwrap().parse().unwrap();
    assert_eq!(public.strip_prefix("NEAR_PUBLIC_KEY=").unwrap(), pair.public_key().to_string());
    let json = desk.json(&add);
    assert!(json["secret_key"].as_str().unwrap().parse::<keyway::KeyPair>().is_ok());
    assert!(json.get("file").is_none());
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    assert_eq!(crate::rotation::on_chain(&desk, "alice.near").len(), 4);
    assert_eq!(desk.run(&["key", "add", "alice.near", "--full-access", "--out", "env"]).code, 2);
}

/// 2,600 characters filled the screen.
#[test]
fn a_long_key_is_told_by_its_hash() {
    let desk = Desk::new();
    let add = ["key", "add", "alice.near", "--full-access", "--curve", "ml-dsa-65"];
    let added = desk.answer(&add);
    let hash = added.split(' ').next().unwrap().to_owned();
    assert!(hash.starts_with("ml-dsa-65-hash:"), "{added}");
    let create =
        ["account", "create", "long.alice.near", "--balance", "2 NEAR", "--curve", "ml-dsa-65"];
    for args in [
        &["key", "rotate", "alice.near", &hash][..],
        &["key", "generate", "alice.near", "--curve", "ml-dsa-65"],
        &create,
        &["account", "lock", "long.alice.near", "--yes-lock"],
    ] {
        let said = desk.answer(args);
        assert!(said.lines().all(|line| line.len() < 300), "{args:?}: {said}");
        assert!(said.contains("ml-dsa-65-hash:"), "{args:?}: {said}");
    }
    let said = desk.run(&["key", "rotate", "nobody.near"]);
    assert!(said.stderr.len() < 300);
}

/// The secret of a deleted key stayed without a note.
#[test]
fn the_secret_of_a_deleted_key_is_named_or_removed() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let (key, file) = (added["public_key"].as_str().unwrap(), added["file"].as_str().unwrap());
    snapshot("key_delete_secret_stays", &desk.answer(&["key", "delete", "alice.near", key]));
    assert!(std::path::Path::new(file).exists());
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let (key, file) = (added["public_key"].as_str().unwrap(), added["file"].as_str().unwrap());
    let deleted = desk.json(&["key", "delete", "alice.near", key, "--forget"]);
    assert_eq!(deleted["removed_files"], json!([file]));
    assert!(!std::path::Path::new(file).exists());
}

#[test]
fn what_is_odd_about_a_new_key_is_told() {
    let desk = Desk::new();
    crate::contracts::act(&desk, "bob.near", keyway::deploy(crate::contracts::harmless()));
    let add = |grant: &[&str]| desk.json(&[&["key", "add", "alice.near"][..], grant].concat());
    let warnings = |grant: &[&str]| {
        let added = add(grant);
        let warnings = added.get("warnings").and_then(|warnings| warnings.as_array());
        warnings.into_iter().flatten().map(|w| w.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let calls = |contract, functions, allowance| {
        ["--contract", contract, "--functions", functions, "--allowance", allowance]
    };
    assert!(warnings(&calls("bob.near", "get", "1 NEAR")).is_empty());
    assert_eq!(
        warnings(&calls("nobody.near", "get", "1 NEAR")),
        ["there is no account nobody.near"]
    );
    assert_eq!(warnings(&calls("carol.near", "get", "1 NEAR")), ["carol.near has no contract"]);
    assert_eq!(warnings(&calls("bob.near", "get,got", "1 NEAR")).len(), 1);
    let much = warnings(&calls("bob.near", "get", "30000000000 NEAR"));
    assert!(much[0].contains("is no limit") && much.len() == 1, "{much:?}");
    let zero = "ed25519:11111111111111111111111111111111";
    let weak = warnings(&[&[zero][..], &calls("bob.near", "get", "1 NEAR")].concat());
    assert!(weak[0].contains("anybody can sign"), "{weak:?}");

    let twice = add(&calls("bob.near", "get,get", "1 NEAR"));
    let shown = desk.json(&["key", "show", "alice.near", twice["public_key"].as_str().unwrap()]);
    assert_eq!(shown["functions"], json!(["get"]));
}

/// It would give everyone access to the account.
#[test]
fn a_key_without_a_secret_gets_no_full_access_by_accident() {
    let desk = Desk::new();
    let add = ["key", "add", "alice.near", "ed25519:11111111111111111111111111111111"];
    let add = [&add[..], &["--full-access"]].concat();
    let said = desk.run(&add);
    assert_eq!(said.code, 10);
    assert!(said.stderr.contains("--yes-weak-key"), "{}", said.stderr);
    desk.answer(&[&add[..], &["--yes-weak-key"]].concat());
}

/// `tx send` asked no question where `key add` does.
#[test]
fn no_command_gives_everybody_full_access_by_accident() {
    let desk = Desk::new();
    let zero = "ed25519:11111111111111111111111111111111";
    let file = desk.credentials().join("actions.json");
    let action = json!([{"AddKey": {"public_key": zero,
        "access_key": {"nonce": 0, "permission": "FullAccess"}}}]);
    std::fs::write(&file, action.to_string()).unwrap();
    let send = ["tx", "send", "alice.near", "alice.near"];
    let actions = ["--actions", file.to_str().unwrap()];
    let signed = desk.answer(&[&["tx", "sign"][..], &send[2..], &actions].concat());
    for command in [
        [&send[..], &["--add-full-access-key", zero]].concat(),
        [&send[..], &actions].concat(),
        vec!["tx", "send", "--signed", signed.trim()],
        vec!["account", "create", "game.alice.near", "--public-key", zero],
    ] {
        let said = desk.run(&command);
        assert_eq!(said.code, 10, "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains("--yes-weak-key"), "{}", said.stderr);
    }
    let said = desk.run(&[&send[..], &actions, &["--yes-weak-key"]].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("warning: anybody can sign for this key"), "{}", said.stderr);
    let odd = desk.credentials().join("odd.json");
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let permission = json!({"FunctionCall": {"allowance": "30000000000000000000000000000000000",
        "receiver_id": "nobody.near", "method_names": ["play "]}});
    let action = json!([{"AddKey": {"public_key": key, "access_key": {"nonce": 0, "permission": permission}}}]);
    std::fs::write(&odd, action.to_string()).unwrap();
    let said = desk.run(&[&send[..], &["--actions", odd.to_str().unwrap()]].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    for warning in ["there is no account nobody.near", "a method \"play \"", "is no limit"] {
        assert!(said.stderr.contains(warning), "{}", said.stderr);
    }
    // The list shows one name, with its blank.
    let list = desk.answer(&["key", "list", "alice.near"]);
    assert!(list.contains("\"play \""), "{list}");
}

#[test]
fn what_sends_can_be_looked_at_first() {
    let desk = Desk::new();
    let before = crate::rotation::on_chain(&desk, "alice.near");
    for command in [
        &["key", "add", "alice.near", "--full-access"][..],
        &["key", "delete", "alice.near", &before[0]],
        &["account", "create", "game.alice.near", "--balance", "1 NEAR"],
        &["account", "delete", "alice.near", "--beneficiary", "bob.near"],
    ] {
        let shown = desk.answer(&[command, &["--dry-run"]].concat());
        assert!(shown.ends_with("nothing was signed or sent\n"), "{command:?}: {shown}");
    }
    assert_eq!(crate::rotation::on_chain(&desk, "alice.near"), before);
    assert_eq!(desk.files().len(), 0);
    let taken = desk.run(&["account", "create", "bob.near", "--dry-run"]);
    assert_eq!(taken.code, 12, "{}", taken.whole());
}

/// It asked for confirmation of something that no key here could sign.
#[test]
fn nobody_is_asked_about_what_cannot_be_signed() {
    let desk = Desk::new();
    let key = keyway::KeyPair::random_ed25519();
    let (public, secret) = (key.public_key().to_string(), key.expose_secret_text());
    let file = desk.credentials().join("other.json");
    let json = json!({"account_id": "alice.near", "public_key": public, "private_key": *secret});
    std::fs::write(&file, json.to_string()).unwrap();
    let own = crate::rotation::on_chain(&desk, "alice.near").remove(0);
    for command in [
        &["account", "lock", "alice.near"][..],
        &["key", "delete", "alice.near", &own],
        &["account", "delete", "alice.near", "--beneficiary", "bob.near"],
        &["tx", "send", "alice.near", "alice.near", "--delete-key", &own],
    ] {
        let said = desk.run(&[command, &["--key-env", "NO_SUCH_VARIABLE"]].concat());
        assert_eq!(said.code, 9, "{command:?}: {}", said.stderr);
        let told = "error: the environment variable `NO_SUCH_VARIABLE` is not set\n";
        assert_eq!(said.stderr, told);
    }
}

/// `--full-access` was accepted, and the limits next to it were silently dropped.
#[test]
fn full_access_is_not_given_beside_a_limit() {
    let desk = Desk::new();
    for limits in [
        &["--functions", "play"][..],
        &["--any-function"],
        &["--allowance", "1 NEAR"],
        &["--no-allowance-limit"],
        &["--contract", "game.near"],
        &["--fund", "1 NEAR"],
    ] {
        for command in ["add", "rotate"] {
            let said =
                desk.run(&[&["key", command, "alice.near", "--full-access"][..], limits].concat());
            assert_eq!(said.code, 2, "{command} {limits:?}: {}", said.whole());
        }
    }
    let said = desk.run(&[
        "key",
        "add",
        "alice.near",
        "--contract",
        "game.near",
        "--any-function",
        "--no-allowance-limit",
        "--fund",
        "1 NEAR",
    ]);
    assert_eq!(said.code, 2, "{}", said.whole());
    assert_eq!(desk.json(&["key", "list", "alice.near"])["keys"].as_array().unwrap().len(), 1);
}

/// Keys that can call nothing were added and paid for: with `;` between the functions, or an
/// allowance below one call.
#[test]
fn a_key_that_buys_no_call_is_told_of() {
    let desk = Desk::new();
    let add = ["key", "add", "alice.near", "--contract", "game.near"];
    let before = crate::rotation::on_chain(&desk, "alice.near");
    for functions in ["play;leave", "play leave"] {
        let named = ["--functions", functions, "--allowance", "1 NEAR"];
        let said = desk.run(&[&add[..], &named].concat());
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains("separate the functions by commas"), "{}", said.stderr);
    }
    let small = [&add[..], &["--functions", "play", "--allowance", "0.0001 NEAR"]].concat();
    let dry = desk.run(&[&small[..], &["--dry-run"]].concat());
    assert!(dry.stderr.contains("warning: the allowance is too small"), "{}", dry.stderr);
    assert_eq!(crate::rotation::on_chain(&desk, "alice.near"), before);
    let added = desk.json(&small);
    assert!(added["warnings"].to_string().contains("the allowance is too small"), "{added}");
}

/// The same situation had exit code 2 or 8 here and 6 elsewhere.
#[test]
fn what_would_fail_ends_with_6_whatever_sends_it() {
    let desk = Desk::new();
    let key = keyway::KeyPair::random_ed25519().public_key().to_string();
    let there = crate::rotation::on_chain(&desk, "alice.near").remove(0);
    for args in [
        &["account", "create", "bob.near", "--by", "near"][..],
        &["key", "add", "alice.near", &there, "--full-access"],
        &["key", "add", "nobody.near", &key, "--full-access"],
        &["key", "delete", "alice.near", &key],
        &["key", "withdraw", "alice.near", &key],
        &["call", "alice.near", "play", "--as", "nobody.near"],
        &["tx", "send", "nobody.near", "alice.near", "--transfer", "1 NEAR"],
    ] {
        let said = desk.run(args);
        assert_eq!(said.code, 6, "{args:?}: {}", said.stderr);
    }
    assert_eq!(desk.run(&["key", "show", "alice.near", &key]).code, 8);
    assert_eq!(desk.run(&["account", "show", "nobody.near"]).code, 8);
}
