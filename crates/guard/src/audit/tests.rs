use super::*;
use crate::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, id, key};
use crate::{AccountFacts, KeyFacts};
use near_crypto::{KeyType, SecretKey};
use near_primitives::account::AccountContract;
use near_primitives::action::Action;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{Balance, Gas};
use proptest::prelude::*;

fn look(account: &AccountFacts, files: Vec<Credential>) -> Audit {
    audit(&chain(), account, &Credentials { files }, &AuditOptions::default())
}

/// The rules that `keys` break, beside the one that every account without a post-quantum key breaks.
#[track_caller]
fn check(keys: Vec<KeyFacts>, expected: &[&str]) -> Vec<Finding> {
    let mut findings = look(&alice(keys), Vec::new()).findings;
    findings.retain(|finding| finding.rule != Rule::NoPostQuantumKey);
    let names: Vec<&str> = findings.iter().map(|finding| finding.name).collect();
    assert_eq!(names, expected);
    findings
}

fn file(name: &str, mode: u32, encrypted: bool) -> Credential {
    let path = format!("/home/alice/{name}.json");
    let (account_id, public_key) = (id("alice.near"), key(name));
    Credential { path, account_id, public_key, mode: Some(mode), encrypted }
}

fn at_nonce(mut key: KeyFacts, nonce: u64) -> KeyFacts {
    key.access_key.nonce = nonce;
    key
}

#[test]
fn a_narrow_key_beside_one_full_access_key_is_fine() {
    check(vec![full("a"), calls("b", "game.near", &["play"], Some(1000))], &[]);
}

#[test]
fn wide_function_call_keys() {
    let found = check(
        vec![full("a"), calls("b", "game.near", &[], None)],
        &["no-gas-budget", "any-method"],
    );
    assert_eq!(
        found[0].reason,
        "the key has no allowance: it can burn the account's 10.00 NEAR as gas"
    );
    assert_eq!(found[1].reason, "the key may call any method of game.near");
}

#[test]
fn a_gas_keys_balance_is_its_budget() {
    check(vec![full("a"), gas_calls("b", "game.near", &["play"], 500)], &[]);
    let found =
        check(vec![full("a"), gas_calls("b", "game.near", &["play"], 1001)], &["funds-on-gas-key"]);
    assert!(found[0].reason.starts_with("1.01 NEAR rest on the key"));
}

#[test]
fn full_access_keys_are_counted() {
    let found = check(vec![full("a"), gas_full("b", 1)], &["several-full-access-keys"; 2]);
    assert_eq!(found[0].reason, "the key is one of 2 that may do everything");
    let found = check(vec![], &["no-full-access-key"]);
    assert_eq!(found[0].reason, "no key may do everything: 0 function-call keys, no contract");
}

#[test]
fn a_nonce_tells_that_a_key_was_never_used() {
    let born = at_nonce(calls("b", "game.near", &["play"], Some(1000)), 7_000_000);
    let found = check(vec![full("a"), born.clone()], &["never-used"]);
    assert_eq!(
        found[0].reason,
        "its nonce 7000000 is that of a key added in block 8, 4999992 blocks ago"
    );
    check(vec![full("a"), at_nonce(born.clone(), 7_000_001)], &[]);
    // Ahead of the chain: a hand wrote it there.
    check(vec![full("a"), at_nonce(born.clone(), 9_000_000_000_000)], &[]);
    let found = check(vec![full("a"), at_nonce(born, 0)], &["never-used"]);
    assert!(found[0].reason.ends_with("when it was added cannot be told"));
}

#[test]
fn a_gas_key_is_unused_when_all_its_rows_are() {
    let mut key = gas_calls("b", "game.near", &["play"], 500);
    key.gas_key_nonces = vec![7_000_000, 7_000_000];
    check(vec![full("a"), key.clone()], &["never-used"]);
    key.gas_key_nonces = vec![7_000_000, 7_000_001];
    check(vec![full("a"), key], &[]);
}

#[test]
fn idle_needs_an_earlier_look() {
    let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(1000))]);
    let mut earlier = Observed::new(4_000_000, &account);
    earlier.nonces.get_mut(&handle("a")).unwrap()[0] -= 1;
    let text = serde_json::to_string(&earlier).unwrap();
    assert_eq!(serde_json::from_str::<Observed>(&text).unwrap(), earlier);

    let idle = |idle_after| {
        let options =
            AuditOptions { earlier: Some(earlier.clone()), idle_after, ..AuditOptions::default() };
        let found = audit(&chain(), &account, &Credentials::default(), &options).findings;
        found.into_iter().filter(|finding| finding.rule == Rule::Idle).collect::<Vec<_>>()
    };
    let found = idle(1_000_000);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].public_key, Some(handle("b")));
    assert_eq!(found[0].reason, "its nonce has not moved since block 4000000, 1000000 blocks ago");
    assert!(idle(1_000_001).is_empty());
}

#[test]
fn calls_of_the_accounts_own_contract() {
    let mut account = alice(vec![full("a"), calls("b", "alice.near", &["confirm"], Some(1000))]);
    let level = |account: &AccountFacts| look(account, Vec::new()).findings[0].level;
    assert_eq!(level(&account), Level::Note);
    let contract = |text: &str| AccountContract::Local(text.parse::<CryptoHash>().unwrap());
    account.account.set_contract(contract("7GQStUCd8bmCK43bzD8PRh7sD2uyyeMJU5h8Rj3kXXJk")).unwrap();
    assert_eq!(level(&account), Level::Warning);
    account.account.set_contract(contract("2zodJZK2e4nnv5AqwCRnenNSmkikXhEd7PPY6BmfTmW4")).unwrap();
    assert_eq!(level(&account), Level::Error);
}

#[test]
fn calls_of_a_signer() {
    let found = check(
        vec![full("a"), calls("b", "v1.signer", &["sign"], Some(1000))],
        &["signer-contract"],
    );
    assert_eq!(found[0].level, Level::Error);
    let options =
        AuditOptions { signer_contracts: vec![id("dao.near")], ..AuditOptions::default() };
    let account = alice(vec![full("a"), calls("b", "dao.near", &["vote"], Some(1000))]);
    let found = audit(&chain(), &account, &Credentials::default(), &options).findings;
    assert_eq!(found[0].rule, Rule::SignerContract);
}

#[test]
fn the_classic_allowance_is_below_a_large_call() {
    let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(250))]);
    let with_gas = |gas| {
        let options =
            AuditOptions { useful_call_gas: Gas::from_teragas(gas), ..AuditOptions::default() };
        audit(&chain(), &account, &Credentials::default(), &options)
    };
    assert_eq!(with_gas(30).findings.len(), 1);
    let reason = &with_gas(300).findings[0].reason;
    assert_eq!(reason, "0.250 NEAR are left, a call with 300.0 Tgas needs 0.301 NEAR");
    // More than a transaction can carry is no more than that.
    let Evidence::BelowOneCall { gas, .. } = with_gas(60_000).findings[0].evidence else {
        panic!()
    };
    assert_eq!(gas, Gas::from_teragas(1000));
}

#[test]
fn of_duplicates_the_one_with_a_file_is_kept_or_the_last_used() {
    let mut twins = vec![full("a")];
    for (name, methods) in
        [("b", ["play", "score"]), ("c", ["score", "play"]), ("d", ["play", "quit"])]
    {
        twins.push(calls(name, "game.near", &methods, Some(1000)));
    }
    twins[2].access_key.nonce += 1;
    let account = alice(twins);
    let kept = |files| {
        let found = look(&account, files).findings;
        let duplicates: Vec<_> =
            found.iter().filter(|finding| finding.rule == Rule::DuplicateGrant).collect();
        assert_eq!(duplicates.len(), 1);
        let Evidence::DuplicateGrant { same_as, .. } = &duplicates[0].evidence else { panic!() };
        same_as.clone()
    };
    assert_eq!(kept(Vec::new()), handle("c"));
    assert_eq!(kept(vec![file("b", 0o600, true)]), handle("b"));
}

#[test]
fn credentials_are_judged_by_mode_seal_and_chain() {
    let account = alice(vec![full("a"), calls("b", "game.near", &["play"], Some(1000))]);
    let files = vec![
        file("a", 0o644, false),
        file("b", 0o600, false),
        file("c", 0o600, true),
        Credential { account_id: id("bob.near"), ..file("d", 0o777, false) },
    ];
    let found = look(&account, files).findings;
    let lines: Vec<String> = found
        .iter()
        .map(|found| format!("{} {}: {}", found.level, found.name, found.reason))
        .collect();
    assert_eq!(
        lines,
        [
            "error open-credential: /home/alice/a.json has mode 644: others can open it",
            "warning plain-text-credential: /home/alice/a.json holds the secret in plain text; the key allows everything",
            "note plain-text-credential: /home/alice/b.json holds the secret in plain text; the key allows play of game.near",
            "note credential-not-on-chain: /home/alice/c.json holds a key that the account does not have",
            "note no-post-quantum-key: the only full-access key is on an elliptic curve",
        ]
    );
}

#[test]
fn a_post_quantum_key_is_asked_for_where_it_exists() {
    let has_rule = |chain: &ChainFacts, keys| {
        let found = audit(chain, &alice(keys), &Credentials::default(), &AuditOptions::default());
        found.findings.iter().any(|finding| finding.rule == Rule::NoPostQuantumKey)
    };
    let mut quantum = full("q");
    quantum.public_key = (&SecretKey::from_seed(KeyType::MLDSA65, "q").public_key()).into();
    assert!(has_rule(&chain(), vec![full("a")]));
    assert!(!has_rule(&chain(), vec![full("a"), quantum]));
    let protocol = keyway_engine::Protocol::new(84, "localnet").unwrap();
    assert!(!has_rule(&ChainFacts { protocol, ..chain() }, vec![full("a")]));
}

#[test]
fn a_baseline_accepts_what_it_names_and_nothing_new() {
    let before = look(&alice(vec![full("a"), full("b")]), Vec::new());
    let json = serde_json::to_string(&Baseline::of(std::slice::from_ref(&before))).unwrap();
    let baseline = Baseline::from_json(&json).unwrap();
    assert!(before.fails_on(Level::Warning));
    assert!(!before.with_baseline(&baseline).fails_on(Level::Note));

    let after = look(&alice(vec![full("a"), full("c")]), Vec::new()).with_baseline(&baseline);
    assert!(after.fails_on(Level::Warning));
    let fresh: Vec<_> = after.findings.iter().filter(|finding| !finding.suppressed).collect();
    assert_eq!(fresh.len(), 1);
    assert_eq!(fresh[0].public_key, Some(handle("c")));
    assert_eq!(after.stale.len(), 1);
    assert_eq!(after.stale[0].public_key, Some(handle("b")));

    assert!(matches!(Baseline::from_json("[]"), Err(BaselineError::Malformed(_))));
    let newer = json.replace("\"version\":1", "\"version\":2");
    assert!(matches!(Baseline::from_json(&newer), Err(BaselineError::Version { found: 2 })));
}

#[test]
fn sarif_says_it_all() {
    let account = alice(vec![full("a")]);
    let audit = look(&account, vec![file("a", 0o644, true)]);
    let accepted = Baseline::of(&[look(&account, Vec::new())]);
    let sarif = sarif(&[audit.with_baseline(&accepted)]);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), Rule::ALL.len());
    assert_eq!(run["tool"]["driver"]["rules"][10]["id"], "KW011");
    let [open, quantum] = run["results"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!(open["ruleId"], "KW011");
    assert_eq!(open["ruleIndex"], 10);
    assert_eq!(open["level"], "error");
    let location = &open["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"]["uri"],
        "file:///home/alice/a.json"
    );
    let name = format!("alice.near/{}", handle("a"));
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], name);
    assert!(open.get("suppressions").is_none());
    assert_eq!(quantum["suppressions"][0]["kind"], "external");
    assert_eq!(quantum["locations"][0].get("physicalLocation"), None);
}

#[test]
fn json_is_stable() {
    let found =
        check(vec![full("a"), calls("b", "game.near", &["play"], None)], &["no-gas-budget"]);
    let json = serde_json::to_value(&found[0]).unwrap();
    let expected = serde_json::json!({
        "rule": "KW001",
        "name": "no-gas-budget",
        "level": "warning",
        "account_id": "alice.near",
        "public_key": handle("b").to_string(),
        "reason": "the key has no allowance: it can burn the account's 10.00 NEAR as gas",
        "remedy": "Delete the key and add it again with an allowance.",
        "evidence": {"no_gas_budget": {"balance": "10000000000000000000000000"}},
        "fingerprint": found[0].fingerprint,
        "suppressed": false,
    });
    assert_eq!(json, expected);
    assert_eq!(found[0].fingerprint.len(), 32);
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
