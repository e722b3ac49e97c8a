//! Parses values written by people.

use super::key_name::KeyName;
use keyway::error::ArgumentProblem;
use keyway::{Gas, NearToken};
use near_crypto::PublicKeyHandle;

/// An amount with its unit: `0.25 NEAR`, `250 milliNEAR`, `1 yoctoNEAR`.
///
/// # Errors
/// For any other text.
pub(crate) fn parse_near(text: &str) -> Result<NearToken, String> {
    if text.contains(['"', '\'']) {
        return Err("it contains quotes: leave them out".to_owned());
    }
    keyway::parse_near(text).map_err(|error| error.sentence())
}

/// Gas with its unit: `30 Tgas`, `500 Ggas`, `7 gas`.
///
/// # Errors
/// For any other text.
pub(crate) fn read_gas(text: &str) -> Result<Gas, String> {
    keyway::parse_gas(text).map_err(|error| match error.problem() {
        ArgumentProblem::NotUsable { why, .. } => why.clone(),
        _ => error.sentence(),
    })
}

/// A public key: in full, or the hash of a long key as the chain lists it.
///
/// # Errors
/// If it is not a public key. The text is not quoted: it might be a secret key.
pub(crate) fn read_handle(text: &str) -> Result<PublicKeyHandle, String> {
    text.parse().map(|key: KeyName| key.handle())
}
