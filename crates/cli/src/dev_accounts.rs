//! Ten funded accounts for development, the same on every chain in memory, with keys that everybody knows.

use keyway::{AccountId, KeyPair};
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

/// UNSAFE by design: the key pair of an account that every chain in memory has, were `account_id` one.
pub(crate) fn unsafe_key_pair(account_id: &AccountId) -> Option<KeyPair> {
    let founders = ["near", "test.near"];
    let known = NAMES.iter().chain(&founders).any(|name| *name == account_id.as_str());
    known.then(|| {
        let secret = unsafe_secret_key(account_id.as_str()).to_string();
        secret.parse().expect("the invariant that a key derived here is a key")
    })
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

    #[test]
    fn key_pairs_are_those_of_the_accounts() {
        for account in all() {
            let pair = unsafe_key_pair(&account.account_id).unwrap();
            assert_eq!(*pair.public_key(), account.public_key);
        }
        assert!(unsafe_key_pair(&"near".parse().unwrap()).is_some());
        assert!(unsafe_key_pair(&"mallory.near".parse().unwrap()).is_none());
    }
}
