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

/// The plan if the keys of these names were not used since block 1000.
fn plan_since(account: &AccountFacts, unmoved: &[&str]) -> DeletePlan {
    let mut earlier = Observed::new(1_000, account);
    let unmoved: Vec<_> = unmoved.iter().map(|&name| handle(name)).collect();
    earlier.nonces.retain(|key, _| unmoved.contains(key));
    let (chain, credentials) = (chain(), Credentials::default());
    let options = AuditOptions { earlier: Some(earlier), ..AuditOptions::default() };
    fix_plan(&audit(&chain, account, &credentials, &options), &chain, account, &credentials)
}

/// The plan if every key was added since the earlier audit.
fn plan(account: &AccountFacts) -> DeletePlan {
    plan_since(account, &[])
}

/// The plan without an earlier audit.
fn first_plan(account: &AccountFacts) -> DeletePlan {
    let (chain, credentials) = (chain(), Credentials::default());
    let found = audit(&chain, account, &credentials, &AuditOptions::default());
    fix_plan(&found, &chain, account, &credentials)
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
    // If the gas key is used meanwhile, its withdrawal fails; that must not stop the others.
    assert_eq!(alone.deletions[0].withdraw, Some(Balance::from_millinear(500)));
    assert!(matches!(alone.actions[..], [Action::WithdrawFromGasKey(_), Action::DeleteKey(_)]));
    let kept: Vec<_> = plan.kept.iter().map(|kept| kept.public_key.clone()).collect();
    assert_eq!(kept, [handle("a"), handle("young"), handle("low")]);
    assert_eq!(plan.signers, [handle("a")]);
}

/// The plan with an earlier audit at block 4,000,000, in which `moved` had other nonces.
fn plan_beside(account: &AccountFacts, moved: &[&str]) -> DeletePlan {
    let mut earlier = Observed::new(4_000_000, account);
    for name in moved {
        let nonces = earlier.nonces.get_mut(&handle(name)).unwrap();
        nonces.iter_mut().for_each(|nonce| *nonce -= 2);
    }
    let (chain, credentials) = (chain(), Credentials::default());
    let options = AuditOptions { earlier: Some(earlier), ..AuditOptions::default() };
    fix_plan(&audit(&chain, account, &credentials, &options), &chain, account, &credentials)
}

fn because(plan: &DeletePlan, name: &str) -> KeptBecause {
    plan.kept.iter().find(|kept| kept.public_key == handle(name)).unwrap().because
}

/// A bug: of ninety browsers with a key each, a third used theirs since, and all keys but one were to be deleted.
#[test]
fn a_key_that_was_used_since_stays_though_others_allow_the_same() {
    let names: Vec<String> = (0..9).map(|index| format!("login{index}")).collect();
    let keys = names.iter().map(|name| calls(name, "game.near", &["play"], Some(250)));
    let account = alice(std::iter::once(full("a")).chain(keys).collect());
    let used: Vec<&str> = names[..3].iter().map(String::as_str).collect();
    let plan = plan_beside(&account, &used);
    assert_eq!(deleted(&plan).len(), 6);
    for name in used {
        let (from, to) = (4_999_998_000_005, 4_999_998_000_007);
        assert_eq!(because(&plan, name), KeptBecause::InUse { from, to, since: 4_000_000 });
    }
    let said = plan.to_string();
    assert!(said.contains("keep 3 keys: in use: nonces moved since block 4000000"), "{said}");
    let json = serde_json::to_string(&plan.kept).unwrap();
    let reason = "in use: nonce moved from 4999998000005 to 4999998000007 since block 4000000";
    assert!(json.contains(reason), "{json}");
}

#[test]
fn equal_keys_stay_where_nobody_looked_before() {
    let keys = ["b", "c", "d"].map(|name| calls(name, "game.near", &["play"], Some(250)));
    let account = alice(std::iter::once(full("a")).chain(keys).collect());
    let plan = plan(&account);
    assert_eq!(plan.transactions, []);
    let plan = first_plan(&account);
    assert_eq!(plan.transactions, []);
    assert_eq!(because(&plan, "b"), KeptBecause::NotKnownUnused);
}

/// A relayer pays for what this key signs: it cannot pay for a call itself, and is in use.
#[test]
fn a_key_that_buys_no_call_is_not_dead() {
    for milli in [0, 1] {
        let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(milli))]);
        let used = plan_beside(&account, &["b"]);
        assert_eq!(used.transactions, []);
        assert!(matches!(because(&used, "b"), KeptBecause::InUse { .. }));
        let (chain, files) = (chain(), Credentials::default());
        for blocks in [3, 999_999] {
            let earlier = Some(Observed::new(chain.height - blocks, &account));
            let options = AuditOptions { earlier, ..AuditOptions::default() };
            let plan =
                fix_plan(&audit(&chain, &account, &files, &options), &chain, &account, &files);
            assert_eq!(plan.transactions, []);
        }
        assert_eq!(deleted(&plan_beside(&account, &[])), [key("b")]);
    }
}

#[test]
fn a_nonce_that_looks_unused_is_no_reason_to_delete_a_key() {
    let old = at_nonce(calls("old", "game.near", &["b"], Some(1000)), 7_000_000);
    let plan = plan(&alice(vec![full("a"), old]));
    assert_eq!(plan.transactions, []);
    assert_eq!(because(&plan, "old"), KeptBecause::AddedSince { since: 1_000 });
}

/// A signer may skip nonces: some relayers begin at the block's height times 10^6, which is what a key
/// has that was added in that block and never used.
#[test]
fn a_round_nonce_is_no_proof_that_a_key_was_never_used() {
    let round = |name, nonce| at_nonce(calls(name, "game.near", &["play"], Some(1000)), nonce);
    let used = || calls("used", "game.near", &["play"], Some(500));
    for nonce in [0, 7_000_000, 4_999_000_000_000] {
        let account = alice(vec![full("a"), round("round", nonce), used()]);
        assert_eq!(deleted(&first_plan(&account)), []);
        assert_eq!(because(&first_plan(&account), "round"), KeptBecause::NotKnownUnused);
        assert_eq!(deleted(&plan(&account)), []);
        assert_eq!(because(&plan(&account), "round"), KeptBecause::AddedSince { since: 1_000 });
        // The earlier audit saw the same nonce, which proves it.
        assert_eq!(deleted(&plan_since(&account, &["round"])), [key("round")]);
    }
}

#[test]
fn a_key_for_the_own_contract_stays_though_there_is_none_yet() {
    let account = alice(vec![full("a"), calls("vote", "alice.near", &["confirm"], Some(1000))]);
    let plan = plan_beside(&account, &[]);
    assert_eq!((plan.transactions.len(), because(&plan, "vote")), (0, KeptBecause::OwnContract));
}

#[test]
fn nothing_is_idle_in_the_block_of_the_earlier_look() {
    let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(1000))]);
    let (chain, files) = (chain(), Credentials::default());
    let earlier = Some(Observed::new(chain.height, &account));
    let options = AuditOptions { earlier, idle_after: 0, ..AuditOptions::default() };
    let found = audit(&chain, &account, &files, &options);
    assert_eq!(fix_plan(&found, &chain, &account, &files).transactions, []);
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

/// The plan if no key was used for long, and a baseline accepts the findings that `accepts` chooses.
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
    /// No key for the account's own contract is deleted, whatever a baseline accepts.
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

    /// Whatever the keys are, the plan deletes no full-access key,
    /// and each deletion can be signed by one.
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

    /// Whatever keys and nonces there are, and whatever a baseline accepts: the plan deletes no key whose nonce
    /// changed or that was added since the earlier audit, no full-access key, no key for the account's own
    /// contract, and no key that was not idle for long. Each key is either deleted or kept with a reason.
    #[test]
    fn no_plan_takes_what_is_in_use(
        keys in any_keys(),
        before in prop::collection::vec(0..4_u8, 12),
        blocks in prop_oneof![Just(0_u64), Just(1), Just(999), Just(1_000_000), Just(4_999_000)],
        idle_after in prop_oneof![Just(0_u64), Just(1), Just(1_000), Just(1_000_000)],
        choice in prop::collection::vec(any::<bool>(), 200),
        contract in any::<bool>(),
    ) {
        let account = if contract { with_contract(keys) } else { alice(keys) };
        let (chain, files) = (chain(), Credentials::default());
        let mut earlier = Observed::new(chain.height - blocks, &account);
        for (key, before) in account.keys.iter().zip(&before) {
            match before {
                0 => drop(earlier.nonces.remove(&key.public_key)),
                1 => earlier.nonces.get_mut(&key.public_key).unwrap().push(0),
                2 => {
                    let nonces = earlier.nonces.get_mut(&key.public_key).unwrap();
                    nonces.iter_mut().for_each(|nonce| *nonce = nonce.wrapping_sub(1));
                }
                _ => {}
            }
        }
        let options = AuditOptions { earlier: Some(earlier), idle_after, ..Default::default() };
        let found = audit(&chain, &account, &files, &options);
        let mut accepted = found.clone();
        let mut choice = choice.into_iter();
        accepted.findings.retain(|_| choice.next().unwrap_or(false));
        let found = found.with_baseline(&Baseline::of(&[accepted]));
        let plan = fix_plan(&found, &chain, &account, &files);

        let gone = deleted(&plan);
        prop_assert_eq!(gone.len() + plan.kept.len(), account.keys.len());
        for public_key in gone {
            let handle = PublicKeyHandle::from(&public_key);
            let index = account.keys.iter().position(|key| key.public_key == handle).unwrap();
            let key = &account.keys[index];
            let call = key.access_key.permission.function_call_permission();
            prop_assert!(call.is_some_and(|call| call.receiver_id != "alice.near"));
            prop_assert!(![0, 1, 2].contains(&before[index]), "it moved, or was added since");
            prop_assert!(blocks >= idle_after.max(1));
        }
    }
}
