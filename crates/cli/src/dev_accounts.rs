//! Ten funded accounts for development, the same on every chain in memory, with keys that everybody knows.

use keyway_node::{LocalAccount, seeded_key};
use near_crypto::SecretKey;
use near_primitives::types::Balance;

/// The accounts as the genesis takes them.
pub(crate) fn all() -> Vec<LocalAccount> {
    NAMES.iter().map(|name| account(name)).collect()
}

/// UNSAFE by design: the secret key of a development account, derived from its public name.
pub(crate) fn unsafe_secret_key(name: &str) -> SecretKey {
    seeded_key(name)
}

fn account(name: &str) -> LocalAccount {
    LocalAccount {
        account_id: name.parse().expect("the names below are valid account ids"),
        public_key: unsafe_secret_key(name).public_key(),
        amount: Balance::from_near(BALANCE_NEAR),
        locked: Balance::ZERO,
    }
}

/// The accounts' ids. Scripts rely on them and on their keys: they never change.
pub(crate) const NAMES: [&str; 10] = [
    "alice.near",
    "bob.near",
    "carol.near",
    "dave.near",
    "erin.near",
    "frank.near",
    "grace.near",
    "heidi.near",
    "ivan.near",
    "judy.near",
];

/// What each account owns, in NEAR.
pub(crate) const BALANCE_NEAR: u128 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_what_they_were() {
        let accounts = all();
        assert_eq!(accounts.len(), 10);
        let first = accounts[0].public_key.to_string();
        assert_eq!(first, "ed25519:22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV");
    }
}
