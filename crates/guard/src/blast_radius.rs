//! What somebody can do who found a key, and how it is taken from them.

mod words;

use crate::grant::{funds, is_full_access};
use crate::{AccountFacts, ChainFacts, GasBudget, Grant, KeyFacts};
use near_crypto::PublicKeyHandle;
use near_primitives::types::{AccountId, Balance, BlockHeight};
use serde::Serialize;

/// What leaked keys may do on the accounts that were looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BlastRadius {
    /// The block that a transaction would enter.
    pub height: BlockHeight,
    /// The accounts on which a leaked key acts.
    pub accounts: Vec<AccountRadius>,
    /// Leaked keys that act on none of the accounts looked at; they may act on others.
    pub nowhere: Vec<PublicKeyHandle>,
}

/// What leaked keys may do on one account, taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountRadius {
    /// The account.
    pub account_id: AccountId,
    /// The widest of the keys' control.
    pub control: Control,
    /// The most that can be lost of balance, gas keys' balances and stake, yoctoNEAR: no bound is lower for
    /// full access; for calls it is what can be burnt as gas.
    pub at_risk: Balance,
    /// Each key by itself.
    pub keys: Vec<KeyRadius>,
    /// How the keys are taken back.
    pub revocation: Revocation,
}

/// What one leaked key may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRadius {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// What it may sign.
    pub grant: Grant,
    /// What pays for its gas.
    pub budget: GasBudget,
    /// Whether it can add keys, drain the account and lock its owner out.
    pub control: Control,
    /// The most that it can take or burn, yoctoNEAR.
    pub at_risk: Balance,
}

/// Whether a key can add keys, drain the account and lock its owner out: one of them means all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// None of it.
    None,
    /// As far as the account's own contract lets whoever calls it.
    ThroughOwnContract,
    /// All of it.
    Full,
}

/// How leaked keys are taken from an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Revocation {
    /// Another key deletes them.
    Delete {
        /// Full-access keys that did not leak: any of them can sign.
        signers: Vec<PublicKeyHandle>,
        /// What to withdraw first from gas keys, because deleting burns it.
        withdraw: Vec<Funds>,
    },
    /// Every full-access key leaked: one of them adds a new one, which deletes them. Whoever is first wins.
    RotateFirst {
        /// The leaked full-access keys: any of them can sign.
        signers: Vec<PublicKeyHandle>,
        /// What to withdraw first from gas keys, because deleting burns it.
        withdraw: Vec<Funds>,
    },
    /// The account has no full-access key: only its contract can delete a key, if it does.
    OnlyByContract,
}

/// What is on a gas key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Funds {
    /// The key.
    pub public_key: PublicKeyHandle,
    /// On it, yoctoNEAR.
    pub balance: Balance,
}

/// What whoever has the `leaked` keys may do on `accounts`.
///
/// Upper bounds: gas is bought dearer than it burns and refunds come back, so a thief burns less. What
/// the called contract does with what it holds for the account is beyond these numbers.
///
/// ```
/// use keyway_guard::{AccountFacts, Control, KeyFacts, Revocation, blast_radius};
/// # use keyway_engine::Protocol;
/// # use keyway_guard::ChainFacts;
/// # use near_crypto::{KeyType, PublicKeyHandle, SecretKey};
/// use near_primitives::account::{AccessKey, Account, AccountContract};
/// use near_primitives::types::Balance;
///
/// # let protocol = Protocol::new(86, "localnet")?;
/// # let chain = ChainFacts { protocol, gas_price: Balance::from_yoctonear(100_000_000), height: 10 };
/// # let leaked: PublicKeyHandle = (&SecretKey::from_seed(KeyType::ED25519, "alice").public_key()).into();
/// let account = Account::new(Balance::from_near(5), Balance::ZERO, AccountContract::None, 182);
/// let access_key = AccessKey::full_access();
/// let keys = vec![KeyFacts { public_key: leaked.clone(), access_key, gas_key_nonces: Vec::new() }];
/// let alice = AccountFacts { account_id: "alice.near".parse()?, account, keys };
///
/// let radius = blast_radius(&chain, &[alice], &[leaked]);
/// assert_eq!(radius.accounts[0].control, Control::Full);
/// assert_eq!(radius.accounts[0].at_risk, Balance::from_near(5));
/// assert!(matches!(radius.accounts[0].revocation, Revocation::RotateFirst { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn blast_radius(
    chain: &ChainFacts,
    accounts: &[AccountFacts],
    leaked: &[PublicKeyHandle],
) -> BlastRadius {
    let acts = |public_key: &PublicKeyHandle| {
        accounts.iter().flat_map(|account| &account.keys).any(|key| key.public_key == *public_key)
    };
    BlastRadius {
        height: chain.height,
        accounts: accounts.iter().filter_map(|account| of_account(account, leaked)).collect(),
        nowhere: leaked.iter().filter(|key| !acts(key)).cloned().collect(),
    }
}

/// `None` where no leaked key acts on the account.
fn of_account(account: &AccountFacts, leaked: &[PublicKeyHandle]) -> Option<AccountRadius> {
    let found: Vec<&KeyFacts> =
        account.keys.iter().filter(|key| leaked.contains(&key.public_key)).collect();
    let keys: Vec<KeyRadius> = found.iter().map(|key| of_key(account, key)).collect();
    let control = keys.iter().map(|key| key.control).max()?;
    Some(AccountRadius {
        account_id: account.account_id.clone(),
        control,
        at_risk: at_risk(account, &found),
        keys,
        revocation: revocation(account, &found),
    })
}

fn of_key(account: &AccountFacts, key: &KeyFacts) -> KeyRadius {
    let permission = &key.access_key.permission;
    let grant = Grant::of(permission);
    KeyRadius {
        public_key: key.public_key.clone(),
        control: control(account, &grant),
        at_risk: at_risk(account, &[key]),
        budget: GasBudget::of(permission),
        grant,
    }
}

fn control(account: &AccountFacts, grant: &Grant) -> Control {
    match grant {
        Grant::Everything => Control::Full,
        Grant::Calls { receiver_id, .. } => {
            let own = receiver_id.as_str() == account.account_id;
            let acts = own && account.account.contract().is_some();
            if acts { Control::ThroughOwnContract } else { Control::None }
        }
    }
}

/// What `keys` together can take or burn, yoctoNEAR.
fn at_risk(account: &AccountFacts, keys: &[&KeyFacts]) -> Balance {
    let takes_all =
        |key: &&KeyFacts| control(account, &Grant::of(&key.access_key.permission)) != Control::None;
    if keys.iter().any(takes_all) {
        return everything(account);
    }
    // Allowances are paid by one balance, gas keys each by their own.
    let from_account =
        sum(keys.iter().map(|key| match GasBudget::of(&key.access_key.permission) {
            GasBudget::NoLimit => account.account.amount(),
            GasBudget::Allowance { left } => left,
            GasBudget::KeyBalance { .. } => Balance::ZERO,
        }));
    let on_keys = sum(keys.iter().filter_map(|key| funds(key)));
    from_account.min(account.account.amount()).saturating_add(on_keys)
}

/// All that an account has: balance, stake (which can be taken back), what is on its gas keys.
fn everything(account: &AccountFacts) -> Balance {
    let on_keys = sum(account.keys.iter().filter_map(funds));
    sum([account.account.amount(), account.account.locked(), on_keys])
}

/// No sum of balances on a chain leaves `u128`; in made-up facts it stays at the top.
fn sum(amounts: impl IntoIterator<Item = Balance>) -> Balance {
    amounts.into_iter().fold(Balance::ZERO, Balance::saturating_add)
}

fn revocation(account: &AccountFacts, leaked: &[&KeyFacts]) -> Revocation {
    let names = |keys: Vec<&KeyFacts>| keys.iter().map(|key| key.public_key.clone()).collect();
    let full = account.keys.iter().filter(|key| is_full_access(key));
    let (lost, left): (Vec<&KeyFacts>, Vec<&KeyFacts>) = full.partition(|key| leaked.contains(key));
    let on_key = |key: &&KeyFacts| {
        funds(key).map(|balance| Funds { public_key: key.public_key.clone(), balance })
    };
    let withdraw = leaked.iter().filter_map(on_key).collect();
    match (left.is_empty(), lost.is_empty()) {
        (false, _) => Revocation::Delete { signers: names(left), withdraw },
        (true, false) => Revocation::RotateFirst { signers: names(lost), withdraw },
        (true, true) => Revocation::OnlyByContract,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, id};
    use near_primitives::account::AccountContract;
    use near_primitives::hash::CryptoHash;

    /// The radius on an account of 10 NEAR with `keys`, of which those named leaked.
    #[track_caller]
    fn radius(keys: Vec<KeyFacts>, leaked: &[&str]) -> AccountRadius {
        let leaked: Vec<_> = leaked.iter().map(|&name| handle(name)).collect();
        let mut found = blast_radius(&chain(), &[alice(keys)], &leaked);
        assert!(found.nowhere.is_empty());
        found.accounts.remove(0)
    }

    fn milli(milli: u128) -> Balance {
        Balance::from_millinear(milli)
    }

    #[test]
    fn an_allowance_bounds_what_is_burnt() {
        let key = || calls("b", "game.near", &["play"], Some(250));
        let found = radius(vec![full("a"), key()], &["b"]);
        assert_eq!(found.control, Control::None);
        assert_eq!(found.at_risk, milli(250));
        let signers = vec![handle("a")];
        assert_eq!(found.revocation, Revocation::Delete { signers, withdraw: vec![] });
        // No allowance is worth more than the account.
        let rich = calls("c", "game.near", &[], Some(20_000));
        assert_eq!(radius(vec![full("a"), key(), rich], &["b", "c"]).at_risk, milli(10_000));
        let unlimited = calls("d", "game.near", &[], None);
        assert_eq!(radius(vec![full("a"), unlimited], &["d"]).at_risk, milli(10_000));
    }

    #[test]
    fn a_gas_key_burns_its_own() {
        let keys = vec![
            full("a"),
            gas_calls("b", "game.near", &[], 700),
            calls("c", "game.near", &[], Some(100)),
        ];
        let found = radius(keys, &["b", "c"]);
        assert_eq!(found.at_risk, milli(800));
        let Revocation::Delete { withdraw, .. } = found.revocation else { panic!() };
        assert_eq!(withdraw, [Funds { public_key: handle("b"), balance: milli(700) }]);
    }

    #[test]
    fn full_access_is_everything_that_is_there() {
        let mut account = alice(vec![full("a"), gas_full("b", 700), full("c")]);
        account.account.set_locked(milli(50_000)).unwrap();
        let found = blast_radius(&chain(), &[account], &[handle("a")]).accounts.remove(0);
        assert_eq!(found.control, Control::Full);
        assert_eq!(found.at_risk, milli(60_700));
        let signers = vec![handle("b"), handle("c")];
        assert_eq!(found.revocation, Revocation::Delete { signers, withdraw: vec![] });
    }

    #[test]
    fn who_lost_every_full_access_key_must_be_first() {
        let keys = vec![full("a"), calls("b", "game.near", &["play"], Some(1))];
        let found = radius(keys.clone(), &["a", "b"]);
        let signers = vec![handle("a")];
        assert_eq!(found.revocation, Revocation::RotateFirst { signers, withdraw: vec![] });
        let found = radius(keys[1..].to_vec(), &["b"]);
        assert_eq!(found.revocation, Revocation::OnlyByContract);
    }

    #[test]
    fn a_call_of_the_own_contract_reaches_as_far_as_the_contract() {
        let mut account = alice(vec![full("a"), calls("b", "alice.near", &["confirm"], Some(1))]);
        let look = |account: &AccountFacts| {
            blast_radius(&chain(), std::slice::from_ref(account), &[handle("b")]).accounts.remove(0)
        };
        assert_eq!(look(&account).control, Control::None);
        let code = CryptoHash::hash_bytes(b"code");
        account.account.set_contract(AccountContract::Local(code)).unwrap();
        assert_eq!(look(&account).control, Control::ThroughOwnContract);
        assert_eq!(look(&account).at_risk, milli(10_000));
    }

    #[test]
    fn one_key_may_be_on_many_accounts_or_none() {
        let bob = AccountFacts { account_id: id("bob.near"), ..alice(vec![full("a"), full("b")]) };
        let accounts = [alice(vec![full("a")]), bob, alice(vec![full("c")])];
        let found = blast_radius(&chain(), &accounts, &[handle("a"), handle("z")]);
        assert_eq!(found.accounts.len(), 2);
        assert_eq!(found.nowhere, [handle("z")]);
    }

    #[test]
    fn it_reads_as_what_to_do() {
        let keys = vec![full("a"), gas_calls("b", "game.near", &["play"], 700)];
        let leaked = [handle("b"), handle("z")];
        let text = blast_radius(&chain(), &[alice(keys)], &leaked).to_string();
        let (a, b, z) = (handle("a"), handle("b"), handle("z"));
        let expected = [
            "alice.near: up to 0.700 NEAR at risk".to_owned(),
            format!("  {b}: play of game.near, paid from 0.700 NEAR on the key"),
            "    can burn 0.700 NEAR; cannot add keys, drain the account or lock its owner out"
                .to_owned(),
            "  now:".to_owned(),
            format!("    withdraw 0.700 NEAR from {b}: deleting the key burns it"),
            format!("    delete the leaked keys, signed with {a}"),
            format!("{z} acts on none of the accounts looked at"),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
