use super::super::*;
use crate::audit::{AuditOptions, Baseline, Observed, audit};
use crate::tests::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, key};
use near_primitives::account::AccountContract;
use near_primitives::hash::CryptoHash;
use proptest::prelude::*;

fn at_nonce(mut key: KeyFacts, nonce: u64) -> KeyFacts {
    key.access_key.nonce = nonce;
    key
}

/// The plan where the keys of these names were not used since block 1000.
fn plan_since(account: &AccountFacts, unmoved: &[&str]) -> DeletePlan {
    let mut earlier = Observed::new(1_000, account);
    let unmoved: Vec<_> = unmoved.iter().map(|&name| handle(name)).collect();
    earlier.nonces.retain(|key, _| unmoved.contains(key));
    let (chain, credentials) = (chain(), Credentials::default());
    let options = AuditOptions { earlier: Some(earlier), ..AuditOptions::default() };
    fix_plan(&audit(&chain, account, &credentials, &options), &chain, account, &credentials)
}

fn plan(account: &AccountFacts) -> DeletePlan {
    plan_since(account, &[])
}

fn deleted(plan: &DeletePlan) -> Vec<PublicKey> {
    let deletions = plan.transactions.iter().flat_map(|tx| &tx.deletions);
    deletions.map(|deletion| deletion.public_key.clone()).collect()
}

#[test]
fn a_plan_deletes_the_idle_and_the_dead_and_withdraws_first() {
    let young = at_nonce(calls("young", "game.near", &["a"], Some(1000)), 4_998_000_000_000);
    let old = at_nonce(calls("old", "game.near", &["b"], Some(1000)), 7_000_000);
    let dead = calls("dead", "game.near", &["c"], Some(0));
    let low = calls("low", "game.near", &["d"], Some(20));
    let gas = gas_calls("gas", "game.near", &["play"], 500);
    let plan =
        plan_since(&alice(vec![full("a"), gas, young, old, dead, low]), &["gas", "old", "dead"]);
    let [together, alone] = plan.transactions.as_slice() else { panic!("{plan}") };
    assert_eq!(deleted(&plan), [key("old"), key("dead"), key("gas")]);
    assert_eq!(together.actions.len(), 2);
    // If the gas key is used meanwhile its withdrawal fails: that may hold up no other.
    assert_eq!(alone.deletions[0].withdraw, Some(Balance::from_millinear(500)));
    assert!(matches!(alone.actions[..], [Action::WithdrawFromGasKey(_), Action::DeleteKey(_)]));
    let kept: Vec<_> = plan.kept.iter().map(|kept| kept.public_key.clone()).collect();
    assert_eq!(kept, [handle("young"), handle("low")]);
    assert_eq!(plan.signers, [handle("a")]);
}

#[test]
fn a_key_in_the_midst_of_a_call_is_not_dead() {
    let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(0))]);
    let (chain, credentials) = (chain(), Credentials::default());
    let planned = |blocks| {
        let earlier = Some(Observed::new(chain.height - blocks, &account));
        let options = AuditOptions { earlier, ..AuditOptions::default() };
        deleted(&fix_plan(
            &audit(&chain, &account, &credentials, &options),
            &chain,
            &account,
            &credentials,
        ))
    };
    assert_eq!(planned(1_000), [key("b")]);
    assert_eq!(planned(3), []);
    assert_eq!(deleted(&plan(&account)), []);
}

#[test]
fn a_nonce_that_looks_unused_is_no_reason_to_delete_a_key() {
    let old = at_nonce(calls("old", "game.near", &["b"], Some(1000)), 7_000_000);
    let plan = plan(&alice(vec![full("a"), old]));
    assert_eq!((plan.transactions, plan.kept[0].because), (vec![], KeptBecause::OtherRemedy));
}

#[test]
fn a_duplicate_of_what_goes_stays() {
    let rich = calls("rich", "game.near", &["play"], Some(1000));
    let live = calls("live", "game.near", &["play"], Some(500));
    let account = alice(vec![full("a"), rich, live]);
    assert_eq!(deleted(&plan_since(&account, &["rich"])), [key("rich")]);
    assert_eq!(deleted(&plan(&account)), [key("live")]);
}

#[test]
fn a_duplicate_stays_where_nobody_knows_which_is_in_use() {
    let young = |name| at_nonce(calls(name, "game.near", &["play"], Some(1000)), 4_999_000_000_000);
    let used = calls("used", "game.near", &["play"], Some(500));
    assert_eq!(plan(&alice(vec![full("a"), young("b"), young("c")])).transactions, []);
    let plan = plan(&alice(vec![full("a"), young("b"), used]));
    assert_eq!(plan.transactions[0].deletions[0].public_key, key("b"));
}

#[test]
fn a_long_plan_is_cut_at_the_limit_of_actions() {
    let keys = (0..250)
        .map(|index| at_nonce(calls(&format!("k{index}"), "game.near", &["p"], Some(0)), 0));
    let keys: Vec<_> = std::iter::once(full("a")).chain(keys).collect();
    let names: Vec<_> = (0..250).map(|index| format!("k{index}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let plan = plan_since(&alice(keys), &names);
    let sizes: Vec<_> = plan.transactions.iter().map(|tx| tx.actions.len()).collect();
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

fn any_keys() -> impl Strategy<Value = Vec<KeyFacts>> {
    (0..12_usize).prop_flat_map(|count| (0..count).map(any_key).collect::<Vec<_>>())
}

/// `alice.near` with these keys and a contract.
fn with_contract(keys: Vec<KeyFacts>) -> AccountFacts {
    let mut account = alice(keys);
    let contract = AccountContract::Local(CryptoHash::hash_bytes(b"recovery"));
    account.account.set_contract(contract).unwrap();
    account
}

/// The plan where no key was used for long, and a baseline accepts the findings that `accepts` chooses.
fn plan_with_baseline(
    account: &AccountFacts,
    mut accepts: impl FnMut(&Finding) -> bool,
) -> DeletePlan {
    let (chain, credentials) = (chain(), Credentials::default());
    let earlier = Some(Observed::new(1_000, account));
    let found =
        audit(&chain, account, &credentials, &AuditOptions { earlier, ..Default::default() });
    let mut accepted = found.clone();
    accepted.findings.retain(|finding| accepts(finding));
    let found = found.with_baseline(&Baseline::of(&[accepted]));
    fix_plan(&found, &chain, account, &credentials)
}

#[test]
fn a_helpers_key_stays_though_its_call_of_the_own_contract_is_accepted() {
    let helper = |index| calls(&format!("h{index}"), "alice.near", &["recover"], Some(1000));
    let keys = std::iter::once(full("a")).chain((0..12).map(helper));
    let account = with_contract(keys.collect());
    let plan = plan_with_baseline(&account, |found| found.rule.id() == "KW007");
    assert_eq!(plan.transactions, []);
    let helpers = plan.kept.iter().filter(|kept| kept.because == KeptBecause::OwnContract);
    assert_eq!(helpers.count(), 12);
}

proptest! {
    /// No key for calls of the account's contract goes, whatever a baseline accepts.
    #[test]
    fn no_baseline_lets_a_vote_go(
        keys in any_keys(),
        choice in prop::collection::vec(any::<bool>(), 100),
    ) {
        let account = with_contract(keys);
        let mut choice = choice.into_iter();
        let plan = plan_with_baseline(&account, |_| choice.next().unwrap_or(false));
        for deletion in plan.transactions.iter().flat_map(|tx| &tx.deletions) {
            let key = account.key(&PublicKeyHandle::from(&deletion.public_key)).unwrap();
            let call = key.access_key.permission.function_call_permission().unwrap();
            prop_assert_ne!(&call.receiver_id, "alice.near");
        }
    }

    /// Whatever the keys are, those that may do everything are there after the plan as before it,
    /// and every deletion has somebody who can sign it.
    #[test]
    fn no_plan_locks_an_account(keys in any_keys()) {
        let account = alice(keys);
        let plan = plan_since(&account, &["key0", "key2", "key4", "key6", "key8", "key10"]);
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
            let full = keys.iter().filter(|key| key.is_full_access());
            full.map(|key| key.public_key.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(full(&left), full(&account.keys));
        prop_assert_eq!(&plan.signers, &full(&account.keys));
        prop_assert!(!plan.signers.is_empty() || plan.transactions.is_empty());
    }
}
