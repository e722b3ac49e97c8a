//! The format of an encrypted key file, version 1: JSON, with the account and the public key in clear text.

mod cipher;
mod error;

use crate::{KeyPair, Passphrase};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
pub(super) use cipher::Costs;
pub use error::SealError;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The version that is written and read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Envelope {
    keyway_sealed_key: u32,
    account_id: String,
    public_key: String,
    argon2id: Costs,
    salt: String,
    nonce: String,
    /// The secret's text, encrypted with XChaCha20-Poly1305.
    ciphertext: String,
}

/// Encrypts a key pair.
pub(super) fn seal(
    account_id: &AccountId,
    key_pair: &KeyPair,
    passphrase: &Passphrase,
    costs: Costs,
) -> Result<Vec<u8>, SealError> {
    let (salt, nonce) = (*crate::random::bytes::<16>(), *crate::random::bytes::<24>());
    let public_key = key_pair.public_key().to_string();
    let key = cipher::stretch(passphrase, &salt, costs)?;
    let secret = key_pair.expose_secret_text();
    let header = header(account_id.as_str(), &public_key);
    let envelope = Envelope {
        keyway_sealed_key: VERSION,
        account_id: account_id.to_string(),
        public_key,
        argon2id: costs,
        salt: STANDARD.encode(salt),
        nonce: STANDARD.encode(nonce),
        ciphertext: STANDARD.encode(cipher::encrypt(&key, &nonce, secret.as_bytes(), &header)?),
    };
    serde_json::to_vec_pretty(&envelope)
        .map_err(|_| SealError::Field { field: "keyway_sealed_key" })
}

/// Decrypts the key pair in `contents`, which must be of this account and key.
pub(super) fn open(
    contents: &[u8],
    account_id: &AccountId,
    public_key: &PublicKey,
    passphrase: &Passphrase,
) -> Result<KeyPair, SealError> {
    let envelope = parse(contents)?;
    if envelope.account_id != account_id.as_str() {
        return Err(SealError::Misplaced { field: "account_id" });
    }
    if envelope.public_key != public_key.to_string() {
        return Err(SealError::Misplaced { field: "public_key" });
    }
    let key = cipher::stretch(passphrase, &field("salt", &envelope.salt)?, envelope.argon2id)?;
    let nonce = field("nonce", &envelope.nonce)?;
    let nonce =
        <&[u8; 24]>::try_from(&nonce[..]).map_err(|_| SealError::Field { field: "nonce" })?;
    let ciphertext = field("ciphertext", &envelope.ciphertext)?;
    let header = header(&envelope.account_id, &envelope.public_key);
    let secret = cipher::decrypt(&key, nonce, &ciphertext, &header)?;
    let secret = std::str::from_utf8(&secret).ok().and_then(|text| text.parse::<KeyPair>().ok());
    secret.filter(|key_pair| key_pair.public_key() == public_key).ok_or(SealError::WrongSecret)
}

/// The public key in `contents`. It needs no passphrase, and is not authenticated.
pub(super) fn public_key(contents: &[u8]) -> Result<PublicKey, SealError> {
    parse(contents)?.public_key.parse().map_err(|_| SealError::Field { field: "public_key" })
}

fn parse(contents: &[u8]) -> Result<Envelope, SealError> {
    let envelope: Envelope = serde_json::from_slice(contents)
        .map_err(|error| SealError::NotJson { line: error.line(), column: error.column() })?;
    match envelope.keyway_sealed_key {
        VERSION => Ok(envelope),
        got => Err(SealError::Version { got, known: VERSION }),
    }
}

fn field(field: &'static str, base64: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    STANDARD.decode(base64).map(Zeroizing::new).map_err(|_| SealError::Field { field })
}

/// The authenticated clear text.
fn header(account_id: &str, public_key: &str) -> Vec<u8> {
    format!("keyway_sealed_key {VERSION}\n{account_id}\n{public_key}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passphrase() -> Passphrase {
        Passphrase::new("one".to_owned()).unwrap()
    }

    /// Seals a key, changes the JSON, and opens it.
    fn changed(change: impl Fn(&mut serde_json::Value)) -> Result<KeyPair, SealError> {
        let (account_id, key_pair) = ("alice.near".parse().unwrap(), KeyPair::random_ed25519());
        let sealed = seal(&account_id, &key_pair, &passphrase(), Costs::CHEAP).unwrap();
        let mut json = serde_json::from_slice(&sealed).unwrap();
        change(&mut json);
        open(json.to_string().as_bytes(), &account_id, key_pair.public_key(), &passphrase())
    }

    #[track_caller]
    fn refused(field: &str, value: impl Into<serde_json::Value>, why: SealError) {
        let value = value.into();
        assert_eq!(changed(|json| json[field] = value.clone()).unwrap_err(), why);
    }

    #[test]
    fn each_change_has_its_error() {
        assert!(changed(|_| ()).is_ok());
        refused("keyway_sealed_key", 2, SealError::Version { got: 2, known: 1 });
        refused("account_id", "bob.near", SealError::Misplaced { field: "account_id" });
        refused("public_key", "ed25519:1", SealError::Misplaced { field: "public_key" });
        refused("salt", "?", SealError::Field { field: "salt" });
        refused("salt", "AAAA", SealError::Costs);
        refused("salt", "AAAAAAAAAAAAAAAAAAAAAA==", SealError::WrongPassphrase);
        refused("nonce", "AAAA", SealError::Field { field: "nonce" });
        refused("ciphertext", "", SealError::WrongPassphrase);
        let endless = serde_json::json!({ "memory_kib": 64, "passes": u32::MAX, "lanes": 1 });
        refused("argon2id", endless, SealError::Costs);
        let huge = serde_json::json!({ "memory_kib": u32::MAX, "passes": 1, "lanes": 1 });
        refused("argon2id", huge, SealError::Costs);
    }

    #[test]
    fn a_secret_of_another_key_is_refused() {
        let account_id: AccountId = "alice.near".parse().unwrap();
        let (one, two) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
        let sealed = seal(&account_id, &one, &passphrase(), Costs::CHEAP).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
        json["public_key"] = two.public_key().to_string().into();
        let error = open(json.to_string().as_bytes(), &account_id, two.public_key(), &passphrase())
            .unwrap_err();
        assert_eq!(error, SealError::WrongPassphrase);
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(contents: Vec<u8>) {
            prop_assert!(public_key(&contents).is_err());
        }
    }
}
