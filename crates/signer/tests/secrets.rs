//! Nothing that prints contains a secret: no value's `Debug`, no error's `Debug`, and no message.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_signer::{
    AccountId, Curve, EncryptedFileKeys, EnvironmentKey, FileKeys, HdPath, KeyFile, KeyPair,
    KeyService, MemoryKeys, Message, Passphrase, SeedPhrase,
};
use std::error::Error;
use std::fmt::Debug;
use std::fs;

const WORDS: &str = "fatal edge jacket cash hard pass gallery fabric whisper size rain biology";
const PASSPHRASE: &str = "correct horse battery staple";

fn alice() -> AccountId {
    "alice.near".parse().unwrap()
}

/// Everything that `value` prints.
fn shown(value: &impl Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// Everything that `error` and its causes print.
fn told(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        text.push_str(&format!("{error}\n{error:?}\n"));
        next = error.source();
    }
    text
}

/// Fails if eight consecutive characters of `secret` are in `text`.
#[track_caller]
fn hidden(secret: &str, text: &str) {
    let body = secret.split_once(':').map_or(secret, |(_, body)| body);
    for start in 0..body.len() - 8 {
        let part = &body[start..start + 8];
        assert!(!text.contains(part), "`{part}` of the secret is in:\n{text}");
    }
}

fn secret(key_pair: &KeyPair) -> String {
    key_pair.expose_secret_text().to_string()
}

#[test]
#[should_panic(expected = "of the secret is in")]
fn the_check_finds_a_secret() {
    let secret = secret(&KeyPair::random_ed25519());
    hidden(&secret, &format!("a log line with {secret}"));
}

#[tokio::test]
async fn values_do_not_print_their_secret() {
    for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
        let home = tempfile::tempdir().unwrap();
        let key_pair = KeyPair::random(curve);
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let files = FileKeys::new(home.path(), "testnet").unwrap();
        let path = files.save(&alice(), &key_pair).unwrap();
        let encrypted = EncryptedFileKeys::new(home.path(), "testnet", passphrase.clone()).unwrap();
        encrypted.save(&alice(), &key_pair).unwrap();
        encrypted.sign(&alice(), key_pair.public_key(), &[1; 32]).await.unwrap();
        let message = Message::new("text", "recipient");
        let text = [
            shown(&key_pair),
            shown(&MemoryKeys::new().with(alice(), key_pair.clone())),
            shown(&EnvironmentKey::from_value(alice(), "KEY", &secret(&key_pair)).unwrap()),
            shown(&KeyFile::read(&path).unwrap()),
            shown(&(files, encrypted, passphrase)),
            shown(&(message.sign(alice(), &key_pair), message)),
        ]
        .concat();
        hidden(&secret(&key_pair), &text);
        hidden(PASSPHRASE, &text);
    }
}

#[test]
fn a_seed_phrase_does_not_print() {
    let phrase: SeedPhrase = WORDS.parse().unwrap();
    hidden(WORDS, &shown(&phrase));
    hidden(&secret(&phrase.key_pair(&HdPath::default())), &shown(&phrase));
    let last_word_wrong = WORDS.replace("biology", "biologie");
    hidden(&last_word_wrong, &told(&last_word_wrong.parse::<SeedPhrase>().unwrap_err()));
    hidden(WORDS, &told(&WORDS.parse::<HdPath>().unwrap_err()));
    hidden(WORDS, &told(&WORDS.parse::<KeyPair>().unwrap_err()));
}

#[test]
fn errors_do_not_quote_a_secret_with_a_slip() {
    for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
        let secret = secret(&KeyPair::random(curve));
        let (_, body) = secret.split_once(':').unwrap();
        let slips = [
            format!("{secret}!"),
            format!("{secret}{body}"),
            secret[..secret.len() - 9].to_owned(),
            format!(" {secret}"),
            format!("{body}:"),
            secret.replacen(':', ";", 1),
            format!("0{body}"),
        ];
        for slip in slips {
            hidden(&secret, &told(&slip.parse::<KeyPair>().unwrap_err()));
            hidden(&secret, &told(&KeyPair::from_ed25519_seed_text(&slip).unwrap_err()));
            // Surrounding space is accepted there.
            let variable = format!("{slip};");
            hidden(
                &secret,
                &told(&EnvironmentKey::from_value(alice(), "KEY", &variable).unwrap_err()),
            );
            hidden(&secret, &told(&slip.parse::<HdPath>().unwrap_err()));
            hidden(&secret, &told(&slip.parse::<SeedPhrase>().unwrap_err()));
            hidden(&secret, &told(&FileKeys::new("/nowhere", &format!("{slip}/")).unwrap_err()));
        }
    }
}

#[tokio::test]
async fn errors_do_not_quote_a_bad_files_secret() {
    let home = tempfile::tempdir().unwrap();
    let key_pair = KeyPair::random_ed25519();
    let (secret, public_key) = (secret(&key_pair), KeyPair::random_ed25519().public_key().clone());
    let directory = home.path().join("testnet");
    fs::create_dir(&directory).unwrap();
    let contents = [
        secret.clone(),
        format!("\"{secret}\""),
        format!("[\"{secret}\"]"),
        format!("{{\"{secret}\":1}}"),
        format!("{{\"private_key\":\"{secret}\""),
        format!("{{\"private_key\":[\"{secret}\"]}}"),
        format!("{{\"private_key\":\"{secret}1\"}}"),
        format!("{{\"account_id\":\"{secret}\"}}"),
        format!("{{\"private_key\":\"{secret}\",\"account_id\":\"{secret}\"}}"),
        format!("{{\"private_key\":\"{secret}\",\"public_key\":\"{secret}\"}}"),
        format!("{{\"private_key\":\"{secret}\",\"public_key\":\"{public_key}\"}}"),
        format!("{{\"private_key\":\"{secret}\",\"account_id\":\"bob.near\"}}"),
        format!("{{\"master_seed_phrase\":\"{secret}\"}}"),
        format!("{{\"master_seed_phrase\":\"{WORDS}\",\"seed_phrase_hd_path\":\"{secret}\"}}"),
    ];
    let keys = FileKeys::new(home.path(), "testnet").unwrap();
    for contents in contents {
        fs::write(directory.join("alice.near.json"), &contents).unwrap();
        let error = keys.sign(&alice(), key_pair.public_key(), &[1; 32]).await.unwrap_err();
        hidden(&secret, &told(&error));
        hidden(WORDS, &told(&error));
    }
}
