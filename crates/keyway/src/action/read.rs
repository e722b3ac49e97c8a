//! Account ids, public keys and lengths, read from what a user wrote.

use crate::amount::shortened;
use crate::error::{ArgumentError, ArgumentProblem, Place};
use keyway_signer::KeyPair;
use near_crypto::PublicKey;
use near_primitives::types::AccountId;

/// Something that names a public key: the key itself, its text (`"ed25519:…"`), or a key pair.
pub trait IntoPublicKey {
    /// The public key.
    ///
    /// # Errors
    /// Text that is none.
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
        self.parse().map_err(|error: near_crypto::ParseKeyError| ArgumentProblem::NotAPublicKey {
            got: shortened(self),
            why: error.to_string(),
        })
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

/// The argument `public_key` of what is written at `place`.
pub(super) fn public_key(
    place: Place,
    key: impl IntoPublicKey,
) -> Result<PublicKey, ArgumentError> {
    key.into_public_key().map_err(|problem| ArgumentError::new(place, "public_key", problem))
}

/// The argument `field` of what is written at `place`.
pub(crate) fn account_id(
    place: Place,
    field: &'static str,
    text: &str,
) -> Result<AccountId, ArgumentError> {
    text.parse().map_err(|error: near_primitives::account::id::ParseAccountError| {
        let problem =
            ArgumentProblem::NotAnAccountId { got: shortened(text), why: error.to_string() };
        ArgumentError::new(place, field, problem)
    })
}

/// That `field` has at most `limit` bytes.
pub(super) fn at_most(
    place: Place,
    field: &'static str,
    bytes: usize,
    limit: u64,
) -> Result<(), ArgumentError> {
    let got = count(bytes);
    if got <= limit {
        return Ok(());
    }
    Err(ArgumentError::new(place, field, ArgumentProblem::TooLong { got, limit }))
}

/// That there are at most `limit` of `field`.
pub(super) fn no_more_than(
    place: Place,
    field: &'static str,
    things: usize,
    limit: u64,
) -> Result<(), ArgumentError> {
    let got = count(things);
    if got <= limit {
        return Ok(());
    }
    Err(ArgumentError::new(place, field, ArgumentProblem::TooMany { got, limit }))
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}
