//! `keyway credentials …`

use crate::desk::{Desk, snapshot};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn sound_files_need_no_doctor() {
    let desk = Desk::new();
    desk.answer(&["key", "add", "alice.near", "--full-access"]);
    let doctor = desk.answer(&["credentials", "doctor"]);
    assert_eq!(doctor, "1 key file, 0 problems left\n");
}

/// It reported "0 problems left" although everyone could read some secrets, because it checked only
/// one directory.
#[test]
fn the_doctor_looks_everywhere_below_the_directory() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let file = added["file"].as_str().unwrap();
    let places = [
        ("implicit/0000000000000000000000000000000000000000000000000000000000000000.json", 2),
        ("localnet/alice.near.json.bak", 2),
        ("localnet/alice.near/old.json~", 2),
        ("localnet/alice.near/backup/k.json", 2),
        ("localnet/alice.near/x.json.retired", 2),
        ("localnet/.keyway-5TocL8", 2),
        ("default/alice.near.json", 1),
        ("mainnet/alice.near.json", 1),
        ("backup.json", 2),
    ];
    for (place, problems) in places {
        let copy = desk.credentials().join(place);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, &copy).unwrap();
        fs::set_permissions(&copy, PermissionsExt::from_mode(0o644)).unwrap();
        let said = desk.run(&["credentials", "doctor", "--json"]);
        assert_eq!(said.code, 12, "{place}: {}", said.stderr);
        let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let told = report["problems"].as_array().unwrap();
        let told: Vec<_> = told.iter().filter(|told| told["path"] == json!(copy)).collect();
        assert!(told.iter().any(|told| told["problem"] == json!("open")), "{place}: {report}");
        assert_eq!(told.len(), problems, "{place}: {report}");
        let mended = desk.run(&["credentials", "doctor", "--fix"]);
        assert_eq!(mended.code == 0, problems == 1, "{place}: {}", mended.stdout);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn the_doctor_says_what_it_did_not_compare_and_needs_no_node_for_modes() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let file = added["file"].as_str().unwrap();
    let other = desk.credentials().join("testnet/alice.near.json");
    fs::create_dir(other.parent().unwrap()).unwrap();
    fs::copy(file, &other).unwrap();
    let doctor = desk.answer(&["credentials", "doctor"]);
    assert_eq!(doctor, "not compared with a chain: testnet\n2 key files, 0 problems left\n");

    fs::set_permissions(&other, PermissionsExt::from_mode(0o640)).unwrap();
    let mut command = crate::common::command(["credentials", "doctor", "--json"]);
    command.args(["--network", "http://127.0.0.1:4399", "--credentials"]).arg(desk.credentials());
    let output = command.env_remove("NEAR_ENV").output().unwrap();
    assert_eq!(output.status.code(), Some(8));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["problems"][0]["problem"], json!("open"));
    assert_eq!(report["not_compared"], json!(["localnet", "testnet"]));
}

/// Dead secrets could not be removed, so the doctor failed for ever.
#[test]
fn secrets_that_open_nothing_are_pruned_and_no_other() {
    let desk = Desk::new();
    let pair = |said: serde_json::Value| said["file"].as_str().unwrap().to_owned();
    let live = pair(desk.json(&["key", "add", "alice.near", "--full-access"]));
    let dead = pair(desk.json(&["key", "generate", "alice.near"]));
    let nobodys = pair(desk.json(&["key", "generate", "nobody.near"]));
    let implicit = pair(desk.json(&["key", "generate"]));
    let directory = std::path::Path::new(&live).parent().unwrap();
    let retired = directory.join("old.json.retired");
    let (backup, half) = (directory.join("dead.json.bak"), directory.join(".keyway-5TocL8"));
    fs::copy(&dead, &retired).unwrap();
    fs::copy(&dead, &backup).unwrap();
    fs::copy(&live, &half).unwrap();
    made_earlier(&half);
    let elsewhere = desk.credentials().join("testnet/alice.near.json");
    fs::create_dir(elsewhere.parent().unwrap()).unwrap();
    fs::copy(&dead, &elsewhere).unwrap();

    let before = desk.files();
    let said = desk.run(&["credentials", "doctor", "--prune"]);
    assert_eq!(said.code, 10, "{}", said.stderr);
    assert_eq!(desk.files(), before);
    let said = desk.run(&["credentials", "doctor", "--prune", "--yes-forget"]);
    // What stays: an implicit account that does not exist, because a transfer would create it.
    assert_eq!(said.code, 12, "{}", said.stderr);
    let left = desk.files();
    for gone in [&dead, &nobodys] {
        assert!(!left.contains(std::path::Path::new(gone)), "{gone}");
    }
    for gone in [&retired, &backup, &half] {
        assert!(!left.contains(gone), "{}", gone.display());
    }
    for kept in [&live, &implicit] {
        assert!(left.contains(std::path::Path::new(kept)), "{kept}");
    }
    assert!(left.contains(&elsewhere));
    desk.answer(&["key", "rotate", "alice.near", &key_in(&live)]);
    let id = account_in(&implicit);
    fs::remove_dir_all(desk.credentials().join(format!("localnet/{id}"))).unwrap();
    fs::remove_file(desk.credentials().join(format!("localnet/{id}.json"))).unwrap();
    desk.run(&["credentials", "doctor", "--prune", "--yes-forget"]);
    desk.answer(&["credentials", "doctor"]);
}

/// As if it had been written an hour ago.
fn made_earlier(path: &std::path::Path) {
    let now = fs::metadata(path).unwrap().modified().unwrap();
    let at = now - std::time::Duration::from_secs(3_600);
    fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

/// It pruned a key that another account had, a seed phrase of further keys, and files that were
/// being written.
#[test]
fn what_may_still_open_something_is_not_pruned() {
    let desk = Desk::new();
    let dead = |account: &str| {
        desk.json(&["key", "generate", account])["file"].as_str().unwrap().to_owned()
    };
    let live = desk.json(&["key", "add", "bob.near", "--full-access"]);
    let live = live["file"].as_str().unwrap();
    let network = desk.credentials().join("localnet");
    let others = network.join("alice.near/bobs.json");
    let key = fs::read_to_string(live).unwrap();
    fs::create_dir_all(others.parent().unwrap()).unwrap();
    fs::write(&others, key.replace("bob.near", "alice.near")).unwrap();
    // The key of an implicit account that exists, in another account's file.
    let made = desk.json(&["key", "generate"]);
    let id = made["account"].as_str().unwrap();
    desk.answer(&["tx", "send", "alice.near", id, "--transfer", "2 NEAR"]);
    let implicit = network.join("alice.near/implicit.json");
    let key = fs::read_to_string(made["file"].as_str().unwrap()).unwrap();
    fs::write(&implicit, key.replace(id, "alice.near")).unwrap();
    fs::remove_dir_all(network.join(id)).unwrap();
    fs::remove_file(network.join(format!("{id}.json"))).unwrap();
    // A seed phrase next to the key.
    let words = network.join("alice.near/words.json");
    let key = fs::read_to_string(dead("carol.near")).unwrap().replace("carol.near", "alice.near");
    let phrase = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
    fs::write(&words, key.replace('{', &format!("{{\"master_seed_phrase\":\"{phrase}\",")))
        .unwrap();
    // A file that is being written, and one that a rotation may need.
    let writing = network.join("alice.near/.keyway-5TocL8");
    fs::write(&writing, &key).unwrap();
    let rotating = dead("dave.near");
    fs::write(network.join("dave.near/.keyway-rotation.json"), "{}").unwrap();

    desk.run(&["credentials", "doctor", "--prune", "--yes-forget"]);
    let left = desk.files();
    for kept in [&others, &implicit, &words, &writing, &rotating.into()] {
        assert!(left.contains(kept), "{}", kept.display());
    }
    assert!(left.iter().all(|path| !path.to_str().unwrap().contains("carol")));
    made_earlier(&writing);
    desk.run(&["credentials", "doctor", "--prune", "--yes-forget"]);
    assert!(!writing.exists());
}

/// A connection that was named `mainnet` but led to another chain had every key of mainnet pruned.
#[test]
fn keys_of_mainnet_are_pruned_by_mainnet_alone() {
    let desk = Desk::new();
    desk.answer(&["key", "generate", "alice.near"]);
    for folder in ["mainnet", "testnet", "shared"] {
        fs::create_dir_all(desk.credentials().join(folder)).unwrap();
        let from = desk.credentials().join("localnet/alice.near.json");
        fs::copy(from, desk.credentials().join(folder).join("alice.near.json")).unwrap();
    }
    let before = desk.files();
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(".config/near-cli");
    fs::create_dir_all(&dir).unwrap();
    let mut config = String::new();
    for (name, folder) in
        [("mine", "mainnet"), ("other", "testnet"), ("one", "shared"), ("two", "shared")]
    {
        config += &format!(
            "[network_connection.{name}]\nnetwork_name = \"{folder}\"\nrpc_url = \"http://{}/\"\n",
            desk.node.addr
        );
    }
    fs::write(dir.join("config.toml"), config).unwrap();
    let run = |network: &str, args: &[&str]| {
        let mut command = crate::common::command(args);
        command.args(["--network", network, "--credentials"]).arg(desk.credentials());
        command.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME").env_remove("NEAR_ENV");
        command.output().unwrap()
    };
    for network in ["mine", "other", "one"] {
        run(network, &["credentials", "doctor", "--prune", "--yes-forget"]);
        assert_eq!(desk.files(), before, "{network}");
    }
    // Nothing is signed for it, either.
    let said = run("mine", &["key", "list", "alice.near"]);
    assert!(!said.status.success());
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("mainnet") && said.contains("localnet"), "{said}");
}

fn key_in(file: &str) -> String {
    let text: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    text["public_key"].as_str().unwrap().to_owned()
}

fn account_in(file: &str) -> String {
    let text: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    text["account_id"].as_str().unwrap().to_owned()
}

/// A node that does not answer, or one of another chain, proves nothing about a key.
#[test]
fn nothing_is_pruned_where_the_chain_has_not_said_so() {
    let desk = Desk::new();
    desk.answer(&["key", "generate", "alice.near"]);
    let before = desk.files();
    fs::rename(desk.credentials().join("localnet"), desk.credentials().join("testnet")).unwrap();
    let renamed = desk.files();
    let node = format!("http://{}", desk.node.addr);
    let run = |network: &str, rpc: &str| {
        let mut command =
            crate::common::command(["credentials", "doctor", "--prune", "--yes-forget"]);
        command.args(["--network", network, "--credentials"]).arg(desk.credentials());
        command.env_remove("NEAR_ENV").env("NEAR_TESTNET_RPC", rpc).output().unwrap().status.code()
    };
    // The address of testnet leads to a chain with another name.
    assert_eq!(run("testnet", &node), Some(8));
    assert_eq!(run("testnet", "http://127.0.0.1:4398"), Some(8));
    assert_eq!(desk.files(), renamed);
    fs::rename(desk.credentials().join("testnet"), desk.credentials().join("localnet")).unwrap();
    assert_eq!(desk.files(), before);
}

#[test]
fn what_is_here_is_listed_without_a_chain() {
    let desk = Desk::new();
    desk.answer(&["key", "generate", "alice.near"]);
    let ml_dsa = desk.json(&["key", "generate", "bob.near", "--curve", "ml-dsa-65"]);
    let retired = format!("{}.retired", ml_dsa["file"].as_str().unwrap());
    fs::rename(ml_dsa["file"].as_str().unwrap(), retired).unwrap();
    snapshot("credentials_list", &desk.answer(&["credentials", "list"]));
    let list = desk.json(&["credentials", "list"]);
    assert_eq!(list["files"].as_array().unwrap().len(), 4);
    assert_eq!(list["files"][0]["network"], json!("localnet"));
}

#[test]
fn the_doctor_tells_what_is_wrong_and_mends_modes() {
    let desk = Desk::new();
    let added = desk.json(&["key", "add", "alice.near", "--full-access"]);
    let open = added["file"].as_str().unwrap();
    fs::set_permissions(open, PermissionsExt::from_mode(0o644)).unwrap();
    desk.answer(&["key", "generate", "bob.near"]);
    desk.answer(&["key", "generate", "nobody.near"]);
    for account in ["bob", "nobody"] {
        let main = desk.credentials().join(format!("localnet/{account}.near.json"));
        fs::remove_file(main).unwrap();
    }
    let broken = desk.credentials().join("localnet/carol.near.json");
    fs::write(&broken, "{").unwrap();
    fs::set_permissions(&broken, PermissionsExt::from_mode(0o600)).unwrap();
    let other = fs::read_to_string(open).unwrap().replace("alice.near", "dave.near");
    let other = other
        .replace(added["public_key"].as_str().unwrap(), "ed25519:11111111111111111111111111111111");
    let wrong = desk.credentials().join("localnet/dave.near.json");
    fs::write(&wrong, other).unwrap();
    fs::set_permissions(&wrong, PermissionsExt::from_mode(0o600)).unwrap();

    let said = desk.run(&["credentials", "doctor"]);
    assert_eq!(said.code, 12);
    snapshot("doctor", &said.whole());
    let said = desk.run(&["credentials", "doctor", "--fix", "--json"]);
    assert_eq!(said.code, 12);
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["problems"][0]["problem"], json!("open"));
    assert_eq!(report["problems"][0]["mended"], json!(true));
    assert_eq!(fs::metadata(open).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(report["problems"].as_array().unwrap().len(), 5);
}
