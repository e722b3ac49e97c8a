//! Key files, secrets as text, and the search for secrets in other text.
//!
//! An error about a secret never holds it, and what is shown without secrets has none.

#![no_main]

use keyway_signer::{
    HdPath, KeyFile, KeyPair, SeedPhrase, SignedMessage, find_likely_secrets, find_secrets,
    is_printable, printable, without_secrets,
};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let alice = "alice.near".parse().expect("it is an account id");
    match KeyFile::parse_of(Path::new("key.json"), bytes, &alice) {
        Ok(file) => assert_same(&file.key_pair),
        Err(error) => assert_silent(&error.to_string()),
    }
    let _message = serde_json::from_slice::<SignedMessage>(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<KeyPair>() {
        Ok(pair) => assert_same(&pair),
        Err(error) => assert_silent(&error.to_string()),
    }
    match (text.parse::<SeedPhrase>(), text.parse::<HdPath>()) {
        (Ok(phrase), _) => drop(phrase.key_pair(&HdPath::default())),
        (Err(error), _) => assert_silent(&error.to_string()),
    }
    let shown = printable(text);
    assert!(shown.chars().all(is_printable), "{text:?} is shown as {shown:?}");
    let (found, likely) = (find_secrets(text), find_likely_secrets(text));
    for range in found.iter().chain(&likely) {
        assert!(text.get(range.clone()).is_some_and(|secret| !secret.is_empty()));
    }
    assert_silent(&without_secrets(text));
});

/// The text of a secret is read back as the same key pair.
fn assert_same(pair: &KeyPair) {
    let read: KeyPair = pair.expose_secret_text().parse().expect("it was just written");
    assert_eq!(read.public_key(), pair.public_key());
}

fn assert_silent(text: &str) {
    assert!(find_secrets(text).is_empty(), "a secret is left in {text:?}");
}
