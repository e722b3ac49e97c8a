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
    assert_eq!(doctor, "1 key files, 0 problems left\n");
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
