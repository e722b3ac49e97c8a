//! Funded development accounts with publicly known keys, the same on every chain that has them.

use keyway::{AccountId, KeyPair};
use keyway_chain::{LocalAccount, seeded_key};
use near_crypto::SecretKey;
use near_primitives::types::Balance;

/// The accounts of a chain in memory, for a genesis.
pub(crate) fn all() -> Vec<LocalAccount> {
    first(USUAL, BALANCE)
}

/// The first `count` accounts, each with `balance`.
pub(crate) fn first(count: u16, balance: Balance) -> Vec<LocalAccount> {
    names(count).map(|name| account(&name, balance)).collect()
}

/// The accounts' names: first [`NAMES`], then `account-11.near` and so on.
pub(crate) fn names(count: u16) -> impl Iterator<Item = String> {
    let numbered = |number: u16| format!("{NUMBERED}{}.near", number + 1);
    let named = |number: u16| NAMES.get(usize::from(number)).map(|name| (*name).to_owned());
    (0..count.min(MOST)).map(move |number| named(number).unwrap_or_else(|| numbered(number)))
}

/// UNSAFE by design: the secret key of a development account, derived from its public name.
pub(crate) fn unsafe_secret_key(name: &str) -> SecretKey {
    seeded_key(name)
}

/// UNSAFE by design: the key pair of `account_id`, if that is an account of development chains.
pub(crate) fn unsafe_key_pair(account_id: &AccountId) -> Option<KeyPair> {
    let founders = ["near", "test.near"];
    let named = NAMES.iter().chain(&founders).any(|name| *name == account_id.as_str());
    (named || is_numbered(account_id)).then(|| {
        let secret = unsafe_secret_key(account_id.as_str()).to_string();
        secret.parse().expect("the invariant that a derived key is valid")
    })
}

/// The account that every new chain has besides its validator. Its key is public knowledge.
pub(crate) fn founder() -> AccountId {
    "near".parse().expect("`near` is an account id")
}

fn is_numbered(account_id: &AccountId) -> bool {
    let number = account_id.as_str().strip_prefix(NUMBERED);
    let number = number.and_then(|rest| rest.strip_suffix(".near"));
    let number = number.filter(|text| !text.starts_with(['0', '+'])).and_then(|n| n.parse().ok());
    number.is_some_and(|number: u16| (USUAL + 1..=MOST).contains(&number))
}

fn account(name: &str, amount: Balance) -> LocalAccount {
    LocalAccount {
        account_id: name.parse().expect("the names below are valid account ids"),
        public_key: unsafe_secret_key(name).public_key(),
        amount,
        locked: Balance::ZERO,
    }
}

/// The accounts' ids. Scripts rely on them and on their keys, so they never change.
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

/// The name of chains on which the tools sign with these keys.
pub(crate) const CHAIN: &str = "localnet";

/// The default balance of each account.
pub(crate) const BALANCE: Balance = Balance::from_near(10_000);

/// The default number of accounts of a chain in memory: those with a name of their own.
pub(crate) const USUAL: u16 = 10;

/// The maximum number of accounts.
const MOST: u16 = 1_000;

/// The prefix of the other accounts' names.
const NUMBERED: &str = "account-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_what_they_were() {
        let accounts = all();
        assert_eq!(accounts.len(), 10);
        let first = accounts[0].public_key.to_string();
        assert_eq!(names(12).last().unwrap(), "account-12.near");
        assert_eq!(first, "ed25519:22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV");
    }

    #[test]
    fn key_pairs_are_those_of_the_accounts() {
        for account in first(MOST, BALANCE) {
            let pair = unsafe_key_pair(&account.account_id).unwrap();
            assert_eq!(*pair.public_key(), account.public_key);
        }
        assert!(unsafe_key_pair(&"near".parse().unwrap()).is_some());
        for stranger in ["mallory.near", "account-10.near", "account-011.near", "account-1001.near"]
        {
            assert!(unsafe_key_pair(&stranger.parse().unwrap()).is_none(), "{stranger}");
        }
    }
}
