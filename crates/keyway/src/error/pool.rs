//! Signers without a suitable key.

use crate::signer::{CannotSign, UnusableKey};
use near_primitives::types::AccountId;

/// None of the signer's keys can sign this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The signer has no key at all.
    #[error("no secret key of {account_id} was found in {place}")]
    NoKeys {
        /// The account that signs.
        account_id: AccountId,
        /// Where keys were searched: [`KeyService::place`](crate::KeyService::place).
        place: String,
    },
    /// The signer has keys, and none of them can sign this.
    #[error("{}", none_fits(.account_id, .place, .unusable))]
    NoUsableKey {
        /// The account that signs.
        account_id: AccountId,
        /// Where the keys are: [`KeyService::place`](crate::KeyService::place).
        place: String,
        /// Each key, and why it cannot sign.
        unusable: Vec<UnusableKey>,
    },
    /// The list of keys was invalidated each time before it was used.
    #[error("the keys of {account_id} changed {choices} times while one was chosen; try again")]
    KeepsChanging {
        /// The account that signs.
        account_id: AccountId,
        /// How often a choice was tried.
        choices: u32,
    },
}

impl PoolError {
    /// A stable dotted name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoKeys { .. } => "Pool.Empty",
            Self::NoUsableKey { .. } => "Pool.SigningKey.NotFound",
            Self::KeepsChanging { .. } => "Pool.Changing",
        }
    }
}

fn none_fits(account_id: &AccountId, place: &str, unusable: &[UnusableKey]) -> String {
    let strange = |key: &&UnusableKey| key.why == CannotSign::NotOnAccount;
    if unusable.iter().all(|key| strange(&key)) {
        let keys: Vec<_> = unusable.iter().map(|key| key.public_key.to_string()).collect();
        let keys = keys.join(", ");
        return format!("{account_id} has none of the keys found in {place}: {keys}");
    }
    let each: Vec<_> = unusable.iter().map(UnusableKey::to_string).collect();
    let each = each.join("; ");
    match unusable.len() {
        1 => format!("the only key of {account_id} in {place} cannot sign this: {each}"),
        several => {
            format!("none of the {several} keys of {account_id} in {place} can sign this: {each}")
        }
    }
}
