//! A survey continues after the first broken rule, and reports which rules cannot be applied.

use crate::setup::{Case, HEIGHT, call, gas_call_key, gas_key, id, ordinary, secret, transfer};
use keyway_rules::{Facts, JudgedRule, Rule, RuleVerdict, survey, survey_unsigned};
use keyway_test_kit::signed;
use near_crypto::{KeyType, Signature};
use near_primitives::account::{Account, AccountContract};
use near_primitives::transaction::TransactionNonce;
use near_primitives::types::Balance;

const NOTHING: Balance = Balance::ZERO;

/// The broken rules, and those that could not be applied, with the rule that blocks them.
type Told = (Vec<Rule>, Vec<(Rule, Rule)>);

fn findings(case: &Case, known: impl FnOnce(&mut Facts<'_>)) -> Vec<JudgedRule> {
    let account = Account::new(case.amount, case.locked, AccountContract::None, case.bytes);
    let mut facts = Facts {
        protocol: &case.protocol,
        gas_price: Balance::from_yoctonear(100_000_000),
        height: Some(HEIGHT),
        account: Some(&account),
        access_key: Some(&case.key),
        row_nonce: case.row,
    };
    known(&mut facts);
    survey(&facts, &signed(case.transaction(), &secret(KeyType::ED25519)))
}

fn told(findings: &[JudgedRule]) -> Told {
    let broken =
        findings.iter().filter(|judged| matches!(judged.verdict, RuleVerdict::Fail { .. }));
    let unjudged = findings.iter().filter_map(|judged| match judged.verdict {
        RuleVerdict::NotJudged { until } => Some((judged.rule, until)),
        _ => None,
    });
    (broken.map(|judged| judged.rule).collect(), unjudged.collect())
}

#[track_caller]
fn check(mut case: Case, spoil: impl FnOnce(&mut Case), broken: &[Rule]) -> Vec<(Rule, Rule)> {
    spoil(&mut case);
    let (found, unjudged) = told(&findings(&case, |_| {}));
    assert_eq!(found, broken);
    unjudged
}

#[test]
fn a_good_case_passes_every_rule_of_its_kind() {
    let rules = |case: &Case| -> Vec<Rule> {
        let findings = findings(case, |_| {});
        assert!(findings.iter().all(|judged| judged.verdict == RuleVerdict::Pass), "{findings:?}");
        findings.iter().map(|judged| judged.rule).collect()
    };
    use Rule::*;
    let start = [Actions, Version, Size, Signature, Cost, Signer, Key, NonceKind];
    let rest = [Nonce, NonceBound, Balance, Allowance, StorageStake];
    let permission = [OneCall, NoDeposit, Receiver, Method];
    assert_eq!(rules(&ordinary()), [&start[..], &rest, &permission].concat());
    let middle = [NonceRow, Nonce, NonceBound, GasKeyBalance];
    let end = [Deposits, StorageStake];
    assert_eq!(rules(&gas_call_key()), [&start[..], &middle, &permission, &end].concat());
}

#[test]
fn everything_wrong_is_told_at_once() {
    let spoil = |case: &mut Case| {
        case.nonce = TransactionNonce::Nonce { nonce: 0 };
        case.call_permission().allowance = Some(NOTHING);
        case.actions = vec![call("steal", 1)];
        case.receiver = id("bank.near");
    };
    use Rule::*;
    let broken = [Nonce, Allowance, NoDeposit, Receiver, Method];
    assert_eq!(check(ordinary(), spoil, &broken), []);
}

#[test]
fn what_hangs_on_a_broken_rule_is_not_judged() {
    use Rule::*;
    let poor = |case: &mut Case| case.amount = NOTHING;
    assert_eq!(check(ordinary(), poor, &[Balance]), [(StorageStake, Balance)]);
    let other = |case: &mut Case| case.actions = vec![transfer(1)];
    let unjudged = [(NoDeposit, OneCall), (Method, OneCall)];
    assert_eq!(check(ordinary(), other, &[OneCall]), unjudged);
    let no_row = |case: &mut Case| case.row = None;
    assert_eq!(check(gas_key(), no_row, &[NonceRow]), [(Nonce, NonceRow)]);
    let no_index = |case: &mut Case| case.nonce = TransactionNonce::Nonce { nonce: 8 };
    let unjudged = [Nonce, Balance, Allowance, StorageStake].map(|rule| (rule, NonceKind));
    assert_eq!(check(gas_key(), no_index, &[NonceKind]), unjudged);
}

#[test]
fn without_account_or_key_the_rest_is_not_judged() {
    let (broken, unjudged) = told(&findings(&ordinary(), |facts| facts.account = None));
    assert_eq!(broken, [Rule::Signer]);
    assert_eq!((unjudged.len(), unjudged[0]), (11, (Rule::Key, Rule::Signer)));
    let (broken, unjudged) = told(&findings(&gas_key(), |facts| facts.access_key = None));
    assert_eq!(broken, [Rule::Key]);
    assert_eq!((unjudged.len(), unjudged[0]), (11, (Rule::NonceKind, Rule::Key)));
}

#[test]
fn a_signature_to_come_is_no_rule() {
    let (case, account) = (
        ordinary(),
        Account::new(Balance::from_near(1), Balance::ZERO, AccountContract::None, 500),
    );
    let facts = Facts {
        protocol: &case.protocol,
        gas_price: Balance::ZERO,
        height: None,
        account: Some(&account),
        access_key: Some(&case.key),
        row_nonce: None,
    };
    let mut tx = signed(case.transaction(), &secret(KeyType::ED25519));
    tx.signature = Signature::empty(KeyType::ED25519);
    assert_eq!(told(&survey(&facts, &tx)).0, [Rule::Signature]);
    let unsigned = survey_unsigned(&facts, &tx);
    assert!(unsigned.iter().all(|judged| judged.rule != Rule::Signature));
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.map(Rule::name).into();
    assert_eq!(names.len(), Rule::ALL.len());
}
