use super::super::*;
use crate::tests::fixture::{alice, calls, chain, full, gas_calls, gas_full, handle, id, key};
use crate::{AccountFacts, Callable, KeyFacts};
use near_crypto::{KeyType, SecretKey};
use near_primitives::account::AccountContract;
use near_primitives::hash::CryptoHash;
use near_primitives::types::Gas;

fn look(account: &AccountFacts, files: Vec<Credential>) -> Audit {
    audit(&chain(), account, &Credentials { files }, &AuditOptions::default())
}

/// The rules that `keys` break, without the one that every account without a post-quantum key breaks.
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
        "the key has no allowance: it can burn the account's 10 NEAR as gas"
    );
    assert_eq!(found[1].reason, "the key may call any method of game.near");
}

#[test]
fn a_gas_keys_balance_is_its_budget() {
    check(vec![full("a"), gas_calls("b", "game.near", &["play"], 500)], &[]);
    let found =
        check(vec![full("a"), gas_calls("b", "game.near", &["play"], 1001)], &["funds-on-gas-key"]);
    assert!(found[0].reason.starts_with("1.001 NEAR on the key"));
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
    assert_eq!(found[0].reason, "never used, if added in block 8, 4999992 blocks ago");
    check(vec![full("a"), at_nonce(born.clone(), 7_000_001)], &[]);
    // Ahead of the chain: it was written into the state.
    check(vec![full("a"), at_nonce(born.clone(), 9_000_000_000_000)], &[]);
    let found = check(vec![full("a"), at_nonce(born, 0)], &["never-used"]);
    assert_eq!(found[0].reason, "never used, and as old as its nonce can tell");
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
fn rows_that_nobody_told_are_not_idle() {
    let mut key = gas_full("q", 1);
    key.gas_key_nonces.clear();
    let account = alice(vec![key]);
    let earlier = Some(Observed::new(1, &account));
    let options = AuditOptions { earlier, idle_after: 1, ..AuditOptions::default() };
    let found = audit(&chain(), &account, &Credentials::default(), &options).findings;
    assert!(found.iter().all(|finding| ![Rule::Idle, Rule::NeverUsed].contains(&finding.rule)));
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
    assert_eq!(reason, "0.25 NEAR left, a call with 300 Tgas needs 0.300918893467222 NEAR");
    // More gas than a transaction can carry counts as that limit.
    let Evidence::BelowOneCall { gas, .. } = with_gas(60_000).findings[0].evidence else {
        panic!()
    };
    assert_eq!(gas, Gas::from_teragas(1000));
}

/// Which of the keys `b` and `c` for the same is to be kept, and whether it is in use.
#[track_caller]
fn kept_of(b: KeyFacts, c: KeyFacts, files: Vec<Credential>) -> (PublicKeyHandle, bool) {
    let found = look(&alice(vec![full("a"), b, c]), files).findings;
    let duplicates = found.iter().filter_map(|finding| match &finding.evidence {
        Evidence::DuplicateGrant { same_as, in_use, .. } => Some((same_as.clone(), *in_use)),
        _ => None,
    });
    let duplicates: Vec<_> = duplicates.collect();
    assert_eq!(duplicates.len(), 1);
    duplicates[0].clone()
}

#[test]
fn of_duplicates_the_one_in_use_is_kept_then_the_one_with_a_file_then_the_richer() {
    let b = |milli| calls("b", "game.near", &["play", "score"], Some(milli));
    let c = |milli| calls("c", "game.near", &["score", "play"], Some(milli));
    let of_b = || vec![file("b", 0o600, true)];
    assert_eq!(kept_of(b(2), c(1), vec![]), (handle("b"), true));
    assert_eq!(kept_of(b(1), c(2), vec![]), (handle("c"), true));
    assert_eq!(kept_of(b(1), c(2), of_b()), (handle("b"), true));
    // Added later, so its nonce is higher, but never used.
    let unused = |key| at_nonce(key, 4_999_998_000_000);
    let early = |key| at_nonce(key, 7_000_001);
    assert_eq!(kept_of(unused(b(2)), early(c(1)), of_b()), (handle("c"), true));
    assert_eq!(kept_of(unused(b(1)), unused(c(2)), vec![]), (handle("c"), false));
}

#[test]
fn other_methods_or_another_kind_of_key_is_no_duplicate() {
    let play = calls("b", "game.near", &["play"], Some(1000));
    let quit = calls("c", "game.near", &["quit"], Some(1000));
    check(vec![full("a"), play, quit, gas_calls("d", "game.near", &["play"], 500)], &[]);
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
    let protocol = keyway_rules::Protocol::new(84, "localnet").unwrap();
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
fn a_baseline_accepts_neither_another_file_nor_a_graver_finding() {
    let mut account = alice(vec![full("a"), calls("b", "alice.near", &["vote"], Some(1000))]);
    let before = look(&account, vec![file("b", 0o640, true)]);
    let baseline = Baseline::of(std::slice::from_ref(&before));
    assert!(!before.with_baseline(&baseline).fails_on(Level::Note));

    let fresh = |account: &AccountFacts, files| {
        let found = look(account, files).with_baseline(&baseline).findings;
        let fresh = found.iter().filter(|finding| !finding.suppressed);
        fresh.map(|finding| finding.name).collect::<Vec<_>>()
    };
    let copy = Credential { path: "/tmp/b.json".to_owned(), ..file("b", 0o666, true) };
    assert_eq!(fresh(&account, vec![file("b", 0o640, true), copy]), ["open-credential"]);
    // With a contract, the note is an error.
    let code = AccountContract::Local(CryptoHash::hash_bytes(b"code"));
    account.account.set_contract(code).unwrap();
    assert_eq!(fresh(&account, vec![]), ["own-contract"]);
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
        "reason": "the key has no allowance: it can burn the account's 10 NEAR as gas",
        "remedy": "Delete the key and add it again with an allowance.",
        "evidence": {"no_gas_budget": {"balance": "10000000000000000000000000"}},
        "fingerprint": found[0].fingerprint,
        "suppressed": false,
    });
    assert_eq!(json, expected);
    assert_eq!(found[0].fingerprint.len(), 32);
}

#[test]
fn an_allowance_above_the_balance_is_no_limit() {
    for milli in [10_000, 30_000, 30_000_000_000_000] {
        let key = calls("b", "game.near", &["play"], Some(milli));
        let found = check(vec![full("a"), key], &["no-gas-budget"]);
        assert!(found[0].reason.ends_with("is no limit: the account has 10 NEAR"));
    }
    check(vec![full("a"), calls("b", "game.near", &["play"], Some(9_999))], &[]);
    let mut key = calls("b", "game.near", &["play"], None);
    key.access_key.permission.function_call_permission_mut().unwrap().allowance =
        Some(near_primitives::types::Balance::MAX);
    check(vec![full("a"), key], &["no-gas-budget"]);
}

#[test]
fn a_key_that_lives_through_relayers_is_a_note() {
    {
        let milli = 0;
        let found = check(
            vec![full("a"), calls("b", "game.near", &["play"], Some(milli))],
            &["below-one-call"],
        );
        assert_eq!(found[0].level, Level::Note);
        assert!(found[0].reason.contains("a relayer, who pays (meta transactions)"));
    }
    let found =
        check(vec![full("a"), calls("b", "game.near", &["play"], Some(20))], &["below-one-call"]);
    assert_eq!(found[0].level, Level::Warning);
}

#[test]
fn anybody_signs_for_a_weak_key() {
    let mut weak = full("b");
    weak.public_key = "ed25519:11111111111111111111111111111111".parse().unwrap();
    let found = look(&alice(vec![weak]), Vec::new()).findings;
    assert_eq!((found[0].name, found[0].level), ("weak-key", Level::Error));
}

fn with_contracts(key: KeyFacts, contract: Callable) -> Vec<Finding> {
    let permission = key.access_key.permission.function_call_permission().unwrap();
    let contracts = [(permission.receiver_id.clone(), contract)].into();
    let options = AuditOptions { contracts, ..AuditOptions::default() };
    let account = alice(vec![full("a"), key]);
    let found = audit(&chain(), &account, &Credentials::default(), &options).findings;
    found.into_iter().filter(|finding| finding.rule == Rule::FitsNoCall).collect()
}

#[test]
fn keys_that_fit_no_call() {
    let key = |methods: &[&str]| calls("b", "game.near", methods, Some(1000));
    let found = with_contracts(key(&["play "]), Callable::Unknown);
    assert_eq!(found[0].reason, r#"fits no call: no contract has a method "play ""#);
    assert_eq!(found[0].level, Level::Warning);
    let play = || Callable::Methods(["play".to_owned()].into());
    let found = with_contracts(key(&["play", "quit"]), play());
    assert_eq!(
        (found[0].level, found[0].reason.as_str()),
        (Level::Note, "fits no call: game.near has no method quit")
    );
    assert_eq!(with_contracts(key(&["quit"]), play())[0].level, Level::Warning);
    assert!(with_contracts(key(&["play"]), play()).is_empty());
    assert_eq!(with_contracts(key(&[]), Callable::NoAccount)[0].level, Level::Warning);
    // Another rule reports that there is no contract yet.
    let own = calls("b", "alice.near", &["play"], Some(1000));
    assert!(with_contracts(own, Callable::NoContract).is_empty());
}

#[test]
fn a_key_in_two_files_is_told_once() {
    let account = alice(vec![full("a")]);
    let copy =
        |path: &str, name: &str| Credential { path: path.to_owned(), ..file(name, 0o644, false) };
    let files = vec![copy("/k/alice.near/a.json", "a"), copy("/k/alice.near.json", "a")];
    let found = look(&account, files).findings;
    let names: Vec<&str> = found.iter().map(|finding| finding.name).collect();
    assert_eq!(names, ["open-credential", "plain-text-credential", "no-post-quantum-key"]);
    let both = "/k/alice.near.json and /k/alice.near/a.json";
    assert_eq!(found[0].reason, format!("{both} have mode 644: others can open it"));
    assert!(found[1].reason.starts_with(&format!("{both} hold the secret in plain text")));
}

#[test]
fn a_file_whose_key_is_not_there_fails_nothing() {
    let account = alice(vec![full("a")]);
    let audit = look(&account, vec![file("gone", 0o644, false)]);
    let names: Vec<&str> = audit.findings.iter().map(|finding| finding.name).collect();
    assert_eq!(names, ["open-credential", "credential-not-on-chain", "no-post-quantum-key"]);
    assert!(!audit.fails_on(Level::Warning));
    assert!(audit.findings.iter().all(|finding| !finding.reason.contains("everything")));
}
