use super::super::*;
use crate::tests::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, id};
use near_primitives::account::AccountContract;
use near_primitives::hash::CryptoHash;

/// The radius for an account of 10 NEAR with `keys`; those named have leaked.
#[track_caller]
fn radius(keys: Vec<KeyFacts>, leaked: &[&str]) -> AccountRadius {
    let leaked: Vec<_> = leaked.iter().map(|&name| handle(name)).collect();
    let mut found = blast_radius(&chain(), &[alice(keys)], &leaked, &[]);
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
    assert_eq!(found.revocation, Revocation::Delete { signers, funds: vec![] });
    // An allowance is worth no more than the account has.
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
    let Revocation::Delete { funds, .. } = found.revocation else { panic!() };
    let (public_key, withdraw) = (handle("b"), Balance::ZERO);
    assert_eq!(funds, [Funds { public_key, balance: milli(700), withdraw }]);
}

#[test]
fn what_a_deletion_may_burn_is_left_on_a_gas_key() {
    let found = radius(vec![full("a"), gas_calls("b", "game.near", &[], 700_001)], &["b"]);
    let Revocation::Delete { funds, .. } = found.revocation else { panic!() };
    assert_eq!(funds[0].withdraw, milli(699_001));
}

#[test]
fn full_access_is_everything_that_is_there() {
    let mut account = alice(vec![full("a"), gas_full("b", 700), full("c")]);
    account.account.set_locked(milli(50_000)).unwrap();
    let found = blast_radius(&chain(), &[account], &[handle("a")], &[]).accounts.remove(0);
    assert_eq!(found.control, Control::Full);
    assert_eq!(found.at_risk, milli(60_700));
    let signers = vec![handle("b"), handle("c")];
    assert_eq!(found.revocation, Revocation::Delete { signers, funds: vec![] });
}

#[test]
fn who_lost_every_full_access_key_must_be_first() {
    let keys = vec![full("a"), calls("b", "game.near", &["play"], Some(1))];
    let found = radius(keys.clone(), &["a", "b"]);
    let signers = vec![handle("a")];
    assert_eq!(found.revocation, Revocation::RotateFirst { signers, funds: vec![] });
    let found = radius(keys[1..].to_vec(), &["b"]);
    assert_eq!(found.revocation, Revocation::ByNobody);
    let mut account = alice(keys[1..].to_vec());
    let code = CryptoHash::hash_bytes(b"code");
    account.account.set_contract(AccountContract::Local(code)).unwrap();
    let found = blast_radius(&chain(), &[account], &[handle("b")], &[]).accounts.remove(0);
    assert_eq!(found.revocation, Revocation::OnlyByContract);
}

#[test]
fn a_contract_that_signs_is_told_from_others() {
    let callee = |receiver, signers: &[AccountId]| {
        let key = calls("b", receiver, &["sign"], Some(250));
        let leaked = [handle("b")];
        let mut found = blast_radius(&chain(), &[alice(vec![full("a"), key])], &leaked, signers);
        let text = found.to_string();
        (found.accounts.remove(0).keys.remove(0).callee, text)
    };
    let (v1, text) = callee("v1.signer", &[]);
    assert_eq!(v1, Some(Callee::Signer));
    assert!(text.contains("v1.signer signs or votes in the account's name: what"), "{text}");
    assert_eq!(callee("dao.near", &[]).0, Some(Callee::Other));
    assert_eq!(callee("dao.near", &[id("dao.near")]).0, Some(Callee::Signer));
}

#[test]
fn a_key_without_a_limit_can_burn_it_all() {
    let keys = vec![full("a"), calls("b", "game.near", &["play"], None)];
    let text = blast_radius(&chain(), &[alice(keys)], &[handle("b")], &[]).to_string();
    assert!(text.contains("can burn all that the account has, 10 NEAR, as gas; "), "{text}");
    assert!(!text.contains("cannot drain"), "{text}");
}

#[test]
fn a_call_of_the_own_contract_reaches_as_far_as_the_contract() {
    let mut account = alice(vec![full("a"), calls("b", "alice.near", &["confirm"], Some(1))]);
    let look = |account: &AccountFacts| {
        let account = std::slice::from_ref(account);
        blast_radius(&chain(), account, &[handle("b")], &[]).accounts.remove(0)
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
    let found = blast_radius(&chain(), &accounts, &[handle("a"), handle("z")], &[]);
    assert_eq!(found.accounts.len(), 2);
    assert_eq!(found.nowhere, [handle("z")]);
}

#[test]
fn it_reads_as_what_to_do() {
    let keys = vec![full("a"), gas_calls("b", "game.near", &["play"], 1700)];
    let leaked = [handle("b"), handle("z")];
    let text = blast_radius(&chain(), &[alice(keys)], &leaked, &[]).to_string();
    let (a, b, z) = (handle("a"), handle("b"), handle("z"));
    let named = implicit("z");
    let expected = [
        "alice.near: up to 1.7 NEAR at risk".to_owned(),
        format!("  {b}"),
        "    play of game.near, paid from 1.7 NEAR on the key".to_owned(),
        "    can burn 1.7 NEAR as gas; cannot add keys, transfer NEAR or lock the owner".to_owned(),
        "    out".to_owned(),
        "    game.near takes its calls for the account's own: what it holds for the".to_owned(),
        "    account is at risk, too".to_owned(),
        "  now:".to_owned(),
        format!("    replace {b}, so that"),
        "    the 1.7 NEAR on it go to a new key: deleted by itself it burns what is on it"
            .to_owned(),
        "    delete each other leaked key, alone in a transaction, signed with".to_owned(),
        format!("    {a}"),
        format!("{z}"),
        "  acts on none of the accounts looked at".to_owned(),
        named.to_string(),
        format!("  is named after {z} and"),
        "  is not there: whoever pays to it gives it to this key".to_owned(),
    ];
    let said = text.split_whitespace().collect::<Vec<_>>();
    let expected = expected.join("\n");
    assert_eq!(said, expected.split_whitespace().collect::<Vec<_>>());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

fn implicit(name: &str) -> AccountId {
    derive_near_implicit_account_id(crate::tests::fixture::key(name).unwrap_as_ed25519())
}

#[test]
fn a_key_still_names_the_implicit_account_that_was_made_with_it() {
    let leaked = [handle("old")];
    let gone = blast_radius(&chain(), &[], &leaked, &[]);
    let named = &gone.named_after[0];
    assert_eq!((&named.account_id, named.exists), (&implicit("old"), false));
    let text = gone.to_string();
    assert!(text.contains("whoever pays to it gives it to this key"), "{text}");

    // Its key was rotated: if it is deleted, it can be created again with the old one.
    let rotated = AccountFacts { account_id: implicit("old"), ..alice(vec![full("new")]) };
    let found = blast_radius(&chain(), &[rotated], &leaked, &[]);
    assert!(found.named_after[0].exists);
    assert!(found.to_string().contains("brings it back with"), "{found}");

    let own = AccountFacts { account_id: implicit("old"), ..alice(vec![full("old")]) };
    assert_eq!(blast_radius(&chain(), &[own], &leaked, &[]).named_after, []);
}
