//! What no node can do without: one signature check a transaction.

use crate::{Hand, Problem};
use near_crypto::{KeyType, SecretKey};
use near_primitives::hash::hash;

/// What every price stands beside.
pub const YARDSTICK: &str = "signature/check one, ed25519";

pub(super) fn take(hand: &mut impl Hand) -> Result<(), Problem> {
    check(hand, YARDSTICK, KeyType::ED25519)?;
    check(hand, "signature/check one, ML-DSA-65", KeyType::MLDSA65)
}

fn check(hand: &mut impl Hand, name: &'static str, key_type: KeyType) -> Result<(), Problem> {
    let secret = SecretKey::from_seed(key_type, "alice.near");
    let (message, key) = (hash(b"a transaction"), secret.public_key());
    let signature = secret.sign(message.as_ref());
    hand.take(name, || {
        let right = signature.verify(message.as_ref(), &key);
        right.then_some(()).ok_or_else(|| "the signature is wrong".into())
    })
}
