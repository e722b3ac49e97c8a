//! `keyway key import | export | show`

use crate::common::command;
use crate::desk::{Desk, Said, snapshot};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

/// Twelve words from which every wallet derives the same key.
const WORDS: &str = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";

/// A secret key that no account has.
const SECRET: &str = "ed25519:3D4YudUahN1nawWogh8pAKSj92sUNMdbZGjn7kERKzYoTy8tnFQuwoGUC51DowKqorvkr2pytJSnwuSbsNVfqygr";

/// Runs `keyway ARGS` with this text on stdin, and with a passphrase and a key in the environment.
fn run(desk: &Desk, stdin: &str, args: &[&str]) -> Said {
    let mut command = command(args);
    command.arg("--network").arg(format!("http://{}", desk.node.addr));
    command.arg("--credentials").arg(desk.credentials()).env_remove("NEAR_ENV");
    command.env("NO_COLOR", "1").env("KEYWAY_PASSPHRASE", "correct horse").env("KEY", SECRET);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// The answer, without any secret.
#[track_caller]
fn answer(desk: &Desk, stdin: &str, args: &[&str]) -> String {
    let said = run(desk, stdin, args);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    for secret in [&SECRET[8..40], &WORDS[..20]] {
        assert!(!said.stdout.contains(secret));
    }
    said.stdout
}

#[track_caller]
fn json(desk: &Desk, stdin: &str, args: &[&str]) -> Value {
    serde_json::from_str(&answer(desk, stdin, &[args, &["--json"]].concat())).unwrap()
}

#[track_caller]
fn is_private(path: &Path) {
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_is_imported_from_what_is_piped() {
    let desk = Desk::new();
    let import = ["key", "import", "bob.near"];
    snapshot("import", &answer(&desk, SECRET, &import));
    is_private(&desk.credentials().join("localnet/bob.near.json"));
    // Importing the same key again is not an error.
    snapshot("import_again", &answer(&desk, SECRET, &import));

    let phrase = json(&desk, WORDS, &import);
    assert_eq!(phrase["on_chain"], json!(false));
    let second = json(&desk, WORDS, &["key", "import", "bob.near", "--hd-path", "m/44'/397'/1'"]);
    assert_ne!(phrase["public_key"], second["public_key"]);
    let said = run(&desk, "ed25519:none", &import);
    assert_eq!(said.code, 2);
    snapshot("import_no_secret", &said.whole());
}

#[test]
fn a_secret_among_the_arguments_is_refused_and_not_repeated() {
    let desk = Desk::new();
    for secret in [vec![SECRET], WORDS.split(' ').collect()] {
        let said = run(&desk, "", &[&["key", "import", "bob.near"][..], &secret].concat());
        assert_eq!(said.code, 2);
        assert!(!said.stderr.contains(&secret[0][..5]));
        snapshot("import_argument", &said.whole());
    }
}

#[test]
fn a_key_goes_from_place_to_place() {
    let desk = Desk::new();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("spare.json");
    let file = file.to_str().unwrap();
    let imported = json(&desk, "", &["key", "import", "bob.near", "--from-env", "KEY"]);
    let key = imported["public_key"].as_str().unwrap();
    let export = ["key", "export", "bob.near", key];

    snapshot("export_file", &answer(&desk, "", &[&export[..], &["--file", file]].concat()));
    is_private(Path::new(file));
    assert_eq!(run(&desk, "", &[&export[..], &["--file", file]].concat()).code, 9);
    let other = home.path().join("other.json");
    let exported = json(&desk, "", &[&export[..], &["--file", other.to_str().unwrap()]].concat());
    // A single file is in none of the places.
    assert_eq!((&exported["kept"], &exported["file"]), (&Value::Null, &json!(other)));

    let sealed = json(&desk, "", &[&export[..], &["--to", "encrypted"]].concat());
    assert_eq!(sealed["kept"], json!("encrypted"));
    let sealed = std::fs::read_to_string(sealed["file"].as_str().unwrap()).unwrap();
    assert!(!sealed.contains(&SECRET[8..20]));
    let exposed =
        run(&desk, "", &[&export[..], &["--from", "encrypted", "--expose-secret"]].concat());
    assert_eq!((exposed.code, exposed.stdout.trim()), (0, SECRET));
}

#[test]
fn a_secret_is_printed_only_by_the_flag_that_says_so() {
    let desk = Desk::new();
    answer(&desk, SECRET, &["key", "import", "bob.near"]);
    let list = json(&desk, "", &["key", "list", "bob.near"]);
    assert_eq!(list["keys"].as_array().unwrap().len(), 1);
    let other = list["keys"][0]["public_key"].as_str().unwrap();
    // One of the well-known development keys.
    assert_eq!(run(&desk, "", &["key", "export", "bob.near", other, "--expose-secret"]).code, 0);
    let said = run(&desk, "", &["key", "export", "carol.near", other, "--expose-secret"]);
    assert_eq!(said.code, 9);
    snapshot("export_not_at_hand", &said.whole());
    assert_eq!(run(&desk, "", &["key", "export", "bob.near", other]).code, 2);
}

#[test]
fn one_key_is_shown_with_its_history() {
    let desk = Desk::new();
    let list = desk.json(&["key", "list", "alice.near"]);
    let own = list["keys"][0]["public_key"].as_str().unwrap();
    snapshot("show", &desk.answer(&["key", "show", "alice.near", own]));
    let app = ["--contract", "game.near", "--functions", "play", "--allowance", "0.25 NEAR"];
    let app = desk.json(&[&["key", "add", "alice.near"][..], &app].concat());
    let app = app["public_key"].as_str().unwrap();
    snapshot("show_app", &desk.answer(&["key", "show", "alice.near", app]));
    let gas = ["--full-access", "--gas-key", "2", "--fund", "0.5 NEAR"];
    let gas = desk.json(&[&["key", "add", "alice.near"][..], &gas].concat());
    let gas = gas["public_key"].as_str().unwrap();
    snapshot("show_gas_key", &desk.answer(&["key", "show", "alice.near", gas]));
    let shown = desk.json(&["key", "show", "alice.near", gas]);
    assert_eq!(shown["gas_key"]["rows"], json!(2));
    assert_eq!(shown["gas_key"]["balance"], json!("500000000000000000000000"));
    assert_eq!(shown["nonces"].as_array().unwrap().len(), 2);
    assert_eq!(shown["history"]["reading"], json!("never_used"));

    let said = desk.run(&["key", "show", "bob.near", own]);
    assert_eq!(said.code, 8);
    snapshot("show_unknown", &said.whole());
}

#[test]
fn a_key_file_is_understood_wherever_it_comes_from() {
    let desk = Desk::new();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("spare.json");
    answer(&desk, SECRET, &["key", "import", "bob.near"]);
    let public_key = SECRET.parse::<keyway::KeyPair>().unwrap().public_key().to_string();
    let export = ["key", "export", "bob.near", &public_key, "--file", file.to_str().unwrap()];
    answer(&desk, "", &export);
    let text = std::fs::read_to_string(&file).unwrap();

    let other = Desk::new();
    let piped = json(&other, &text, &["key", "import", "bob.near"]);
    assert_eq!(piped["public_key"], json!(public_key));
    // As with `--from <(cat spare.json)`: it can be read only once.
    let from = ["key", "import", "bob.near", "--from", "/dev/stdin", "--to", "encrypted"];
    assert_eq!(json(&other, &text, &from)["public_key"], json!(public_key));

    let import = ["key", "import", "carol.near", "--from", file.to_str().unwrap()];
    for said in [run(&other, "", &import), run(&other, &text, &import[..3])] {
        assert_eq!(said.code, 9);
        assert!(said.stderr.contains("bob.near"), "{}", said.stderr);
    }
}

/// The files were written, but the command failed, or reported a missing key for an account that
/// does not exist yet.
#[test]
fn a_key_is_imported_before_its_account_is_there() {
    let desk = Desk::new();
    let id = "0".repeat(64);
    let own = desk.json(&["key", "generate"]);
    let own_id = own["account"].as_str().unwrap();
    let text = std::fs::read_to_string(own["file"].as_str().unwrap()).unwrap();
    std::fs::remove_dir_all(desk.credentials().join("localnet")).unwrap();
    for _again in 0..2 {
        let said = answer(&desk, &text, &["key", "import", own_id]);
        let told = format!("there is no account {own_id} yet on localnet");
        assert!(said.contains(&told) && said.contains("creates it with this key"), "{said}");
    }
    let other = json(&desk, SECRET, &["key", "import", &id]);
    assert_eq!((&other["on_chain"], &other["account_exists"]), (&json!(false), &json!(false)));
    let named = answer(&desk, SECRET, &["key", "import", "nobody.near"]);
    assert!(named.contains("until the account exists"), "{named}");
}

#[test]
fn what_is_no_near_key_is_named_and_a_seed_is_read_when_asked() {
    let desk = Desk::new();
    let pair = keyway::KeyPair::from_ed25519_seed(&[0xab; 32]);
    let (hex, base64) = ("ab".repeat(32), "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=");
    let base58 = pair.expose_secret_text();
    let import = ["key", "import", "bob.near"];
    for (text, told) in
        [(hex.as_str(), "hexadecimal"), (base64, "base64"), (&format!("0x{hex}"), "hexadecimal")]
    {
        let said = run(&desk, text, &import);
        assert_eq!(said.code, 2);
        assert!(
            said.stderr.contains(told) && said.stderr.contains("--from-seed"),
            "{}",
            said.stderr
        );
        assert!(!said.stderr.contains(&text[4..20]), "{}", said.stderr);
        let read = json(&desk, text, &[&import[..], &["--from-seed"]].concat());
        assert_eq!(read["public_key"], json!(pair.public_key().to_string()));
    }
    // A public key looks like a seed.
    let said = run(&desk, &pair.public_key().to_string(), &import);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("--from-seed") && !said.stderr.contains("from_ed25519"),
        "{}",
        said.stderr
    );
    let said = run(&desk, "ed25519:none", &[&import[..], &["--from-seed"]].concat());
    assert_eq!(said.code, 2);
    let marked = format!("\u{feff}{}\r\n", *base58);
    assert_eq!(run(&desk, &marked, &import).code, 0);
}

#[test]
fn a_secret_moves_and_is_forgotten() {
    let desk = Desk::new();
    let imported = json(&desk, SECRET, &["key", "import", "bob.near"]);
    let key = imported["public_key"].as_str().unwrap();
    let export = ["key", "export", "bob.near", key, "--to", "encrypted"];
    let exported = answer(&desk, "", &export);
    assert!(exported.contains("the plain file stays: "), "{exported}");
    assert!(exported.contains("keyway key forget bob.near"), "{exported}");

    // The same secret is there already.
    let moved = json(&desk, "", &["key", "move", "bob.near", key, "--to", "encrypted"]);
    assert_eq!(moved["moved"][0]["kept"], json!("encrypted"));
    assert_eq!(moved["moved"][0]["removed_files"].as_array().unwrap().len(), 2);
    let files = desk.files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files.first().unwrap().extension().unwrap() == "sealed");
    let back = ["key", "move", "bob.near", "--from", "encrypted", "--to", "files"];
    snapshot("key_move", &answer(&desk, "", &back));
    assert_eq!(run(&desk, "", &back).code, 2, "nothing is left there");

    let forget = ["key", "forget", "bob.near", key];
    let said = run(&desk, "", &forget);
    assert_eq!(said.code, 10);
    snapshot("key_forget_asks", &said.whole());
    assert_eq!(desk.files().len(), 2);
    let forgotten = json(&desk, "", &[&forget[..], &["--yes-forget"]].concat());
    assert_eq!(forgotten["removed_files"].as_array().unwrap().len(), 2);
    assert_eq!(std::fs::read_dir(desk.credentials()).unwrap().count(), 0);
    assert_eq!(run(&desk, "", &[&forget[..], &["--yes-forget"]].concat()).code, 9);
}

#[test]
fn a_seed_phrase_is_not_lost_on_the_way() {
    let desk = Desk::new();
    let file = desk.credentials().join("localnet/bob.near.json");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, json!({ "master_seed_phrase": WORDS }).to_string()).unwrap();
    let to_sealed = ["key", "move", "bob.near", "--to", "encrypted"];
    let said = run(&desk, "", &to_sealed);
    assert_eq!(said.code, 10);
    assert!(said.stderr.contains("seed phrase") && file.exists(), "{}", said.stderr);
    answer(&desk, "", &[&to_sealed[..], &["--yes-forget"]].concat());
    assert!(!file.exists());
}

/// A typo created directories, and hid a secret in them.
#[test]
fn no_directory_is_made_of_a_typo() {
    let desk = Desk::new();
    let key = json(&desk, SECRET, &["key", "import", "bob.near"])["public_key"].clone();
    let typo = desk.credentials().join("typo/dir");
    let file = typo.join("x.json");
    let export =
        ["key", "export", "bob.near", key.as_str().unwrap(), "--file", file.to_str().unwrap()];
    let said = run(&desk, "", &export);
    assert_eq!(said.code, 9);
    assert!(said.stderr.contains("there is no directory"), "{}", said.stderr);
    let mut command = command(["key", "generate", "a.near", "--network", "testnet"]);
    command.arg("--credentials").arg(&typo).env_remove("NEAR_ENV");
    assert_eq!(command.output().unwrap().status.code(), Some(9));
    assert!(!desk.credentials().join("typo").exists());
}
