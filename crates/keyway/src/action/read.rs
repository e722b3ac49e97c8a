//! Reads account ids, public keys and lengths from what a user wrote.

use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, ArgumentSite};
use keyway_signer::KeyPair;
use near_crypto::{ParseKeyError, PublicKey};
use near_primitives::types::AccountId;

/// A public key: the key itself, its text (`"ed25519:…"`), or a key pair.
pub trait IntoPublicKey {
    /// The public key.
    ///
    /// # Errors
    /// If the text is not a public key.
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem>;
}

impl IntoPublicKey for PublicKey {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        Ok(self)
    }
}

impl IntoPublicKey for &PublicKey {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        Ok(self.clone())
    }
}

impl IntoPublicKey for &KeyPair {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        Ok(self.public_key().clone())
    }
}

impl IntoPublicKey for &str {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        self.parse().map_err(|error| not_a_public_key(self, &error))
    }
}

impl IntoPublicKey for &String {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        self.as_str().into_public_key()
    }
}

impl IntoPublicKey for String {
    fn into_public_key(self) -> Result<PublicKey, ArgumentProblem> {
        self.as_str().into_public_key()
    }
}

/// Does not quote the text, because it may be a secret key.
fn not_a_public_key(text: &str, error: &ParseKeyError) -> ArgumentProblem {
    let why = match (error, curve_of(text)) {
        (ParseKeyError::InvalidLength(_), Some((curve, needed))) => {
            let had = bytes_in(text);
            let hint = if had > needed { ": is it the secret key?" } else { "" };
            format!("{curve} keys have {needed} bytes, and this has {had}{hint}")
        }
        (ParseKeyError::InvalidLength(_), None) => {
            "it is too long or too short: is it the secret key?".to_owned()
        }
        (ParseKeyError::UnknownKeyType { .. }, _) => {
            "its curve is none of ed25519, secp256k1 and ml-dsa-65".to_owned()
        }
        (ParseKeyError::InvalidData { .. }, _) => {
            "it is not base58, which has neither 0, O, I nor l".to_owned()
        }
    };
    ArgumentProblem::NotAPublicKey { characters: text.chars().count(), why }
}

/// The curve that a key's text names, and how many bytes its public keys have. The default is ed25519.
fn curve_of(text: &str) -> Option<(&'static str, usize)> {
    let curve = text.split_once(':').map_or("ed25519", |(curve, _)| curve);
    let curves = [("ed25519", 32), ("secp256k1", 64), ("ml-dsa-65", 1952)];
    curves.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(curve))
}

/// How many bytes the base58 after the curve encodes.
fn bytes_in(text: &str) -> usize {
    let digits = text.split_once(':').map_or(text, |(_, digits)| digits);
    // Decoding takes quadratic time; for long texts, three bytes for four characters is close enough.
    let decoded = (digits.len() <= LONGEST_KEY).then(|| bs58::decode(digits).into_vec().ok());
    decoded.flatten().map_or(digits.len() / 4 * 3, |bytes| bytes.len())
}

/// More base58 characters than any key has.
const LONGEST_KEY: usize = 8_000;

/// Reads the argument `public_key` of the function `site`.
pub(super) fn public_key(
    site: ArgumentSite,
    key: impl IntoPublicKey,
) -> Result<PublicKey, ArgumentError> {
    key.into_public_key().map_err(|problem| ArgumentError::new(site, "public_key", problem))
}

/// Reads the argument `field` of the function `site`.
pub(crate) fn account_id(
    site: ArgumentSite,
    field: &'static str,
    text: &str,
) -> Result<AccountId, ArgumentError> {
    text.parse().map_err(|error: near_primitives::account::id::ParseAccountError| {
        let problem =
            ArgumentProblem::NotAnAccountId { got: shortened(text), why: error.to_string() };
        ArgumentError::new(site, field, problem)
    })
}

/// Checks that `field` has at most `limit` bytes.
pub(super) fn at_most(
    site: ArgumentSite,
    field: &'static str,
    bytes: usize,
    limit: u64,
) -> Result<(), ArgumentError> {
    let got = count(bytes);
    if got <= limit {
        return Ok(());
    }
    Err(ArgumentError::new(site, field, ArgumentProblem::TooLong { got, limit }))
}

/// Checks that there are at most `limit` of `field`.
pub(super) fn no_more_than(
    site: ArgumentSite,
    field: &'static str,
    things: usize,
    limit: u64,
) -> Result<(), ArgumentError> {
    let got = count(things);
    if got <= limit {
        return Ok(());
    }
    Err(ArgumentError::new(site, field, ArgumentProblem::TooMany { got, limit }))
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::add_full_access_key;

    #[test]
    fn a_secret_key_in_the_place_of_a_public_one_is_not_quoted() {
        let pairs =
            [KeyPair::random_ed25519(), KeyPair::random_secp256k1(), KeyPair::random_ml_dsa_65()];
        for pair in pairs {
            let secret = pair.expose_secret_text();
            let digits = secret.split_once(':').map_or("", |(_, digits)| digits);
            let step = add_full_access_key(secret.as_str());
            let error = step.clone().into_action().unwrap_err();
            for text in [error.to_string(), format!("{error:?}"), format!("{step:?}")] {
                assert!(!text.contains(&digits[..8]), "{text}");
            }
        }
        let curveless = "seed phrase typed by mistake:abandon ability able";
        let error = add_full_access_key(curveless).into_action().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("abandon"), "{error}");
    }

    /// A bug: the error for a key that was cut off was that it had no curve.
    #[test]
    fn a_key_of_another_length_is_told_both_lengths() {
        let short = format!("ed25519:{}", "2".repeat(30));
        let error = add_full_access_key(short).into_action().unwrap_err().to_string();
        assert!(error.contains("ed25519 keys have 32 bytes, and this has 22"), "{error}");
        let secret = KeyPair::random_ed25519().expose_secret_text();
        let error = add_full_access_key(secret.as_str()).into_action().unwrap_err().to_string();
        assert!(error.contains("and this has 64: is it the secret key?"), "{error}");
        let error = add_full_access_key("rsa:22").into_action().unwrap_err().to_string();
        assert!(error.contains("none of ed25519, secp256k1 and ml-dsa-65"), "{error}");
        let error = add_full_access_key("ed25519:0OIl").into_action().unwrap_err().to_string();
        assert!(error.contains("it is not base58"), "{error}");
    }
}
