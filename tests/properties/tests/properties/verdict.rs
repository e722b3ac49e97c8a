//! The engine's verdict equals a predicate written from the specification, rule by rule.

use keyway_engine::check_state;
use keyway_property_tests::case::{Case, case};
use keyway_property_tests::cases;
use keyway_rules::{
    Charges, Facts, KeyCharge, RuleVerdict, Verdict, check_form_unsigned, judge, survey_unsigned,
};
use keyway_state::Trie;
use near_primitives::account::AccessKeyPermission as Permission;
use near_primitives::action::Action;
use near_primitives::errors::{InvalidAccessKeyError as KeyError, InvalidTxError as Error};
use near_primitives::transaction::{NonceMode, SignedTransaction};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::Balance;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The name of the first rule that the case breaks.
type Oracle = Result<(), &'static str>;

fn oracle(case: &Case) -> Oracle {
    match case.tx.nonce().nonce_index() {
        None => ordinary(case),
        Some(_) => gas_key(case),
    }
}

/// Protocol 3.2, the table of ordinary keys.
fn ordinary(case: &Case) -> Oracle {
    let Case { account, key, cost, .. } = case;
    let (amount, total) = (yocto(account.amount()), yocto(cost.total));
    let allowance = match &key.permission {
        Permission::FunctionCall(call) => call.allowance.map(yocto),
        _ => None,
    };
    rule(key.gas_key_info().is_none(), "InvalidNonceIndex")?;
    nonce(case, key.nonce)?;
    rule(amount >= total, "NotEnoughBalance")?;
    rule(allowance.is_none_or(|allowance| allowance >= total), "NotEnoughAllowance")?;
    rule(covers_storage(case, amount - total), "LackBalanceForState")?;
    permission(case)
}

/// Protocol 3.2, the table of gas keys.
fn gas_key(case: &Case) -> Oracle {
    let Case { account, key, cost, .. } = case;
    let (amount, deposits) = (yocto(account.amount()), yocto(cost.deposit));
    let row = case.row.ok_or("InvalidNonceIndex")?;
    let info = key.gas_key_info().ok_or("AccessKeyNotFound")?;
    nonce(case, row)?;
    let gas = cost.gas_bought.as_gas() as u128 * yocto(cost.purchase_price);
    rule(yocto(info.balance) >= yocto(cost.burnt) + gas, "NotEnoughGasKeyBalance")?;
    permission(case)?;
    rule(amount >= deposits, "NotEnoughBalanceForDeposit")?;
    rule(covers_storage(case, amount - deposits), "NotEnoughBalanceForDeposit")
}

fn nonce(case: &Case, last: u64) -> Oracle {
    let nonce = case.tx.nonce().nonce();
    let in_order = match case.tx.nonce_mode() {
        NonceMode::Monotonic => nonce > last,
        NonceMode::Strict => nonce == last + 1,
    };
    rule(in_order, "InvalidNonce")?;
    rule(case.height.is_none_or(|height| nonce < height * 1_000_000), "NonceTooLarge")
}

fn covers_storage(case: &Case, amount: u128) -> bool {
    let usage = u128::from(case.account.storage_usage());
    usage <= 770 || amount + yocto(case.account.locked()) >= usage * 10_u128.pow(19)
}

fn permission(case: &Case) -> Oracle {
    let (Permission::FunctionCall(key) | Permission::GasKeyFunctionCall(_, key)) =
        &case.key.permission
    else {
        return Ok(());
    };
    let [Action::FunctionCall(call)] = case.tx.actions() else { return Err("RequiresFullAccess") };
    let methods = &key.method_names;
    rule(yocto(call.deposit) == 0, "DepositWithFunctionCall")?;
    rule(case.tx.receiver_id().as_str() == key.receiver_id, "ReceiverMismatch")?;
    rule(methods.is_empty() || methods.contains(&call.method_name), "MethodNameMismatch")
}

fn rule(holds: bool, name: &'static str) -> Oracle {
    if holds { Ok(()) } else { Err(name) }
}

fn yocto(amount: Balance) -> u128 {
    amount.as_yoctonear()
}

/// The name that the specification has for an error.
fn name(error: &Error) -> &'static str {
    match error {
        Error::InvalidAccessKeyError(KeyError::NotEnoughAllowance { .. }) => "NotEnoughAllowance",
        Error::InvalidAccessKeyError(KeyError::RequiresFullAccess) => "RequiresFullAccess",
        Error::InvalidAccessKeyError(KeyError::DepositWithFunctionCall) => {
            "DepositWithFunctionCall"
        }
        Error::InvalidAccessKeyError(KeyError::ReceiverMismatch { .. }) => "ReceiverMismatch",
        Error::InvalidAccessKeyError(KeyError::MethodNameMismatch { .. }) => "MethodNameMismatch",
        Error::InvalidNonceIndex { .. } => "InvalidNonceIndex",
        Error::InvalidNonce { .. } => "InvalidNonce",
        Error::NonceTooLarge { .. } => "NonceTooLarge",
        Error::NotEnoughBalance { .. } => "NotEnoughBalance",
        Error::LackBalanceForState { .. } => "LackBalanceForState",
        Error::NotEnoughGasKeyBalance { .. } => "NotEnoughGasKeyBalance",
        Error::NotEnoughBalanceForDeposit { .. } => "NotEnoughBalanceForDeposit",
        other => panic!("no rule of the table gives {other:?}"),
    }
}

fn facts(case: &Case) -> Facts<'_> {
    Facts {
        protocol: &case.protocol,
        gas_price: case.gas_price,
        height: case.height,
        account: Some(&case.account),
        access_key: Some(&case.key),
        row_nonce: case.row,
    }
}

/// The first failure of a survey.
fn first_failure(case: &Case, tx: &SignedTransaction) -> Result<(), Error> {
    survey_unsigned(&facts(case), tx).into_iter().try_for_each(|judged| match judged.verdict {
        RuleVerdict::Fail { error } => Err(error),
        RuleVerdict::Pass => Ok(()),
        RuleVerdict::NotJudged { .. } => {
            panic!("{:?} is not judged, and nothing failed", judged.rule)
        }
    })
}

fn first_broken(verdict: &Verdict) -> Oracle {
    match verdict {
        Verdict::Accepted(_) => Ok(()),
        Verdict::Refused(error) | Verdict::DepositFailed { refusal: error, .. } => Err(name(error)),
    }
}

proptest! {
    #![proptest_config(cases(40_000))]

    #[test]
    fn it_is_the_specifications(case in case()) {
        let verdict = judge(&facts(&case), &case.tx);
        prop_assert_eq!(first_broken(&verdict), oracle(&case));
        let is_deposit = oracle(&case) == Err("NotEnoughBalanceForDeposit");
        prop_assert_eq!(is_deposit, matches!(verdict, Verdict::DepositFailed { .. }));
        if let Verdict::Accepted(charges) | Verdict::DepositFailed { charges, .. } = &verdict {
            charged(&case, charges, is_deposit)?;
        }
    }

    #[test]
    fn the_state_gives_the_same_verdict(case in case()) {
        let tx = SignedTransaction::new(
            near_crypto::Signature::empty(near_crypto::KeyType::ED25519),
            case.tx.clone(),
        );
        let state = state(&case);
        let checked = check_state(&state, &case.protocol, case.gas_price, case.height, &tx).unwrap();
        let checked = checked.into_result().map(drop);
        prop_assert_eq!(checked.as_ref().map_err(name).copied(), oracle(&case));
        let at_the_door = check_form_unsigned(&case.protocol, &tx).and(checked);
        prop_assert_eq!(first_failure(&case, &tx), at_the_door);
    }
}

/// What is taken is the price, from where the specification says.
fn charged(case: &Case, charges: &Charges, deposit_failed: bool) -> Result<(), TestCaseError> {
    let Case { account, key, cost, tx, .. } = case;
    let nonce = tx.nonce().nonce();
    let (from_account, expected) = match (key.gas_key_info(), tx.nonce().nonce_index()) {
        (Some(info), Some(nonce_index)) => {
            let gas = if deposit_failed { cost.burnt } else { cost.gas_cost };
            let balance = info.balance.checked_sub(gas).unwrap();
            let deposit = if deposit_failed { Balance::ZERO } else { cost.deposit };
            (deposit, KeyCharge::GasKey { balance, nonce_index, nonce })
        }
        _ => {
            let limit = key.permission.function_call_permission().and_then(|call| call.allowance);
            let allowance = limit.map(|limit| limit.checked_sub(cost.total).unwrap());
            (cost.total, KeyCharge::Ordinary { nonce, allowance })
        }
    };
    prop_assert_eq!(charges.account_amount, account.amount().checked_sub(from_account).unwrap());
    prop_assert_eq!(&charges.key, &expected);
    Ok(())
}

/// The rows that the case is about.
fn state(case: &Case) -> Trie {
    let (account_id, public_key) = (case.tx.signer_id().clone(), case.tx.public_key());
    let account = TrieKey::Account { account_id: account_id.clone() };
    let key = TrieKey::access_key(account_id.clone(), public_key);
    let mut rows = vec![
        (account.to_vec(), borsh::to_vec(&case.account).unwrap()),
        (key.to_vec(), borsh::to_vec(&case.key).unwrap()),
    ];
    if let (Some(row), Some(index)) = (case.row, case.tx.nonce().nonce_index()) {
        let key = TrieKey::gas_key_nonce(account_id, public_key, index);
        rows.push((key.to_vec(), borsh::to_vec(&row).unwrap()));
    }
    Trie::empty().apply(rows.into_iter().map(|(key, value)| (key, Some(Arc::from(value))))).unwrap()
}

#[test]
fn cases_reach_every_rule() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..5_000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        reached.insert(oracle(&case).err().unwrap_or("accepted"));
    }
    let all = [
        "DepositWithFunctionCall",
        "InvalidNonce",
        "InvalidNonceIndex",
        "LackBalanceForState",
        "MethodNameMismatch",
        "NonceTooLarge",
        "NotEnoughAllowance",
        "NotEnoughBalance",
        "NotEnoughBalanceForDeposit",
        "NotEnoughGasKeyBalance",
        "ReceiverMismatch",
        "RequiresFullAccess",
        "accepted",
    ];
    assert_eq!(reached, BTreeSet::from(all));
}
