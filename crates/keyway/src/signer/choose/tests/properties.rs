//! Compares the choice with the verdict: it never takes a key that the rules refuse, nor a more powerful one than
//! necessary, and it finds a key whenever the rules accept one.

use super::super::*;
use super::choose::public_key;
use crate::signer::cost::{Prices, local_prices};
use keyway_rules::{Facts, judge};
use keyway_test_kit::Draft;
use near_primitives::account::{
    AccessKey, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::{FunctionCallAction, TransferAction};
use near_primitives::transaction::{NonceMode, Transaction, TransactionNonce};
use near_primitives::types::Gas;
use proptest::prelude::*;

fn receiver() -> impl Strategy<Value = AccountId> {
    prop::sample::select(vec!["a.near", "b.near"]).prop_map(|name| name.parse().unwrap())
}

fn method() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "x", "y"]).prop_map(str::to_owned)
}

/// Amounts around the price of the calls below, milliNEAR.
fn amount() -> impl Strategy<Value = Balance> {
    (0..80_u128).prop_map(Balance::from_millinear)
}

fn calls(
    allowance: BoxedStrategy<Option<Balance>>,
) -> impl Strategy<Value = FunctionCallPermission> {
    (allowance, receiver(), prop::collection::vec(method(), 0..3)).prop_map(
        |(allowance, receiver_id, method_names)| FunctionCallPermission {
            allowance,
            receiver_id: receiver_id.to_string(),
            method_names,
        },
    )
}

fn gas_key() -> impl Strategy<Value = GasKeyInfo> {
    (amount(), 1..3_u16).prop_map(|(balance, num_nonces)| GasKeyInfo { balance, num_nonces })
}

fn permission() -> impl Strategy<Value = AccessKeyPermission> {
    prop_oneof![
        1 => Just(AccessKeyPermission::FullAccess),
        4 => calls(prop::option::of(amount()).boxed()).prop_map(AccessKeyPermission::FunctionCall),
        2 => gas_key().prop_map(AccessKeyPermission::GasKeyFullAccess),
        2 => (gas_key(), calls(Just(None).boxed()))
            .prop_map(|(info, calls)| AccessKeyPermission::GasKeyFunctionCall(info, calls)),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let call = (method(), 0..3_u64, prop::sample::select(vec![0, 0, 0, 1]));
    prop_oneof![
        5 => call.prop_map(|(method_name, gas, deposit)| {
            Action::FunctionCall(Box::new(FunctionCallAction {
                method_name,
                args: Vec::new(),
                gas: Gas::from_teragas(30 * gas),
                deposit: Balance::from_yoctonear(deposit),
            }))
        }),
        1 => Just(Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(1) })),
    ]
}

/// Whether the rules let the key sign, for an account with enough funds.
fn accepted(candidate: &Candidate, job: &Job<'_>) -> bool {
    let Some(permission) = candidate.permission.clone() else { return false };
    let transaction = transaction(candidate, job);
    let Prices { gas_price, protocol } = local_prices();
    let account =
        Account::new(Balance::from_near(1_000), Balance::ZERO, AccountContract::None, 1_000);
    let facts = Facts {
        protocol: &protocol,
        gas_price,
        height: Some(1),
        account: Some(&account),
        access_key: Some(&AccessKey { nonce: 0, permission }),
        row_nonce: transaction.nonce().nonce_index().map(|_| 0),
    };
    judge(&facts, &transaction).refusal().is_none()
}

fn transaction(candidate: &Candidate, job: &Job<'_>) -> Transaction {
    let signer_id: AccountId = "alice.near".parse().unwrap();
    let public_key = candidate.public_key.clone();
    let (receiver_id, actions) = (job.receiver_id.clone(), job.actions.to_vec());
    let block_hash = Default::default();
    let nonce = match candidate.permission {
        Some(
            AccessKeyPermission::GasKeyFullAccess(_) | AccessKeyPermission::GasKeyFunctionCall(..),
        ) => TransactionNonce::GasKeyNonce { nonce: 1, nonce_index: 0 },
        _ => TransactionNonce::Nonce { nonce: 1 },
    };
    let nonce_mode = NonceMode::Monotonic;
    Draft { signer_id, public_key, nonce, nonce_mode, receiver_id, block_hash, actions }
        .transaction()
}

fn power(candidate: &Candidate) -> Option<KeyRank> {
    candidate.permission.as_ref().map(KeyRank::of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_choice_is_the_weakest_key_that_the_rules_accept(
        keys in prop::collection::vec((prop::option::weighted(0.9, permission()), 0..3_usize), 0..5),
        receiver_id in receiver(),
        actions in prop::collection::vec(action(), 0..3),
    ) {
        let job = Job { receiver_id: &receiver_id, actions: &actions, purpose: Purpose::Transaction };
        let signer_id = "alice.near".parse().unwrap();
        let candidates: Vec<_> = keys
            .into_iter()
            .enumerate()
            .map(|(index, (permission, pending))| {
                let public_key = public_key(index);
                let gas_cost = local_prices().gas_cost(&signer_id, &public_key, &job);
                Candidate { public_key, permission, gas_cost, pending }
            })
            .collect();
        match choose(&candidates, &job) {
            Ok(chosen) => {
                prop_assert!(accepted(chosen, &job), "{chosen:?}");
                for other in candidates.iter().filter(|other| accepted(other, &job)) {
                    let rank = |key| (power(key), key.pending);
                    prop_assert!(rank(chosen) <= rank(other), "{chosen:?} before {other:?}");
                }
            }
            Err(unusable) => {
                prop_assert_eq!(unusable.len(), candidates.len());
                for candidate in &candidates {
                    prop_assert!(!accepted(candidate, &job), "{candidate:?}");
                }
            }
        }
    }
}
