//! Secret keys as text.

use super::{Curve, KeyPair};
use near_crypto::SecretKey;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Bytes of the longest secret key, ML-DSA-65's (FIPS 204).
const LONGEST: usize = 4032;
/// Bytes of an ed25519 secret key in NEAR: the seed, then the public key.
const ED25519_PAIR: usize = 64;
/// Bytes of an ed25519 seed, and of a secp256k1 secret.
const SCALAR: usize = 32;

/// Reads a secret key as NEAR writes it: `ed25519:`, `secp256k1:` or `ml-dsa-65:` and base58. The curve may be
/// in any case; without one it is ed25519.
///
/// An ed25519 key has 64 bytes: the seed and the public key. 32 bytes are refused here, because they may just as well
/// be a public key: [`KeyPair::from_ed25519_seed_text`] takes them.
impl FromStr for KeyPair {
    type Err = ParseKeyPairError;

    fn from_str(text: &str) -> Result<Self, ParseKeyPairError> {
        let (curve, bytes) = decode(text)?;
        check_length(curve, bytes.len())?;
        // Signing with a pair whose halves differ panics.
        if let (Curve::Ed25519, Some((seed, public_key))) = (curve, bytes.split_first_chunk()) {
            let key_pair = Self::from_ed25519_seed(seed);
            let same = key_pair.public_key.key_data() == public_key;
            return if same { Ok(key_pair) } else { Err(ParseKeyPairError::HalvesDiffer) };
        }
        let secret = SecretKey::from_str(text);
        secret.map(Self::from_secret).map_err(|_| ParseKeyPairError::NotASecret { curve })
    }
}

impl KeyPair {
    /// Reads the short form of an ed25519 secret key: `ed25519:` and the base58 of its 32-byte seed.
    ///
    /// It looks exactly like a public key, and every 32 bytes are a seed: make sure that it is not one.
    ///
    /// # Errors
    /// Another curve, not base58, or not 32 bytes.
    ///
    /// ```
    /// use keyway_signer::KeyPair;
    ///
    /// let seed = "ed25519:US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx";
    /// assert_eq!(KeyPair::from_ed25519_seed_text(seed)?, KeyPair::from_ed25519_seed(&[7; 32]));
    /// # Ok::<(), keyway_signer::ParseKeyPairError>(())
    /// ```
    pub fn from_ed25519_seed_text(text: &str) -> Result<Self, ParseKeyPairError> {
        let (curve, bytes) = decode(text)?;
        match (curve, <&[u8; SCALAR]>::try_from(&bytes[..])) {
            (Curve::Ed25519, Ok(seed)) => Ok(Self::from_ed25519_seed(seed)),
            (Curve::Ed25519, Err(_)) => {
                Err(ParseKeyPairError::Length { curve, got: bytes.len(), expected: SCALAR })
            }
            _ => Err(ParseKeyPairError::NotASecret { curve }),
        }
    }
}

/// The text of a secret key.
pub(super) fn write(curve: Curve, bytes: &[u8]) -> Zeroizing<String> {
    // Enough room from the start: a string that grows leaves its old place behind, unzeroed.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    bs58::encode(bytes).onto(&mut *text).expect("invariant: a string takes any length");
    text.insert(0, ':');
    text.insert_str(0, curve.prefix());
    text
}

fn decode(text: &str) -> Result<(Curve, Zeroizing<Vec<u8>>), ParseKeyPairError> {
    let (curve, body) = match text.split_once(':') {
        Some((prefix, body)) => (curve_of(prefix)?, body),
        None => (Curve::Ed25519, text),
    };
    let mut bytes = Zeroizing::new(vec![0; LONGEST]);
    match bs58::decode(body).onto(&mut bytes[..]) {
        Ok(got) => bytes.truncate(got),
        Err(bs58::decode::Error::BufferTooSmall) => {
            return Err(ParseKeyPairError::TooLong { most: LONGEST });
        }
        // The library's message quotes the text.
        Err(_) => return Err(ParseKeyPairError::NotBase58),
    }
    Ok((curve, bytes))
}

fn curve_of(prefix: &str) -> Result<Curve, ParseKeyPairError> {
    [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65]
        .into_iter()
        .find(|curve| curve.prefix().eq_ignore_ascii_case(prefix))
        .ok_or(ParseKeyPairError::UnknownCurve)
}

fn check_length(curve: Curve, got: usize) -> Result<(), ParseKeyPairError> {
    let expected = match curve {
        Curve::Ed25519 => ED25519_PAIR,
        Curve::Secp256k1 => SCALAR,
        Curve::MlDsa65 => LONGEST,
    };
    match (curve, got) {
        (Curve::Ed25519, SCALAR) => Err(ParseKeyPairError::SeedOrPublicKey),
        _ if got != expected => Err(ParseKeyPairError::Length { curve, got, expected }),
        _ => Ok(()),
    }
}

/// Text that is not a secret key. No message quotes the text, because it may be a secret with a slip in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseKeyPairError {
    /// What stands before the colon is no curve.
    #[error(
        "the secret key's curve is unknown: it begins with `ed25519:`, `secp256k1:` or `ml-dsa-65:`"
    )]
    UnknownCurve,
    /// A character that base58 does not have; also a space or a line end around the key.
    #[error("the secret key is not base58: remove quotes, spaces and line ends around it")]
    NotBase58,
    /// Longer than the longest secret key.
    #[error("the secret key is too long: no curve has more than {most} bytes")]
    TooLong {
        /// Bytes of the longest key.
        most: usize,
    },
    /// A length that the curve does not have.
    #[error("the secret key has {got} bytes, but {curve} has {expected}")]
    Length {
        /// The curve named in the text.
        curve: Curve,
        /// Bytes in the text.
        got: usize,
        /// Bytes of such a secret key.
        expected: usize,
    },
    /// 32 bytes of ed25519: a public key looks the same.
    #[error(
        "32 bytes of ed25519 are a public key or a seed, and a secret key has 64; read a seed with `KeyPair::from_ed25519_seed_text`"
    )]
    SeedOrPublicKey,
    /// The right length, but the curve has no such secret.
    #[error("these bytes are not an {curve} secret")]
    NotASecret {
        /// The curve named in the text.
        curve: Curve,
    },
    /// An ed25519 key whose public half belongs to another secret.
    #[error("the secret key's two halves do not belong together; was it copied in parts?")]
    HalvesDiffer,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_goes_round_and_is_nears_own() {
        for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
            let key_pair = KeyPair::random(curve);
            let text = key_pair.expose_secret_text();
            assert_eq!(text.parse::<KeyPair>().unwrap(), key_pair);
            let nears: SecretKey = text.parse().unwrap();
            assert_eq!(nears.to_string(), *text);
            assert_eq!(nears.public_key(), *key_pair.public_key());
        }
    }

    #[test]
    fn the_curve_is_read_in_any_case_and_ed25519_when_missing() {
        let key_pair = KeyPair::random_ed25519();
        let text = key_pair.expose_secret_text();
        let (_, body) = text.split_once(':').unwrap();
        assert_eq!(body.parse::<KeyPair>().unwrap(), key_pair);
        assert_eq!(format!("ED25519:{body}").parse::<KeyPair>().unwrap(), key_pair);
    }

    #[track_caller]
    fn refused(text: &str, why: ParseKeyPairError) {
        assert_eq!(text.parse::<KeyPair>().unwrap_err(), why);
    }

    #[test]
    fn each_slip_has_its_error() {
        let key_pair = KeyPair::random_ed25519();
        let text = key_pair.expose_secret_text();
        refused("rsa:abc", ParseKeyPairError::UnknownCurve);
        refused(&format!(" {}", *text), ParseKeyPairError::UnknownCurve);
        refused(&format!("{}\n", *text), ParseKeyPairError::NotBase58);
        refused("ed25519:0OIl", ParseKeyPairError::NotBase58);
        refused("", ParseKeyPairError::Length { curve: Curve::Ed25519, got: 0, expected: 64 });
        refused(&key_pair.public_key().to_string(), ParseKeyPairError::SeedOrPublicKey);
        refused(&"2".repeat(1 << 20), ParseKeyPairError::TooLong { most: LONGEST });
        let zero = write(Curve::Secp256k1, &[0; 32]);
        refused(&zero, ParseKeyPairError::NotASecret { curve: Curve::Secp256k1 });
        let mixed = write(Curve::Ed25519, &[3; 64]);
        refused(&mixed, ParseKeyPairError::HalvesDiffer);
        let ml_dsa = write(Curve::MlDsa65, &[0xff; LONGEST]);
        refused(&ml_dsa, ParseKeyPairError::NotASecret { curve: Curve::MlDsa65 });
    }

    proptest! {
        // ML-DSA-65 is slow as text.
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Such a secret may be another key or none, but signing with it does not panic.
        #[test]
        fn a_damaged_secret_is_a_key_or_an_error(position in 0..LONGEST, value: u8) {
            for curve in [Curve::Ed25519, Curve::Secp256k1, Curve::MlDsa65] {
                let key_pair = KeyPair::random(curve);
                let mut bytes = key_pair.secret.bytes().to_vec();
                let position = position % bytes.len();
                bytes[position] = value;
                if let Ok(damaged) = write(curve, &bytes).parse::<KeyPair>() {
                    damaged.verify(&[1; 32], &damaged.sign(&[1; 32])?);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_an_error(text in "\\PC*|(ed25519|secp256k1|ml-dsa-65):[1-9A-Za-z]{0,100}") {
            if let Ok(key_pair) = text.parse::<KeyPair>() {
                key_pair.sign(&[1; 32])?;
            }
        }

        #[test]
        fn any_seed_is_a_key(seed: [u8; 32]) {
            let key_pair = KeyPair::from_ed25519_seed(&seed);
            prop_assert_eq!(&KeyPair::from_ed25519_seed_text(&write(Curve::Ed25519, &seed))?, &key_pair);
            prop_assert_eq!(&key_pair.expose_secret_text().parse::<KeyPair>()?, &key_pair);
        }
    }
}
