//! Weak public keys: keys without a secret, for which anybody or nobody can sign.

use ed25519_dalek::VerifyingKey;
use near_crypto::PublicKeyHandle;
use serde::Serialize;
use std::fmt;

/// What makes a public key worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyWeakness {
    /// A point of small order: anybody can make signatures for it, and NEAR accepts them.
    AnybodySigns,
    /// Not a point of the curve: no signature for it is ever valid.
    NobodySigns,
}

/// Whether `public_key` has no secret, whether it is in canonical form or not.
///
/// Only ed25519 keys are checked.
///
/// ```
/// use keyway_guard::{KeyWeakness, key_weakness};
///
/// // 32 zero bytes, often written by hand to mean "no key".
/// let zero = "ed25519:11111111111111111111111111111111".parse()?;
/// assert_eq!(key_weakness(&zero), Some(KeyWeakness::AnybodySigns));
/// # Ok::<(), near_crypto::ParseKeyError>(())
/// ```
#[must_use]
pub fn key_weakness(public_key: &PublicKeyHandle) -> Option<KeyWeakness> {
    let PublicKeyHandle::ED25519(key) = public_key else { return None };
    match VerifyingKey::from_bytes(&key.0) {
        Ok(point) => point.is_weak().then_some(KeyWeakness::AnybodySigns),
        Err(_) => Some(KeyWeakness::NobodySigns),
    }
}

impl fmt::Display for KeyWeakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnybodySigns => "anybody can sign for this key: it has no secret",
            Self::NobodySigns => "nobody can sign for this key: it is not a point of its curve",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{ED25519PublicKey, KeyType, PublicKey, SecretKey, Signature};

    fn weakness(bytes: [u8; 32]) -> Option<KeyWeakness> {
        key_weakness(&PublicKeyHandle::ED25519(ED25519PublicKey(bytes)))
    }

    /// 2^255 - 19 + `offset`, which encodes `offset`; little-endian.
    fn modulus(offset: i16) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[31] = 0x7f;
        bytes[0] = u8::try_from(0xed + offset).unwrap();
        bytes
    }

    fn negative(mut bytes: [u8; 32]) -> [u8; 32] {
        bytes[31] |= 0x80;
        bytes
    }

    /// All encodings of the eight points of small order, as nearcore decodes them.
    #[test]
    fn every_form_of_a_small_point_is_found() {
        let (mut one, zero) = ([0; 32], [0; 32]);
        one[0] = 1;
        let y_of_order_8 = [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ]
        .map(|hex| {
            std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        });
        let [a, b] = y_of_order_8;
        for bytes in [zero, one, a, b, modulus(-1), modulus(0), modulus(1)] {
            for bytes in [bytes, negative(bytes)] {
                assert_eq!(weakness(bytes), Some(KeyWeakness::AnybodySigns), "{bytes:?}");
            }
        }
    }

    /// A forged signature, verified as the chain does it.
    #[test]
    fn a_signature_for_the_identity_needs_no_secret() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let public_key = PublicKey::ED25519(ED25519PublicKey(identity));
        let forged = Signature::from_parts(KeyType::ED25519, &[&identity[..], &[0; 32]].concat());
        assert!(forged.unwrap().verify(b"whatever", &public_key));
        let anybody = Some(KeyWeakness::AnybodySigns);
        assert_eq!(key_weakness(&PublicKeyHandle::from(&public_key)), anybody);
    }

    #[test]
    fn what_is_no_point_signs_nothing() {
        let mut two = [0; 32];
        two[0] = 2;
        assert_eq!(weakness(two), Some(KeyWeakness::NobodySigns));
    }

    #[test]
    fn real_keys_are_fine() {
        for kind in [KeyType::ED25519, KeyType::SECP256K1, KeyType::MLDSA65] {
            for seed in 0..50 {
                let key = SecretKey::from_seed(kind, &seed.to_string()).public_key();
                assert_eq!(key_weakness(&PublicKeyHandle::from(&key)), None);
            }
        }
    }
}
