//! With any arguments: no panic, an error names its field, and no permission is wider than written.

use crate::action::limits;
use crate::action::*;
use crate::error::ArgumentError;
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Balance as NearToken, Gas};
use proptest::prelude::*;

/// An error about one of these fields, or an action.
fn judged(step: impl Into<Step>, fields: &[&str]) -> Option<Action> {
    match step.into().into_action() {
        Ok(action) => Some(action),
        Err(error) => {
            assert!(fields.contains(&error.field()), "{error}");
            told(&error);
            None
        }
    }
}

/// The message names the input and the field, in a readable length.
fn told(error: &ArgumentError) {
    let text = error.to_string();
    assert!(text.starts_with(error.site().name()) && text.contains(error.field()), "{text}");
    assert!(text.len() < 1000, "{text}");
}

/// Text that is sometimes an account id or a key.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,100}",
        "[a-z0-9._-]{0,70}",
        Just("game.near".to_owned()),
        "(ed25519|secp256k1|ml-dsa-65|x):[1-9A-Za-z]{0,90}",
        Just(KEY.to_owned()),
    ]
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        prop::collection::vec(".{0,20}", 0..4),
        prop::collection::vec("[a-z]{0,300}", 0..12),
        prop::collection::vec("[a-z]{1,9}", 1..4),
    ]
}

fn amount() -> impl Strategy<Value = NearToken> {
    prop_oneof![Just(0), any::<u128>()].prop_map(NearToken::from_yoctonear)
}

proptest! {
    #[test]
    fn keys(key in text(), nonces: u16, amount in amount()) {
        judged(add_full_access_key(&key), &["public_key"]);
        judged(delete_key(&key), &["public_key"]);
        judged(fund_gas_key(&key, amount), &["public_key"]);
        judged(withdraw_from_gas_key(&key, amount), &["public_key"]);
        judged(stake(amount, &key), &["validator_key"]);
        let gas_key = judged(add_full_access_gas_key(&key, nonces), &["public_key", "nonces"]);
        prop_assert!(gas_key.is_none() || (1..=1024).contains(&nonces));
    }

    #[test]
    fn a_function_call_key_has_the_rights_that_were_said(
        (key, contract) in (text(), text()),
        names in names(),
        budget in amount(),
    ) {
        let key = add_function_call_key(&key, &contract).functions(&names).gas_budget(budget);
        let fields = ["public_key", "contract", "functions", "gas_budget"];
        if let Some(Action::AddKey(added)) = judged(key, &fields) {
            let AccessKeyPermission::FunctionCall(permission) = added.access_key.permission else {
                panic!("another permission");
            };
            prop_assert_eq!(permission.allowance, Some(budget));
            prop_assert!(!budget.is_zero() && !permission.method_names.is_empty());
            prop_assert_eq!(&permission.method_names, &names);
            prop_assert!(permission.receiver_id.parse::<AccountId>().is_ok());
            let longest = names.iter().map(String::len).max().unwrap_or_default();
            prop_assert!(longest as u64 <= limits().method_name_bytes);
            let total: usize = names.iter().map(|name| name.len() + 1).sum();
            prop_assert!(total as u64 <= limits().method_names_bytes);
        }
    }

    #[test]
    fn a_gas_key_for_calls_has_the_rights_that_were_said(
        (key, contract) in (text(), text()),
        names in names(),
        nonces in 0_u16..1100,
    ) {
        let key = add_function_call_gas_key(&key, &contract, nonces).functions(&names);
        let added = judged(key, &["public_key", "contract", "functions", "nonces"]);
        if let Some(Action::AddKey(added)) = added {
            let permission = added.access_key.permission.function_call_permission().unwrap();
            prop_assert_eq!(permission.allowance, None);
            prop_assert_eq!(&permission.method_names, &names);
        }
    }

    #[test]
    fn calls(contract in text(), method in ".{0,300}", gas: u64, deposit in amount()) {
        let gas = Gas::from_gas(gas);
        let written = call(&contract, &*method).gas(gas).deposit(deposit).args(method.as_bytes());
        if judged(written, &["contract", "method", "gas"]).is_some() {
            prop_assert!(gas > Gas::ZERO && gas <= limits().gas);
            prop_assert!(!method.is_empty() && method.len() as u64 <= limits().method_name_bytes);
        }
    }

    #[test]
    fn accounts(id in text(), signer in "[a-z]{2,9}", amount in amount()) {
        judged(delete_account(&id), &["beneficiary"]);
        judged(use_global_by_account(&id), &["owner"]);
        let signer: AccountId = signer.parse().unwrap();
        match transfer(amount).to(&id).resolve(&signer) {
            Ok((receiver, _)) => prop_assert_eq!(receiver, id),
            Err(error) => {
                prop_assert_eq!(error.field(), "receiver");
                told(&error);
            }
        }
    }

    #[test]
    fn state_inits(entries in prop::collection::btree_map(prop::collection::vec(any::<u8>(), 0..2100), prop::collection::vec(any::<u8>(), 0..9), 0..3)) {
        let code = near_primitives::action::GlobalContractIdentifier::CodeHash(Default::default());
        let data = entries.clone();
        let state = crate::protocol::DeterministicAccountStateInitV1 { code, data };
        let state = crate::protocol::DeterministicAccountStateInit::V1(state);
        judged(init_deterministic_account(state, NearToken::ZERO), &["data key"]);
        let access_keys = Default::default();
        let state = crate::protocol::UniversalStateInitV1 { code: None, data: entries, access_keys };
        let state = crate::protocol::UniversalStateInit::V1(state);
        judged(init_universal_account(&state, NearToken::ZERO), &["data key"]);
    }
}

#[test]
fn contracts_are_measured() {
    assert!(judged(deploy(vec![0; 4_194_304]), &[]).is_some());
    assert!(judged(deploy(vec![0; 4_194_305]), &["code"]).is_none());
    assert!(judged(deploy_global_by_hash(vec![0; 4_194_305]), &["code"]).is_none());
    assert!(judged(deploy_global_by_account(vec![0; 4_194_305]), &["code"]).is_none());
    let long = call("game.near", "play").args(vec![0; 4_194_305]);
    assert!(judged(long, &["args"]).is_none());
}

const KEY: &str = "ed25519:5BGSaf6YjVm7565VzWQHNxoyEjwr3jUpRJSGjREvU9dB";
