//! Accounts: their keys, their kinds, and the sources of their code.

use super::kit::{ADD_KEY, DELETE, DEPLOY, wasm};
use crate::facts::{AccountFacts, KeyFacts};
use crate::grant::{GasBudget, Grant, Methods};
use crate::lock::{Doubt, LockReport, LockVerdict, lock_verdict};
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission,
};
use near_primitives::hash::CryptoHash;
use near_primitives::types::Balance;

const ONE: Balance = Balance::from_near(1);
const UNIVERSAL: &str = "0u0000000000000000000000000000000000000000000000000000";

fn facts(account_id: &str, contract: AccountContract) -> AccountFacts {
    let account = Account::new(ONE, Balance::ZERO, contract, 100);
    AccountFacts { account_id: account_id.parse().unwrap(), account, keys: Vec::new() }
}

fn key(access_key: AccessKey) -> KeyFacts {
    let public_key = PublicKey::empty(KeyType::ED25519).into();
    KeyFacts { public_key, access_key, gas_key_nonces: Vec::new() }
}

fn call_key(receiver_id: &str, methods: &[&str]) -> KeyFacts {
    let permission = AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: None,
        receiver_id: receiver_id.to_owned(),
        method_names: methods.iter().map(ToString::to_string).collect(),
    });
    key(AccessKey { nonce: 0, permission })
}

/// The verdict on `vault.near` with `body` as its own code.
fn with_code(body: &str) -> LockReport {
    let code = wasm(body);
    let contract = AccountContract::Local(CryptoHash::hash_bytes(&code));
    lock_verdict(&facts("vault.near", contract), Some(&code))
}

#[test]
fn a_full_access_key_is_no_lock() {
    for access_key in [AccessKey::full_access(), AccessKey::gas_key_full_access(2)] {
        let mut facts = facts("vault.near", AccountContract::None);
        facts.keys = vec![call_key("game.near", &[]), key(access_key)];
        let report = lock_verdict(&facts, None);
        assert_eq!(report.verdict, LockVerdict::NotLocked);
        assert_eq!((report.full_access_keys.len(), report.call_keys.len()), (1, 1));
    }
}

#[test]
fn without_keys_and_contract_nobody_can_act() {
    let implicit = "98793cd91a3f870fb126f66285808c7e094afcfc4eda8a970f6648cdf0dbd6de";
    for account_id in ["vault.near", implicit, UNIVERSAL] {
        let report = lock_verdict(&facts(account_id, AccountContract::None), None);
        assert_eq!(report.verdict, LockVerdict::Sealed, "{account_id}");
        assert_eq!(report.doubts, []);
    }
}

#[test]
fn keys_that_call_are_listed_and_those_for_the_account_itself_stand_out() {
    let mut facts = facts("vault.near", AccountContract::None);
    facts.keys = vec![call_key("vault.near", &[]), call_key("game.near", &["play", "rest"])];
    let report = lock_verdict(&facts, None);
    assert_eq!(report.verdict, LockVerdict::Sealed);
    let [own, game] = report.call_keys.as_slice() else { panic!("two keys") };
    let (any, only) = (Methods::Any, Methods::Only(vec!["play".to_owned(), "rest".to_owned()]));
    let calls =
        |receiver: &str, methods| Grant::Calls { receiver_id: receiver.to_owned(), methods };
    assert!(own.own_contract && own.grant == calls("vault.near", any));
    assert!(!game.own_contract && game.grant == calls("game.near", only));
    assert_eq!(own.gas, GasBudget::NoLimit);
    let text = own.to_string();
    assert!(text.contains(": any method of vault.near, gas from the account's whole"), "{text}");
    assert!(text.ends_with("; passes for the account itself"), "{text}");
}

#[test]
fn code_decides_where_there_is_some() {
    assert_eq!(with_code(r#"(func (export "get"))"#).verdict, LockVerdict::Sealed);
    let adds = with_code(&format!(r#"(func (export "unlock") {ADD_KEY} {DEPLOY})"#));
    assert_eq!(adds.verdict, LockVerdict::CanAddKeys);
    let deploys = with_code(&format!(r#"(func (export "upgrade") {DEPLOY})"#));
    assert_eq!(deploys.verdict, LockVerdict::CanReplaceItsCode);
}

#[test]
fn a_deleted_account_is_somebodys_again_and_the_report_says_whose() {
    let report = with_code(&format!(r#"(func (export "close") {DELETE})"#));
    assert_eq!(report.verdict, LockVerdict::CanDeleteItself);
    assert!(report.to_string().contains("once deleted, near can create it again"), "{report}");
}

#[test]
fn without_the_accounts_code_there_is_no_telling() {
    let code = wasm(r#"(func (export "get"))"#);
    let expected = CryptoHash::hash_bytes(b"other");
    let facts = facts("vault.near", AccountContract::Local(expected));
    assert_eq!(lock_verdict(&facts, None).doubts, [Doubt::CodeNotGiven]);
    let report = lock_verdict(&facts, Some(&code));
    assert_eq!(report.verdict, LockVerdict::CannotTell);
    let given = CryptoHash::hash_bytes(&code);
    assert_eq!(report.doubts, [Doubt::OtherCode { expected, given }]);
}

#[test]
fn code_that_cannot_be_read_leaves_a_doubt() {
    let code = b"\0asm, and no more";
    let facts = facts("vault.near", AccountContract::Global(CryptoHash::hash_bytes(code)));
    let report = lock_verdict(&facts, Some(code));
    assert_eq!(report.verdict, LockVerdict::CannotTell);
    assert!(matches!(report.doubts[..], [Doubt::Unreadable(_)]));
    assert_eq!(report.powers, None);
}

#[test]
fn a_global_contract_by_its_hash_is_judged_as_own_code_is() {
    let code = wasm(&format!(r#"(func (export "unlock") {ADD_KEY})"#));
    let facts = facts("vault.near", AccountContract::Global(CryptoHash::hash_bytes(&code)));
    assert_eq!(lock_verdict(&facts, Some(&code)).verdict, LockVerdict::CanAddKeys);
}

#[test]
fn who_published_a_global_contract_can_replace_it() {
    let code = wasm(r#"(func (export "get"))"#);
    let by = |publisher: &str| {
        let contract = AccountContract::GlobalByAccount(publisher.parse().unwrap());
        lock_verdict(&facts("vault.near", contract), Some(&code)).verdict
    };
    assert_eq!(by("dao.near"), LockVerdict::CanReplaceItsCode);
    assert_eq!(by("vault.near"), LockVerdict::CannotTell);
}

#[test]
fn code_that_nothing_proves_seals_nothing() {
    let itself = AccountContract::GlobalByAccount("vault.near".parse().unwrap());
    let facts = facts("vault.near", itself);
    let harmless = wasm(r#"(func (export "get"))"#);
    let report = lock_verdict(&facts, Some(&harmless));
    assert_eq!(report.verdict, LockVerdict::CannotTell);
    assert_eq!(report.doubts, [Doubt::CodeNotProven]);
    assert!(report.to_string().contains("doubt: its contract goes by who published it"));
    // Powers of code that is not proven are reported, too.
    let adds = wasm(&format!(r#"(func (export "unlock") {ADD_KEY})"#));
    let report = lock_verdict(&facts, Some(&adds));
    assert_eq!(report.verdict, LockVerdict::CanAddKeys);
    assert_eq!(report.doubts, [Doubt::CodeNotProven]);
}

#[test]
fn publishing_by_name_replaces_the_code_of_who_runs_what_it_publishes() {
    let code = wasm(
        r#"(import "env" "promise_batch_action_deploy_global_contract_by_account_id"
               (func $publish (param i64 i64 i64)))
           (func (export "publish") (call $publish (i64.const 0) (i64.const 0) (i64.const 0)))"#,
    );
    let itself = AccountContract::GlobalByAccount("vault.near".parse().unwrap());
    let own = AccountContract::Local(CryptoHash::hash_bytes(&code));
    for (contract, expected) in
        [(itself, LockVerdict::CanReplaceItsCode), (own, LockVerdict::Sealed)]
    {
        assert_eq!(lock_verdict(&facts("vault.near", contract), Some(&code)).verdict, expected);
    }
}

#[test]
fn names_that_stand_for_more_leave_a_doubt() {
    let eth = "0x1234567890123456789012345678901234567890";
    let code = wasm(r#"(func (export "get"))"#);
    let wallet = AccountContract::Global(CryptoHash::hash_bytes(&code));
    let report = lock_verdict(&facts(eth, wallet), Some(&code));
    assert_eq!(
        (report.verdict, report.doubts),
        (LockVerdict::CannotTell, vec![Doubt::EthereumKey])
    );

    let deterministic = "0s1234567890123456789012345678901234567890";
    let report = lock_verdict(&facts(deterministic, AccountContract::None), None);
    assert_eq!(report.verdict, LockVerdict::CannotTell);
    assert_eq!(report.doubts, [Doubt::StateInitMayCome]);

    let mut waiting = facts(UNIVERSAL, AccountContract::None);
    waiting.account = Account::new_uninitialized(ONE, 100, 0);
    assert_eq!(lock_verdict(&waiting, None).doubts, [Doubt::NotInitialized]);
}

#[test]
fn json_is_stable() {
    let mut report = with_code(&format!(r#"(func (export "unlock") {ADD_KEY})"#));
    report.powers.as_mut().unwrap().unreached.clear();
    let json = serde_json::to_value(&report).unwrap();
    let code_hash = json["contract"]["code_hash"].clone();
    let host = "promise_batch_action_add_key_with_full_access";
    let expected = serde_json::json!({
        "account_id": "vault.near",
        "verdict": "can_add_keys",
        "full_access_keys": [],
        "call_keys": [],
        "contract": { "kind": "own", "code_hash": code_hash },
        "powers": {
            "methods": 1,
            "reached": [{
                "power": "add_full_access_key",
                "host_function": host,
                "methods": ["unlock"],
                "path": [
                    { "function": "unlock", "through_table": false },
                    { "function": host, "through_table": false },
                ],
            }],
            "unreached": [],
            "unknown_imports": [],
        },
        "doubts": [],
    });
    assert_eq!(json, expected);
    let doubt = serde_json::to_value(Doubt::Unreadable(crate::lock::WasmError::TooLarge {
        what: "bytes",
        had: 2,
        limit: 1,
    }));
    let expected = serde_json::json!(
        { "doubt": "unreadable", "error": "too_large", "what": "bytes", "had": 2, "limit": 1 }
    );
    assert_eq!(doubt.unwrap(), expected);
}
