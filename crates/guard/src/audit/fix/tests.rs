use super::*;
use crate::audit::{AuditOptions, audit};
use crate::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, key};
use proptest::prelude::*;

fn at_nonce(mut key: KeyFacts, nonce: u64) -> KeyFacts {
    key.access_key.nonce = nonce;
    key
}

fn plan(account: &AccountFacts) -> DeletePlan {
    let (chain, credentials) = (chain(), Credentials::default());
    let audit = audit(&chain, account, &credentials, &AuditOptions::default());
    fix_plan(&audit, &chain, account, &credentials)
}

#[test]
fn a_plan_deletes_the_forgotten_and_the_dead_and_withdraws_first() {
    let mut gas = gas_calls("gas", "game.near", &["play"], 500);
    gas.gas_key_nonces = vec![7_000_000; 2];
    let young = at_nonce(calls("young", "game.near", &["a"], Some(1000)), 4_999_000_000_000);
    let old = at_nonce(calls("old", "game.near", &["b"], Some(1000)), 7_000_000);
    let dead = calls("dead", "game.near", &["c"], Some(0));
    let low = calls("low", "game.near", &["d"], Some(20));
    let plan = plan(&alice(vec![full("a"), gas, young, old, dead, low]));
    let [tx] = plan.transactions.as_slice() else { panic!("{plan}") };
    let deleted: Vec<_> = tx.deletions.iter().map(|deletion| deletion.public_key.clone()).collect();
    assert_eq!(deleted, [key("gas"), key("old"), key("dead")]);
    assert_eq!(tx.deletions[0].withdraw, Some(Balance::from_millinear(500)));
    assert!(matches!(tx.actions[0], Action::WithdrawFromGasKey(_)));
    assert_eq!(tx.actions.len(), 4);
    let kept: Vec<_> = plan.kept.iter().map(|kept| kept.public_key.clone()).collect();
    assert_eq!(kept, [handle("young"), handle("low")]);
    assert_eq!(plan.signers, [handle("a")]);
}

#[test]
fn a_duplicate_of_what_goes_stays() {
    let old = at_nonce(calls("old", "game.near", &["play"], Some(1000)), 7_000_000);
    let mut dead = calls("dead", "game.near", &["play"], Some(0));
    dead.access_key.nonce += 5;
    let account =
        alice(vec![full("a"), dead, calls("live", "game.near", &["play"], Some(1000)), old]);
    let plan = plan(&account);
    let deleted = plan.transactions.iter().flat_map(|tx| &tx.deletions);
    let deleted: Vec<_> = deleted.map(|deletion| deletion.public_key.clone()).collect();
    assert_eq!(deleted, [key("dead"), key("old")]);
}

#[test]
fn a_long_plan_is_cut_at_the_limit_of_actions() {
    let keys = (0..250)
        .map(|index| at_nonce(calls(&format!("k{index}"), "game.near", &["p"], Some(0)), 0));
    let keys: Vec<_> = std::iter::once(full("a")).chain(keys).collect();
    let sizes: Vec<_> = plan(&alice(keys)).transactions.iter().map(|tx| tx.actions.len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
}

fn any_key(index: usize) -> impl Strategy<Value = KeyFacts> {
    let nonces = prop_oneof![Just(0), Just(7_000_000), Just(4_999_998_000_007_u64)];
    let milli = prop_oneof![Just(None), Just(Some(0)), Just(Some(1000))];
    (0..4, milli, nonces, 0..3_usize).prop_map(move |(kind, milli, nonce, receiver)| {
        let name = format!("key{index}");
        let receiver = ["alice.near", "game.near", "v1.signer"][receiver];
        let mut key = match kind {
            0 => full(&name),
            1 => calls(&name, receiver, &["play"], milli),
            2 => gas_full(&name, milli.unwrap_or(0)),
            _ => gas_calls(&name, receiver, &[], milli.unwrap_or(0)),
        };
        key.gas_key_nonces.iter_mut().for_each(|row| *row = nonce);
        if key.gas_key_nonces.is_empty() {
            key.access_key.nonce = nonce;
        }
        key
    })
}

proptest! {
    /// Whatever the keys are, those that may do everything are there after the plan as before it,
    /// and every deletion has somebody who can sign it.
    #[test]
    fn no_plan_locks_an_account(keys in (0..12_usize).prop_flat_map(|count| {
        (0..count).map(any_key).collect::<Vec<_>>()
    })) {
        let account = alice(keys);
        let plan = plan(&account);
        let mut left = account.keys.clone();
        for action in plan.transactions.iter().flat_map(|tx| &tx.actions) {
            if let Action::DeleteKey(delete) = action {
                let handle = PublicKeyHandle::from(&delete.public_key);
                let before = left.len();
                left.retain(|key| key.public_key != handle);
                prop_assert_eq!(left.len() + 1, before);
            }
        }
        let full = |keys: &[KeyFacts]| {
            let full = keys.iter().filter(|key| crate::grant::is_full_access(key));
            full.map(|key| key.public_key.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(full(&left), full(&account.keys));
        prop_assert_eq!(&plan.signers, &full(&account.keys));
        prop_assert!(!plan.signers.is_empty() || plan.transactions.is_empty());
    }
}
