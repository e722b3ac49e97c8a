//! The relayer's own account: audit and top-up.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway::client::AccountKey;
use keyway::protocol::{
    AccessKey, AccessKeyPermission, FunctionCallPermission, GasKeyInfo, PublicKey, PublicKeyHandle,
};
use keyway::{KeyPair, NearLiteral, NearToken};
use keyway_relay::audit::{Audited, Finding, audit};
use keyway_relay::policy::{Needs, Policy};
use keyway_relay::top_up::{Payment, TopUp};

/// A policy with one rule, for single calls without deposit.
fn policy(way: &str, deposit: &str) -> Policy {
    let lifetime = if way == "delegate" { "max_lifetime_blocks = 9" } else { "" };
    Policy::read(&format!(
        r#"
        [budget]
        per_day = "5 NEAR"
        total = "9 NEAR"
        [apps.chess]
        per_call = "1 NEAR"
        per_user_per_day = "1 NEAR"
        per_day = "1 NEAR"
        [[apps.chess.rules]]
        name = "moves"
        ways = ["{way}"]
        users = "any"
        keys = "any"
        receivers = ["game.near"]
        max_actions = 1
        {lifetime}
        [[apps.chess.rules.allow]]
        action = "call"
        methods = ["play"]
        max_gas = "30 Tgas"
        max_deposit = "{deposit}"
        arguments = "any"
        "#
    ))
    .unwrap()
}

fn key(permission: AccessKeyPermission) -> (PublicKey, AccountKey) {
    let public_key = KeyPair::random_ed25519().public_key().clone();
    let handle = PublicKeyHandle::from(&public_key);
    (public_key, AccountKey::new(handle, AccessKey { nonce: 1, permission }))
}

fn calls(contract: &str) -> AccessKeyPermission {
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: None,
        receiver_id: contract.to_owned(),
        method_names: vec!["play".to_owned()],
    })
}

fn gas_key(balance: NearToken) -> AccessKeyPermission {
    AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance, num_nonces: 16 })
}

fn findings(policy: &Policy, keys: &[AccountKey], lanes: &[PublicKey]) -> Vec<Finding> {
    let account_id = "relay.near".parse().unwrap();
    let available = 10.near();
    audit(&Audited { account_id: &account_id, available, keys, lanes, policy })
}

#[test]
fn a_key_that_can_do_more_than_its_lanes_need_is_a_finding() {
    let (full, full_key) = key(AccessKeyPermission::FullAccess);
    let (call, call_key) = key(calls("game.near"));
    let lanes = [full.clone(), call.clone()];
    let keys = [full_key, call_key];
    let too_powerful = Finding::TooPowerful { public_key: full.to_string() };
    assert_eq!(findings(&policy("intent", "0 NEAR"), &keys, &lanes), [too_powerful]);
    // Delegate actions and deposits need full access.
    for policy in [policy("delegate", "0 NEAR"), policy("intent", "1 yoctoNEAR")] {
        let needed_by = "rule `moves` of app `chess`".to_owned();
        let too_weak = Finding::TooWeak { public_key: call.to_string(), needed_by };
        assert_eq!(findings(&policy, &keys, &lanes), [too_weak]);
        assert!(matches!(policy.needs(), Needs::FullAccess { .. }));
    }
}

#[test]
fn keys_that_should_not_be_there_are_findings() {
    let policy = policy("delegate", "0 NEAR");
    let (stranger, stranger_key) = key(AccessKeyPermission::FullAccess);
    let (missing, _) = key(AccessKeyPermission::FullAccess);
    let (empty, empty_key) = key(gas_key(NearToken::ZERO));
    let found = findings(&policy, &[stranger_key, empty_key], &[missing.clone(), empty.clone()]);
    let public_key = stranger.to_string();
    assert_eq!(
        found,
        [
            Finding::OtherKey { public_key, full_access: true },
            Finding::EmptyGasKey { public_key: empty.to_string() },
            Finding::NotOnChain { public_key: missing.to_string() },
        ]
    );
    let (other, other_key) = key(calls("bank.near"));
    let intent = self::policy("intent", "0 NEAR");
    let (public_key, contract) = (other.to_string(), "bank.near".to_owned());
    assert_eq!(
        findings(&intent, &[other_key], &[other]),
        [Finding::Useless { public_key, contract }]
    );
}

#[test]
fn a_balance_below_the_budget_of_a_day_is_a_finding() {
    let account_id = "relay.near".parse().unwrap();
    let policy = policy("delegate", "0 NEAR");
    let audited = Audited {
        account_id: &account_id,
        available: 4.near(),
        keys: &[],
        lanes: &[],
        policy: &policy,
    };
    let found = audit(&audited);
    assert_eq!(found, [Finding::LowBalance { available: 4.near(), per_day: 5.near() }]);
    let text = found[0].to_string();
    assert_eq!(text, "the account has 4 NEAR, and the budget of one day is 5 NEAR; fund it");
}

#[test]
fn gas_keys_are_topped_up_within_the_limit() {
    let (full, full_key) = key(gas_key(5.near()));
    let (low, low_key) = key(gas_key(900.millinear()));
    let (empty, empty_key) = key(gas_key(NearToken::ZERO));
    let (plain, plain_key) = key(AccessKeyPermission::FullAccess);
    let (_, stranger) = key(gas_key(NearToken::ZERO));
    let keys = [full_key, low_key, empty_key, plain_key, stranger];
    let lanes = [full, low.clone(), empty.clone(), plain];
    let plan = |at_most| TopUp { below: 1.near(), to: 4.near(), at_most }.plan(&keys, &lanes);
    let first = Payment { public_key: empty, balance: NearToken::ZERO, amount: 4.near() };
    let second = |amount| Payment { public_key: low.clone(), balance: 900.millinear(), amount };
    assert_eq!(plan(9.near()), [first.clone(), second(3100.millinear())]);
    assert_eq!(plan(5.near()), [first.clone(), second(1.near())], "no more than the limit");
    assert_eq!(plan(4.near()), [first]);
    assert_eq!(plan(NearToken::ZERO), []);
}
