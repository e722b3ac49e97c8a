//! `keyway key rotate --all | --compromised`, `keyway key revoke`

use crate::desk::{Desk, snapshot};
use crate::rotation::on_chain;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const APP: [&str; 6] =
    ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];

/// Two accounts, each with a full-access key in a file and one for an app that is not a development
/// key.
fn two_accounts(desk: &Desk) {
    for account in ["game.alice.near", "shop.bob.near"] {
        desk.answer(&["account", "create", account, "--balance", "5 NEAR"]);
        desk.answer(&[&["key", "add", account][..], &APP].concat());
    }
}

fn keys_of_both(desk: &Desk) -> Vec<String> {
    [on_chain(desk, "game.alice.near"), on_chain(desk, "shop.bob.near")].concat()
}

/// Copies a directory, as the finder of a laptop would.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn every_key_is_replaced_by_one_command() {
    let desk = Desk::new();
    two_accounts(&desk);
    let before = keys_of_both(&desk);
    let rotated = desk.json(&["key", "rotate", "--all"]);
    assert_eq!(rotated["rotated"].as_array().unwrap().len(), 4);
    assert_eq!(rotated["failed"], json!([]));
    let after = keys_of_both(&desk);
    assert_eq!(after.len(), 4);
    assert!(after.iter().all(|key| !before.contains(key)));
    let list = desk.json(&["key", "list", "game.alice.near"]);
    assert!(list["keys"].as_array().unwrap().iter().all(|key| key["at_hand"] == json!(true)));

    // Only one account, and the progress file is gone.
    let both = desk.json(&["key", "rotate", "game.alice.near", "--all", "--forget-old"]);
    assert_eq!(both["rotated"].as_array().unwrap().len(), 2);
    assert_eq!(desk.run(&["key", "rotate", "--all", "--resume"]).code, 9);
    assert!(desk.files().iter().all(|file| !file.to_str().unwrap().contains(".keyway-")));
    let kept = on_chain(&desk, "shop.bob.near");
    assert!(after[2..].iter().all(|key| kept.contains(key)));
}

#[test]
fn one_key_that_cannot_be_replaced_does_not_stop_the_others() {
    let desk = Desk::new();
    two_accounts(&desk);
    // Only the app's key is here, which cannot add a key.
    let shop = desk.credentials().join("localnet/shop.bob.near");
    fs::remove_file(desk.credentials().join("localnet/shop.bob.near.json")).unwrap();
    let full = desk.json(&["key", "list", "shop.bob.near"]);
    let full = full["keys"].as_array().unwrap().iter().find(|key| key["access"] == "full").unwrap();
    let full = full["public_key"].as_str().unwrap().replace(':', "_");
    let away = desk.credentials().join("away");
    fs::rename(shop.join(format!("{full}.json")), &away).unwrap();

    let said = desk.run(&["key", "rotate", "--all"]);
    assert_eq!(said.code, 9, "{}", said.stderr);
    snapshot("rotate_all_but_one", &crate::desk::without_gas(&said.whole()));
    let again = desk.run(&["key", "rotate", "--all"]);
    assert_eq!(again.code, 9);
    assert!(again.stderr.contains("--resume"), "{}", again.stderr);
    let before = on_chain(&desk, "game.alice.near");
    fs::rename(away, shop.join(format!("{full}.json"))).unwrap();
    let rest = desk.json(&["key", "rotate", "--all", "--resume"]);
    assert_eq!(rest["rotated"].as_array().unwrap().len(), 1);
    assert_eq!(on_chain(&desk, "game.alice.near"), before, "it was done before");
}

#[test]
fn keys_of_a_stolen_laptop_are_replaced_and_others_stay() {
    let desk = Desk::new();
    two_accounts(&desk);
    let stolen = tempfile::tempdir().unwrap();
    copy(desk.credentials(), stolen.path());
    let safe = desk.json(&["key", "add", "game.alice.near", "--full-access"]);
    let before = keys_of_both(&desk);
    let rotate = ["key", "rotate", "--compromised", stolen.path().to_str().unwrap()];
    assert_eq!(desk.json(&rotate)["rotated"].as_array().unwrap().len(), 4);
    let after = keys_of_both(&desk);
    let stay: Vec<_> = after.iter().filter(|key| before.contains(key)).collect();
    assert_eq!(stay, [safe["public_key"].as_str().unwrap()]);
}

#[test]
fn compromised_keys_go_without_replacement() {
    let desk = Desk::new();
    two_accounts(&desk);
    let stolen = tempfile::tempdir().unwrap();
    copy(desk.credentials(), stolen.path());
    let safe = desk.json(&["key", "add", "game.alice.near", "--full-access"]);
    let safe = safe["public_key"].as_str().unwrap();
    let stolen = stolen.path().to_str().unwrap();

    let before = keys_of_both(&desk);
    let said = desk.run(&["key", "revoke", "--compromised", stolen, "--dry-run", "--json"]);
    assert_eq!(said.code, 12, "one would have to sign: {}", said.stderr);
    let would: Value = serde_json::from_str(&said.stdout).unwrap();
    let accounts = would["accounts"].as_array().unwrap();
    let keys = accounts.iter().flat_map(|it| it["would_delete"].as_array().unwrap());
    assert_eq!((&would["dry_run"], keys.count()), (&json!(true), 3), "{would}");
    assert_eq!(keys_of_both(&desk), before);

    let said = desk.run(&["key", "revoke", "--compromised", stolen, "--json"]);
    assert_eq!(said.code, 9, "one had to sign: {}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    let [game, shop] = report["accounts"].as_array().unwrap().as_slice() else {
        panic!("{report}")
    };
    assert_eq!(game["deleted"].as_array().unwrap().len(), 2);
    assert_eq!((&game["stays"], shop["deleted"].as_array().unwrap().len()), (&Value::Null, 1));
    assert_eq!(on_chain(&desk, "game.alice.near"), [safe]);
    let left = on_chain(&desk, "shop.bob.near");
    assert_eq!(left, [shop["stays"].as_str().unwrap()]);

    // Run again, it skips deleted keys.
    let said = desk.run(&["key", "revoke", "--compromised", stolen]);
    assert_eq!(said.code, 9);
    snapshot("revoke_again", &said.whole());
    desk.answer(&["key", "rotate", "shop.bob.near", &left[0]]);
    let said = desk.run(&["key", "revoke", "--compromised", stolen]);
    assert_eq!(said.code, 8, "nothing was found: {}", said.stdout);
    assert!(
        said.stderr.contains("no account that is known here has one of these keys"),
        "{}",
        said.stderr
    );
}

/// Files that could not be read were skipped silently, and the answer said that all is well.
#[test]
fn a_compromised_file_that_cannot_be_read_is_told() {
    for command in ["revoke", "rotate"] {
        let desk = Desk::new();
        let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
        let stolen = tempfile::tempdir().unwrap();
        copy(desk.credentials(), stolen.path());
        fs::write(stolen.path().join("localnet/bob.near.json"), "{").unwrap();
        // It is not where its account's files belong, but is read.
        let main = stolen.path().join("localnet/alice.near");
        fs::rename(main, stolen.path().join("localnet/carol.near")).unwrap();
        let named = stolen.path().to_str().unwrap();
        let said = desk.run(&["key", command, "--compromised", named]);
        assert_eq!(said.code, 9, "{command}: {}", said.stderr);
        assert!(said.stderr.contains("bob.near.json"), "{command}: {}", said.stderr);
        let key = added["public_key"].as_str().unwrap().to_owned();
        assert!(!on_chain(&desk, "alice.near").contains(&key), "{command}: {}", said.stdout);
    }
}

/// A second run with `--forget` found nothing to do, and the secrets stayed.
#[test]
fn what_went_in_an_earlier_run_is_forgotten_in_the_next() {
    let desk = Desk::new();
    two_accounts(&desk);
    let stolen = tempfile::tempdir().unwrap();
    copy(desk.credentials(), stolen.path());
    for account in ["game.alice.near", "shop.bob.near"] {
        desk.answer(&["key", "add", account, "--full-access"]);
    }
    let stolen = stolen.path().to_str().unwrap();
    let before = desk.files();
    desk.answer(&["key", "revoke", "--compromised", stolen]);
    assert_eq!(desk.files(), before);
    let forgotten = desk.json(&["key", "revoke", "--compromised", stolen, "--forget"]);
    let accounts = forgotten["accounts"].as_array().unwrap();
    let removed = accounts.iter().flat_map(|it| it["removed_files"].as_array().unwrap());
    // For each account the main file, and one for each of its two keys.
    assert_eq!(removed.count(), 6, "{forgotten}");
    assert_eq!(desk.files().len(), before.len() - 6);
    let said = desk.run(&["key", "revoke", "--compromised", stolen, "--forget"]);
    assert_eq!(said.code, 8, "{}", said.stdout);
}

/// `--all --resume` saved new secrets in the default place of the signing keys, and ignored
/// `--forget-old`.
#[test]
fn a_batch_goes_on_as_it_was_begun() {
    let desk = Desk::new();
    two_accounts(&desk);
    let shop = desk.credentials().join("localnet/shop.bob.near");
    let full = fs::read(desk.credentials().join("localnet/shop.bob.near.json")).unwrap();
    let holds_full = |path: &std::path::PathBuf| fs::read(path).unwrap() == full;
    let all: Vec<_> = desk.files().into_iter().filter(holds_full).collect();
    all.iter().for_each(|path| fs::rename(path, path.with_extension("away")).unwrap());
    assert_eq!(desk.run(&["key", "rotate", "--all"]).code, 9);
    let file = desk.credentials().join("localnet/.keyway-rotate-all.json");
    let written: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["how"]["to"], json!("files"), "{written}");
    all.iter().for_each(|path| fs::rename(path.with_extension("away"), path).unwrap());
    for (field, value, why) in
        [("keep", json!(true), "unknown field `keep`"), ("version", json!(2), "its format is 2")]
    {
        let mut other = written.clone();
        other[field] = value;
        fs::write(&file, other.to_string()).unwrap();
        let said = desk.run(&["key", "rotate", "--all", "--resume"]);
        assert_eq!(said.code, 9, "{}", said.stdout);
        assert!(said.stderr.contains(why), "{}", said.stderr);
    }
    fs::write(&file, written.to_string()).unwrap();
    desk.answer(&["key", "rotate", "--all", "--resume", "--forget-old"]);
    let left = fs::read_dir(shop).unwrap().map(|entry| entry.unwrap().path());
    let retired: Vec<_> = left.filter(|path| path.extension().unwrap() == "retired").collect();
    assert!(retired.is_empty(), "{retired:?}");
}

#[test]
fn a_revoked_gas_key_burns_nothing_and_its_file_goes_when_asked() {
    let desk = Desk::new();
    desk.answer(&["account", "create", "game.alice.near", "--balance", "9 NEAR"]);
    let gas = ["--full-access", "--gas-key", "2", "--fund", "3 NEAR"];
    let gas = desk.json(&[&["key", "add", "game.alice.near"][..], &gas].concat());
    let file = gas["file"].as_str().unwrap();
    let revoke = ["key", "revoke", "--compromised", file, "--forget"];
    let revoked = desk.json(&revoke);
    assert_eq!(revoked["accounts"][0]["deleted"], json!([gas["public_key"]]));
    assert_eq!(revoked["accounts"][0]["removed_files"], json!([file]));
    assert!(!Path::new(file).exists());
    let shown = desk.json(&["account", "show", "game.alice.near"]);
    assert!(shown["total"].as_str().unwrap() > "8900000000000000000000000", "{shown}");
}

#[test]
fn what_is_compromised_must_be_named_so_that_it_is_found() {
    let desk = Desk::new();
    let empty = tempfile::tempdir().unwrap();
    let secret = keyway::KeyPair::random_ed25519().expose_secret_text().to_string();
    for named in [empty.path().to_str().unwrap(), "/nowhere/key.json", &secret] {
        for command in ["rotate", "revoke"] {
            let said = desk.run(&["key", command, "--compromised", named]);
            assert_eq!(said.code, 2, "{}", said.stderr);
            assert!(!said.stderr.contains(&secret[8..30]), "{}", said.stderr);
        }
    }
    // A public key is enough if its account is named or has a file.
    let key = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let key = key["public_key"].as_str().unwrap();
    desk.answer(&["key", "revoke", "--compromised", key]);
    assert!(!on_chain(&desk, "alice.near").contains(&key.to_owned()));
}

/// A desk without keys of its own, and a leaked copy of key files elsewhere.
fn stolen_and_nothing_here() -> (Desk, tempfile::TempDir) {
    let desk = Desk::new();
    two_accounts(&desk);
    let stolen = tempfile::tempdir().unwrap();
    copy(desk.credentials(), stolen.path());
    fs::remove_dir_all(desk.credentials().join("localnet")).unwrap();
    (desk, stolen)
}

/// The arguments of the command that `keyway blast-radius` suggests for all keys.
fn suggested(desk: &Desk, args: &[&str]) -> Vec<String> {
    let every_key = desk.json(args)["every_key"].as_str().unwrap().to_owned();
    let words = every_key.split(" --network ").next().unwrap();
    words.split(' ').skip(1).map(str::to_owned).collect()
}

/// The suggested commands failed with "no key at hand", although the secrets were in the directory
/// that they named.
#[test]
fn what_is_suggested_for_stolen_files_works_with_those_files_alone() {
    let (desk, stolen) = stolen_and_nothing_here();
    let place = stolen.path().to_str().unwrap();
    let before = keys_of_both(&desk);
    let text = desk.answer(&["blast-radius", place]);
    let one = format!("keyway key rotate shop.bob.near --compromised {place}");
    assert!(text.contains(&one), "{text}");
    let rotate = suggested(&desk, &["blast-radius", place]);
    let rotate: Vec<&str> = rotate.iter().map(String::as_str).collect();
    assert_eq!(rotate, ["key", "rotate", "--compromised", place]);
    let rotated = desk.json(&rotate);
    assert_eq!(rotated["rotated"].as_array().unwrap().len(), 4, "{rotated}");
    assert!(keys_of_both(&desk).iter().all(|key| !before.contains(key)));
    // The new secrets are here, not among the leaked ones.
    let list = desk.json(&["key", "list", "shop.bob.near"]);
    assert!(list["keys"].as_array().unwrap().iter().all(|key| key["at_hand"] == json!(true)));

    let (desk, stolen) = stolen_and_nothing_here();
    let said =
        desk.run(&["key", "revoke", "--compromised", stolen.path().to_str().unwrap(), "--json"]);
    assert_eq!(said.code, 9, "one of each had to sign: {}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(report["accounts"][0]["stays"].is_string(), "{report}");
    assert_eq!(keys_of_both(&desk).len(), 2);
}

/// The suggestion omitted the account, and "none of these keys is on an account" was wrong.
#[test]
fn a_suggestion_for_public_keys_names_their_account() {
    let (desk, stolen) = stolen_and_nothing_here();
    let keys = on_chain(&desk, "shop.bob.near");
    let asked = ["blast-radius", &keys[0], &keys[1], "--account", "shop.bob.near"];
    let rotate = suggested(&desk, &asked);
    assert_eq!(rotate[..4], ["key", "rotate", "shop.bob.near", "--compromised"]);
    for command in ["rotate", "revoke"] {
        let said = desk.run(&["key", command, "--compromised", &keys[0]]);
        assert_eq!(said.code, 8);
        let why = "no account that is known here has one of these keys: name";
        assert!(said.stderr.contains(why), "{}", said.stderr);
    }
    copy(stolen.path(), desk.credentials());
    let rotate: Vec<&str> = rotate.iter().map(String::as_str).collect();
    assert_eq!(desk.json(&rotate)["rotated"].as_array().unwrap().len(), 2);
}

/// A signing key was suggested although its secret was elsewhere.
#[test]
fn a_key_at_hand_is_suggested_to_sign() {
    let desk = Desk::new();
    two_accounts(&desk);
    let account = "shop.bob.near";
    let here = desk.json(&["key", "list", account]);
    let here = here["keys"].as_array().unwrap().iter().find(|key| key["access"] == "full").unwrap();
    let here = here["public_key"].as_str().unwrap();
    let mut leaked = String::new();
    for _ in 0..6 {
        let key = keyway::KeyPair::random_ed25519().public_key().to_string();
        desk.answer(&["key", "add", account, &key, "--full-access"]);
        leaked = key;
    }
    let text = desk.answer(&["blast-radius", &leaked, "--account", account]);
    let delete = format!("keyway key delete {account} {leaked} --sign-with {here} --network");
    assert!(text.contains(&delete), "{text}");
    desk.answer(&["key", "delete", account, &leaked, "--sign-with", here]);
}

/// The suggested commands withdrew a part, burnt 1 NEAR, and then stopped because of the loss.
#[test]
fn what_is_on_a_leaked_gas_key_is_not_burnt_by_the_recipe() {
    let desk = Desk::new();
    two_accounts(&desk);
    let gas = ["--gas-key", "2", "--fund", "2 NEAR"];
    let add = [&["key", "add", "shop.bob.near", "--full-access"][..], &gas].concat();
    let key = desk.json(&add)["public_key"].as_str().unwrap().to_owned();
    let text = desk.answer(&["blast-radius", &key, "--account", "shop.bob.near"]);
    assert!(text.contains(&format!("keyway key rotate shop.bob.near {key}")), "{text}");
    assert!(!text.contains("key withdraw") && !text.contains("PUBLIC_KEY"), "{text}");
    let delete = desk.run(&["key", "delete", "shop.bob.near", &key]);
    let named = format!("keyway key withdraw shop.bob.near {key}");
    assert!(delete.stderr.contains(&named), "{}", delete.stderr);
    desk.answer(&["key", "rotate", "shop.bob.near", &key]);
    assert!(!on_chain(&desk, "shop.bob.near").contains(&key));
}
