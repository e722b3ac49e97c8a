//! With the keychain library's mock, so that no test touches a real one.

use super::super::*;
use keyring_core::mock;

fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

fn keys() -> KeychainKeys {
    KeychainKeys::over(mock::Store::new().unwrap(), "testnet").unwrap()
}

#[tokio::test]
async fn a_saved_key_signs_on_each_curve() {
    let keys = keys();
    let pairs =
        [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()];
    for pair in &pairs {
        keys.save(&id("alice.near"), pair).unwrap();
        let signature = keys.sign(&id("alice.near"), pair.public_key(), &[1; 32]).await.unwrap();
        assert!(pair.verify(&[1; 32], &signature));
    }
    assert_eq!(
        keys.public_keys(&id("alice.near")).await.unwrap(),
        pairs.clone().map(|pair| pair.public_key().clone())
    );
    assert!(keys.public_keys(&id("alice")).await.unwrap().is_empty());
    let refused = keys.sign(&id("bob.near"), pairs[0].public_key(), &[1; 32]).await.unwrap_err();
    assert!(matches!(refused, KeyServiceError::NoKey { .. }));
}

#[test]
fn the_layout_is_near_cli_rs() {
    let keys = keys();
    let pair = KeyPair::random_ed25519();
    let user = format!("alice.near:{}", pair.public_key());
    let entry = keys.store.build("near-testnet-alice.near", &user, None).unwrap();
    let json = format!(
        r#"{{"seed_phrase_hd_path":"m/44'/397'/0'","master_seed_phrase":"a b","implicit_account_id":"{}","public_key":"{}","private_key":"{}"}}"#,
        "1".repeat(64),
        pair.public_key(),
        *pair.expose_secret_text()
    );
    entry.set_password(&json).unwrap();
    assert_eq!(keys.get(&id("alice.near"), pair.public_key()).unwrap(), Some(pair));
}

#[test]
fn nothing_is_overwritten() {
    let keys = keys();
    let pair = KeyPair::random_ed25519();
    keys.save(&id("alice.near"), &pair).unwrap();
    let refused = keys.save(&id("alice.near"), &pair).unwrap_err();
    assert!(matches!(refused, KeychainError::AlreadyExists { .. }));
}

#[test]
fn a_removed_key_is_gone() {
    let keys = keys();
    let pair = KeyPair::random_ml_dsa_65();
    keys.save(&id("alice.near"), &pair).unwrap();
    for was_there in [true, false] {
        assert_eq!(keys.remove(&id("alice.near"), pair.public_key()).unwrap(), was_there);
        assert_eq!(keys.get(&id("alice.near"), pair.public_key()).unwrap(), None);
    }
}

#[test]
fn another_key_in_its_place_is_refused() {
    let keys = keys();
    let (one, two) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    let entry = keys.entry(&id("alice.near"), one.public_key()).unwrap();
    entry.set_secret(&write_key_file(&id("alice.near"), &two)).unwrap();
    let refused = keys.get(&id("alice.near"), one.public_key()).unwrap_err();
    assert!(matches!(refused, KeychainError::WrongKey { .. }));
    entry.set_secret(b"{}").unwrap();
    let refused = keys.get(&id("alice.near"), one.public_key()).unwrap_err();
    assert!(matches!(refused, KeychainError::NotAKey(_)));
}

#[test]
fn debug_does_not_ask_the_store() {
    let keys = keys();
    let pair = KeyPair::random_ed25519();
    keys.save(&id("alice.near"), &pair).unwrap();
    assert_eq!(format!("{keys:?}"), r#"KeychainKeys { network: "testnet", .. }"#);
}
