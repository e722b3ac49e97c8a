//! Secret keys as text.

use super::{Curve, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use near_crypto::SecretKey;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Bytes of the longest secret key, that of ML-DSA-65 (FIPS 204).
const LONGEST: usize = 4032;
/// Bytes of an ed25519 secret key in NEAR's form: the seed, then the public key.
const ED25519_PAIR: usize = 64;
/// Bytes of an ed25519 seed, and of a secp256k1 secret.
const SCALAR: usize = 32;

/// Reads a secret key as NEAR writes it: `ed25519:`, `secp256k1:` or `ml-dsa-65:` and base58. The curve is
/// case-insensitive; the default is ed25519.
///
/// An ed25519 key has 64 bytes: the seed and the public key. 32 bytes are refused, because they might be a public key;
/// [`KeyPair::from_ed25519_seed_text`] reads them.
impl FromStr for KeyPair {
    type Err = ParseKeyPairError;

    fn from_str(text: &str) -> Result<Self, ParseKeyPairError> {
        let (curve, encoding, bytes) = decode(text)?;
        if encoding != Encoding::Base58 {
            return Err(ParseKeyPairError::NotNears { encoding, bytes: bytes.len() });
        }
        check_length(curve, bytes.len())?;
        // Signing with a pair whose halves do not belong together panics.
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
    /// Reads the 32-byte seed of an ed25519 key: in base58, with or without `ed25519:`, in hexadecimal, or in base64. 64
    /// bytes are accepted if they are a seed and its public key.
    ///
    /// A seed in base58 looks exactly like a public key, and any 32 bytes are a seed. Make sure that the text is a seed.
    ///
    /// # Errors
    /// For another curve, another encoding, or another length.
    ///
    /// ```
    /// use keyway_signer::KeyPair;
    ///
    /// let seed = "ed25519:US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx";
    /// assert_eq!(KeyPair::from_ed25519_seed_text(seed)?, KeyPair::from_ed25519_seed(&[7; 32]));
    /// assert_eq!(KeyPair::from_ed25519_seed_text(&"07".repeat(32))?, KeyPair::from_ed25519_seed(&[7; 32]));
    /// # Ok::<(), keyway_signer::ParseKeyPairError>(())
    /// ```
    pub fn from_ed25519_seed_text(text: &str) -> Result<Self, ParseKeyPairError> {
        let (curve, _, bytes) = decode(text)?;
        if curve != Curve::Ed25519 {
            return Err(ParseKeyPairError::NotASecret { curve });
        }
        let Some((seed, rest)) = bytes.split_first_chunk::<SCALAR>() else {
            return Err(ParseKeyPairError::Length { curve, got: bytes.len(), expected: SCALAR });
        };
        let key_pair = Self::from_ed25519_seed(seed);
        match rest.len() {
            0 => Ok(key_pair),
            SCALAR if key_pair.public_key.key_data() == rest => Ok(key_pair),
            SCALAR => Err(ParseKeyPairError::HalvesDiffer),
            _ => Err(ParseKeyPairError::Length { curve, got: bytes.len(), expected: SCALAR }),
        }
    }
}

/// An encoding of bytes as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// As NEAR writes keys.
    Base58,
    /// Two digits for each byte, with or without `0x`.
    Hexadecimal,
    /// With or without padding, of either alphabet.
    Base64,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base58 => "base58",
            Self::Hexadecimal => "hexadecimal",
            Self::Base64 => "base64",
        })
    }
}

/// The text of a secret key.
pub(super) fn write(curve: Curve, bytes: &[u8]) -> Zeroizing<String> {
    // With enough capacity, because a string that grows leaves a copy behind, unzeroed.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    bs58::encode(bytes).onto(&mut *text).expect("invariant: a string takes any length");
    text.insert(0, ':');
    text.insert_str(0, curve.prefix());
    text
}

fn decode(text: &str) -> Result<(Curve, Encoding, Zeroizing<Vec<u8>>), ParseKeyPairError> {
    let (curve, body) = match text.split_once(':') {
        Some((prefix, body)) => (curve_of(prefix)?, body),
        None => (Curve::Ed25519, text),
    };
    if let Some(bytes) = hexadecimal(body) {
        return Ok((curve, Encoding::Hexadecimal, bytes));
    }
    let mut bytes = Zeroizing::new(vec![0; LONGEST]);
    match bs58::decode(body).onto(&mut bytes[..]) {
        Ok(got) => bytes.truncate(got),
        Err(bs58::decode::Error::BufferTooSmall) => {
            return Err(ParseKeyPairError::TooLong { most: LONGEST });
        }
        // The library's message quotes the text.
        Err(_) => {
            let bytes = base64(body).ok_or(ParseKeyPairError::NotBase58)?;
            return Ok((curve, Encoding::Base64, bytes));
        }
    }
    Ok((curve, Encoding::Base58, bytes))
}

/// The 32 or 64 bytes of a seed or a pair, if the text is hexadecimal.
fn hexadecimal(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")).unwrap_or(body);
    if ![2 * SCALAR, 2 * ED25519_PAIR].contains(&digits.len()) {
        return None;
    }
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(ED25519_PAIR));
    for pair in digits.as_bytes().chunks_exact(2) {
        bytes.push(value(pair[0])? << 4 | value(pair[1])?);
    }
    Some(bytes)
}

/// The same for base64.
fn base64(body: &str) -> Option<Zeroizing<Vec<u8>>> {
    let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
    let mut decoded =
        engines.iter().filter_map(|engine| engine.decode(body).ok().map(Zeroizing::new));
    decoded.find(|bytes| [SCALAR, ED25519_PAIR].contains(&bytes.len()))
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

/// Why text is not a secret key. No message quotes the text, because it may be a mistyped secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseKeyPairError {
    /// The text before the colon is not a curve.
    #[error(
        "the secret key's curve is unknown: a secret key begins with `ed25519:`, `secp256k1:` or `ml-dsa-65:`"
    )]
    UnknownCurve,
    /// A character that base58 does not have, such as a space or a line end around the key.
    #[error("the secret key is not base58: remove quotes, spaces and line ends around it")]
    NotBase58,
    /// The bytes of a seed or a key, in another encoding.
    #[error("this looks like {encoding} of {bytes} bytes, and NEAR writes secret keys in base58")]
    NotNears {
        /// The encoding.
        encoding: Encoding,
        /// Bytes in the text.
        bytes: usize,
    },
    /// Longer than the longest secret key.
    #[error("the secret key is too long: no curve has more than {most} bytes")]
    TooLong {
        /// Bytes of the longest key.
        most: usize,
    },
    /// A length that keys of the curve do not have.
    #[error("the secret key has {got} bytes, but {curve} has {expected}")]
    Length {
        /// The curve named in the text.
        curve: Curve,
        /// Bytes in the text.
        got: usize,
        /// Bytes of such a secret key.
        expected: usize,
    },
    /// 32 bytes of ed25519, which might be a public key.
    #[error(
        "32 bytes of ed25519 are a public key or a seed, and a secret key has 64; read a seed with `KeyPair::from_ed25519_seed_text`"
    )]
    SeedOrPublicKey,
    /// The right length, but not a secret of the curve.
    #[error("these bytes are not an {curve} secret")]
    NotASecret {
        /// The curve named in the text.
        curve: Curve,
    },
    /// The two halves of an ed25519 key belong to different keys.
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
        let (hex, encoding) = ("0f".repeat(64), Encoding::Hexadecimal);
        refused(&hex, ParseKeyPairError::NotNears { encoding, bytes: 64 });
        refused(
            &format!("ed25519:0x{}", &hex[..64]),
            ParseKeyPairError::NotNears { encoding, bytes: 32 },
        );
        let (padded, encoding) = (STANDARD.encode([7; 32]), Encoding::Base64);
        refused(&padded, ParseKeyPairError::NotNears { encoding, bytes: 32 });
        refused(
            &URL_SAFE_NO_PAD.encode([0xff; 64]),
            ParseKeyPairError::NotNears { encoding, bytes: 64 },
        );
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

    #[test]
    fn a_seed_is_read_in_each_encoding() {
        let key_pair = KeyPair::from_ed25519_seed(&[0xfe; 32]);
        let pair = key_pair.secret.bytes().to_vec();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        for bytes in [&pair[..32], &pair] {
            let texts = [
                write(Curve::Ed25519, bytes).to_string(),
                bs58::encode(bytes).into_string(),
                hex(bytes),
                format!("0x{}", hex(bytes)),
                STANDARD.encode(bytes),
                URL_SAFE_NO_PAD.encode(bytes),
            ];
            for text in texts {
                assert_eq!(KeyPair::from_ed25519_seed_text(&text).unwrap(), key_pair, "{text}");
            }
        }
        let mixed = KeyPair::from_ed25519_seed_text(&"03".repeat(64)).unwrap_err();
        assert_eq!(mixed, ParseKeyPairError::HalvesDiffer);
        assert!(KeyPair::from_ed25519_seed_text("secp256k1:1").is_err());
    }

    proptest! {
        // ML-DSA-65 is slow as text.
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// A damaged secret may be another key or none, but signing with it does not panic.
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
