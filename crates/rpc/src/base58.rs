//! Hashes, keys and signatures as text.
//!
//! Their own types encode them digit by digit, and answers are full of them, so a node would spend as much time on an
//! answer as on the chain. Here a faster encoder writes the same text.

use five8::{BASE58_ENCODED_32_MAX_LEN, BASE58_ENCODED_64_MAX_LEN, encode_32, encode_64};
use near_crypto::{PublicKey, Signature};
use near_primitives::hash::CryptoHash;
use serde::ser::Error;
use serde::{Serialize, Serializer};

/// A hash that is serialized in base58.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub CryptoHash);

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; BASE58_ENCODED_32_MAX_LEN];
        let length = encode_32(self.0.as_bytes(), &mut text);
        ascii(&text[..usize::from(length)], serializer)
    }
}

/// Serializes a public key, `ed25519:…`, for `#[serde(serialize_with)]`.
///
/// # Errors
/// The serializer's.
pub fn public_key<S: Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
    let PublicKey::ED25519(key) = key else { return key.serialize(serializer) };
    let mut text = [0; PREFIX.len() + BASE58_ENCODED_32_MAX_LEN];
    let (prefix, digits) = text.split_at_mut(PREFIX.len());
    prefix.copy_from_slice(PREFIX);
    let digits = digits.first_chunk_mut().ok_or_else(|| S::Error::custom("no room"))?;
    let length = usize::from(encode_32(&key.0, digits));
    ascii(&text[..PREFIX.len() + length], serializer)
}

pub(crate) fn signature<S: Serializer>(
    signature: &Signature,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Signature::ED25519(ed25519) = signature else { return signature.serialize(serializer) };
    let mut text = [0; PREFIX.len() + BASE58_ENCODED_64_MAX_LEN];
    let (prefix, digits) = text.split_at_mut(PREFIX.len());
    prefix.copy_from_slice(PREFIX);
    let digits = digits.first_chunk_mut().ok_or_else(|| S::Error::custom("no room"))?;
    let length = usize::from(encode_64(&ed25519.to_bytes(), digits));
    ascii(&text[..PREFIX.len() + length], serializer)
}

fn ascii<S: Serializer>(text: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(std::str::from_utf8(text).map_err(S::Error::custom)?)
}

/// The prefix of the text of an ed25519 key or signature.
const PREFIX: &[u8] = b"ed25519:";

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, SecretKey};
    use near_primitives::hash::hash;

    #[test]
    fn hashes_are_written_as_nearcore_writes_them() {
        let zeros = CryptoHash::default();
        let mut small = zeros;
        small.0[31] = 1;
        let some = (0..1_000_u64).map(|number| hash(&number.to_le_bytes()));
        for hash in some.chain([zeros, small, CryptoHash([255; 32])]) {
            assert_eq!(
                serde_json::to_value(Hash(hash)).unwrap(),
                serde_json::to_value(hash).unwrap()
            );
        }
    }

    #[test]
    fn keys_and_signatures_are_written_as_nearcore_writes_them() {
        for kind in [KeyType::ED25519, KeyType::SECP256K1] {
            for number in 0..50_u64 {
                let secret = SecretKey::from_seed(kind, &number.to_string());
                let (key, signed) =
                    (secret.public_key(), secret.sign(hash(&number.to_le_bytes()).as_ref()));
                let ours = public_key(&key, serde_json::value::Serializer).unwrap();
                assert_eq!(ours, serde_json::to_value(&key).unwrap());
                let ours = signature(&signed, serde_json::value::Serializer).unwrap();
                assert_eq!(ours, serde_json::to_value(&signed).unwrap());
            }
        }
    }
}
