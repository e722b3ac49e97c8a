//! `keyway message …`

use crate::desk::{Desk, snapshot};

#[test]
fn a_signed_message_proves_who_holds_the_key() {
    let desk = Desk::new();
    let text = ["--text", "Log me in", "--recipient", "game.near"];
    let sign = |account| desk.json(&[&["message", "sign", account][..], &text].concat());
    let proof = sign("alice.near");
    let file = desk.credentials().join("proof.json");
    std::fs::write(&file, proof.to_string()).unwrap();
    let nonce = proof["nonce"].as_str().unwrap();
    let verify = |text: &[&str]| {
        let from = ["message", "verify", file.to_str().unwrap(), "--nonce", nonce];
        desk.run(&[&from[..], text].concat())
    };
    snapshot("message_verify", &verify(&text).whole());
    let other = verify(&["--text", "Log me in", "--recipient", "other.near"]);
    assert_eq!(other.code, 12);
    snapshot("message_verify_other", &other.whole());

    // It claims to be Bob's, but is Alice's.
    let mut forged = proof.clone();
    forged["accountId"] = "bob.near".into();
    std::fs::write(&file, forged.to_string()).unwrap();
    assert_eq!(verify(&text).code, 12);
    snapshot("message_verify_forged", &verify(&text).whole());
    assert_eq!(verify(&[&text[..], &["--signature-only"]].concat()).code, 0);

    // A missing account was reported as a missing key.
    forged["accountId"] = "ghost.near".into();
    std::fs::write(&file, forged.to_string()).unwrap();
    let ghost = verify(&text);
    assert_eq!(ghost.code, 12);
    assert!(
        ghost.stderr.contains("not proven: there is no account ghost.near"),
        "{}",
        ghost.stderr
    );
}

#[test]
fn a_key_for_an_app_does_not_speak_for_the_account() {
    let desk = Desk::new();
    let grant = ["--contract", "game.near", "--any-function", "--allowance", "1 NEAR"];
    let app = desk.json(&[&["key", "add", "alice.near"][..], &grant].concat());
    let text = ["--text", "Log me in", "--recipient", "game.near"];
    let with = ["--sign-with", app["public_key"].as_str().unwrap()];
    let proof = desk.json(&[&["message", "sign", "alice.near"][..], &text, &with].concat());
    let file = desk.credentials().join("proof.json");
    std::fs::write(&file, proof.to_string()).unwrap();
    let nonce = ["--nonce", proof["nonce"].as_str().unwrap()];
    let verify = ["message", "verify", file.to_str().unwrap()];
    let said = desk.run(&[&verify[..], &text, &nonce].concat());
    assert_eq!(said.code, 12);
    snapshot("message_verify_function_call_key", &said.whole());
}

#[test]
fn shells_complete_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = crate::common::keyway(["completions", shell]);
        assert!(output.status.success());
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("completions") && script.contains("network"), "{shell}");
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("share/man1");
    let output = crate::common::keyway(["man".as_ref(), pages.as_os_str()]);
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let mut expected = vec!["keyway.1".to_owned()];
    name_pages(&keyway_cli::command_line(), "keyway", &mut expected);
    expected.sort();
    let mut written: Vec<_> = std::fs::read_dir(&pages)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(written, expected);
    assert!(written.len() > 60, "{}", written.len());
    let page = std::fs::read_to_string(pages.join("keyway-key-rotate.1")).unwrap();
    for words in [".TH keyway-key-rotate 1", ".SH SYNOPSIS", "Examples:", "\\-\\-network"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

fn name_pages(command: &clap::Command, name: &str, names: &mut Vec<String>) {
    for command in command.get_subcommands() {
        if command.is_hide_set() || command.get_name() == "help" {
            continue;
        }
        let name = format!("{name}-{}", command.get_name());
        names.push(format!("{name}.1"));
        name_pages(command, &name, names);
    }
}

#[test]
fn where_the_answer_goes_is_signed_too() {
    let desk = Desk::new();
    let text = ["--text", "Log me in", "--recipient", "game.near"];
    let url = ["--callback-url", "https://game.example/in"];
    let proof = desk.json(&[&["message", "sign", "alice.near"][..], &text, &url].concat());
    let file = desk.credentials().join("proof.json");
    std::fs::write(&file, proof.to_string()).unwrap();
    let nonce = proof["nonce"].as_str().unwrap();
    let verify = ["message", "verify", file.to_str().unwrap(), "--nonce", nonce];
    assert_eq!(desk.run(&[&verify[..], &text, &url].concat()).code, 0);
    for other in [&[][..], &["--callback-url", "https://thief.example/in"]] {
        assert_eq!(desk.run(&[&verify[..], &text, other].concat()).code, 12, "{other:?}");
    }
}
