//! Key pairs from labels: `alice/app` is an ed25519 key, `secp256k1:…` and `ml-dsa-65:…` pick
//! the other curves. The seed (for secp256k1 the secret scalar) is the label's sha256.

use near_crypto::{ED25519SecretKey, PublicKey, SecretKey, Signature, ml_dsa_65_from_seed};
use near_primitives::hash::CryptoHash;

use crate::fields::Malformed;

/// A key pair made from a label.
#[derive(Debug)]
pub struct Key(SecretKey);

/// The key pair of a label.
///
/// # Errors
/// [`Malformed`] if the label's hash is no secret key of its curve: a chance of 2⁻¹²⁸.
pub fn key(label: &str) -> Result<Key, Malformed> {
    let seed = CryptoHash::hash_bytes(label.as_bytes()).0;
    let secret = match label.split_once(':') {
        Some(("secp256k1", _)) => {
            format!("secp256k1:{}", bs58::encode(seed).into_string()).parse().ok()
        }
        Some(("ml-dsa-65", _)) => ml_dsa_65_from_seed(&seed).ok(),
        _ => Some(ed25519(&seed)),
    };
    secret.map(Key).ok_or_else(|| Malformed(format!("no key has the label {label}")))
}

impl Key {
    /// The public half, as the chain knows it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.0.public_key()
    }

    /// The key's wire form: the curve's tag and the public key's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let public = self.public();
        let tag = public.key_type() as u8;
        [&[tag], public.key_data()].concat()
    }

    /// The wire form of a signature of `digest`: the curve's tag and the signature's bytes.
    pub(crate) fn sign(&self, digest: &CryptoHash) -> Vec<u8> {
        match self.0.sign(digest.as_ref()) {
            Signature::ED25519(signature) => [&[0], &signature.to_bytes()[..]].concat(),
            Signature::SECP256K1(signature) => {
                let bytes: [u8; 65] = signature.into();
                [&[1], &bytes[..]].concat()
            }
            Signature::MLDSA65(signature) => [&[2], &signature.0[..]].concat(),
        }
    }
}

fn ed25519(seed: &[u8; 32]) -> SecretKey {
    let pair = ed25519_dalek::SigningKey::from_bytes(seed).to_keypair_bytes();
    SecretKey::ED25519(ED25519SecretKey(pair))
}

#[cfg(test)]
mod tests {
    use super::key;

    /// Computed by an independent implementation of each curve.
    #[test]
    fn labels_are_key_pairs_of_three_curves() {
        let of = |label| key(label).unwrap().public().to_string();
        assert_eq!(of("root/full"), "ed25519:x9LALrYxGbX4qDPKbV9mmikYuxqaafBBmarsgAVcv7N");
        assert_eq!(
            of("secp256k1:a/b"),
            "secp256k1:3VXCFdZKG9dyBHrSxx6W5JjdeYihtzwRNWvKi31wHvnRTfVD1ZgmaojwsmaajzhSqz1EFYEUjBwvgJLFcS8GLfp5"
        );
        let post_quantum = of("ml-dsa-65:a/b");
        assert!(
            post_quantum
                .starts_with("ml-dsa-65:HZA1hQ9nK2GWcsAsCtbP8Zmh4p7H7Ex3Bm7gCNCH6Nhw6CtBW9")
        );
    }
}
