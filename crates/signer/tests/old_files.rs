//! Files of an earlier version can still be opened.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway_signer::{AccountId, EncryptedFileKeys, FileKeys, KeyPair, KeyService, Passphrase};
use std::path::{Path, PathBuf};

/// The key pair in each fixture.
fn key_pair() -> KeyPair {
    KeyPair::from_ed25519_seed(&[7; 32])
}

fn alice() -> AccountId {
    "alice.testnet".parse().unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

#[tokio::test]
async fn an_encrypted_file_of_version_1_opens() {
    let passphrase = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    let keys = EncryptedFileKeys::new(fixtures().join("version-1"), "testnet", passphrase).unwrap();
    assert_eq!(keys.public_keys(&alice()).await.unwrap(), [key_pair().public_key().clone()]);
    assert_eq!(keys.open(&alice(), key_pair().public_key()).unwrap(), key_pair());
}

#[test]
fn a_plain_file_opens() {
    let keys = FileKeys::new(fixtures().join("version-1"), "testnet").unwrap();
    assert_eq!(keys.accounts().unwrap(), [alice()]);
    assert_eq!(keys.key_pairs(&alice()).unwrap(), [key_pair()]);
}
