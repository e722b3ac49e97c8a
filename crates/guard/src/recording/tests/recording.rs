use super::super::*;
use crate::tests::fixture::{chain, id};
use keyway_rules::KeyCharge;
use near_primitives::action::TransferAction;
use near_primitives::types::Gas;
use proptest::prelude::*;

fn call(method: &str, tgas: u64, deposit_yocto: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(tgas),
        deposit: Balance::from_yoctonear(deposit_yocto),
    }))
}

fn recorded(receiver: &str, actions: Vec<Action>) -> Recorded {
    Recorded { receiver_id: id(receiver), actions, burnt: None }
}

fn least(transactions: &[Recorded]) -> LeastKeys {
    least_keys(&chain(), &id("alice.near"), transactions).unwrap()
}

#[test]
fn one_key_a_contract_with_the_methods_that_were_called() {
    let found = least(&[
        recorded("game.near", vec![call("score", 10, 0)]),
        recorded("shop.near", vec![call("list", 5, 0)]),
        recorded("game.near", vec![call("play", 30, 0)]),
        recorded("game.near", vec![call("play", 30, 0)]),
    ]);
    let [game, shop] = found.keys.as_slice() else { panic!("{found}") };
    assert_eq!((game.receiver_id.as_str(), game.calls), ("game.near", 3));
    assert_eq!(game.methods, ["play", "score"]);
    assert_eq!(shop.methods, ["list"]);
    assert_eq!(
        game.to_string(),
        "play, score of game.near: an allowance of 0.0351581621949061 NEAR for 3 calls that wait for refunds, 0.0727566874059715 NEAR if none waits; the most expensive takes 0.030918893467222 NEAR"
    );
}

#[test]
fn what_a_function_call_key_may_not_sign_is_told() {
    let transfer = Action::Transfer(TransferAction { deposit: Balance::from_near(1) });
    let found = least(&[
        recorded("game.near", vec![call("buy", 10, 1)]),
        recorded("bob.near", vec![transfer]),
        recorded("game.near", vec![call("play", 10, 0), call("play", 10, 0)]),
        recorded("game.near", vec![]),
    ]);
    assert!(found.keys.is_empty());
    let lines: Vec<String> = found.beyond.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "transaction 1 to game.near needs full access: a deposit is attached",
            "transaction 2 to bob.near needs full access: not a single function call",
            "transaction 3 to game.near needs full access: not a single function call",
            "transaction 4 to game.near needs full access: not a single function call",
        ]
    );
}

#[test]
fn long_lists_of_methods_take_several_keys() {
    let name = |index: usize| format!("{index:0>200}");
    let calls: Vec<_> =
        (0..25).map(|index| recorded("game.near", vec![call(&name(index), 1, 0)])).collect();
    let sizes: Vec<_> = least(&calls).keys.iter().map(|key| key.methods.len()).collect();
    assert_eq!(sizes, [9, 9, 7]);
}

#[test]
fn a_cost_beyond_all_amounts_is_an_error() {
    let calls = [recorded("game.near", vec![call("play", 1, u128::MAX)])];
    let refused = least_keys(&chain(), &id("alice.near"), &calls).unwrap_err();
    assert_eq!(refused, RecordingError::CostOverflow { index: 0 });
}

/// Whether refunds come back before the next call.
#[derive(Clone, Copy, PartialEq)]
enum Refunds {
    Come,
    Wait,
}

/// Whether a key with this permission can sign all of `transactions` one after the other, on an account that can pay.
fn signs_all(
    permission: &FunctionCallPermission,
    transactions: &[&Recorded],
    refunds: Refunds,
) -> bool {
    let ChainFacts { protocol, gas_price, .. } = chain();
    let (amount, contract) = (Balance::from_near(1_000_000), AccountContract::None);
    let account = Account::new(amount, Balance::ZERO, contract, 500);
    let mut permission = permission.clone();
    transactions.iter().all(|recorded| {
        let (receiver_id, actions) = (&recorded.receiver_id, recorded.actions.clone());
        let public_key = PublicKey::empty(KeyType::ED25519);
        let tx = unsigned(&id("alice.near"), &public_key, None, receiver_id, actions);
        let access_key = AccessKey {
            nonce: 0,
            permission: AccessKeyPermission::FunctionCall(permission.clone()),
        };
        let facts = Facts {
            protocol: &protocol,
            gas_price,
            height: None,
            account: Some(&account),
            access_key: Some(&access_key),
            row_nonce: None,
        };
        let Verdict::Accepted(charges) = judge(&facts, &tx) else { return false };
        let cost = charges.cost;
        let KeyCharge::Ordinary { allowance, .. } = charges.key else { return false };
        let bought = cost.gas_bought;
        let burnt = recorded.burnt.map_or(bought, |gas| gas.checked_sub(cost.gas_burnt).unwrap());
        let refund = gas_refund(&protocol, gas_price, &cost, burnt).unwrap();
        let refund = if refunds == Refunds::Come { refund } else { Balance::ZERO };
        permission.allowance = allowance.map(|left| left.checked_add(refund).unwrap());
        true
    })
}

fn any_call() -> impl Strategy<Value = Action> {
    let deposit = prop_oneof![5 => Just(0), 1 => Just(1)];
    (0..4_usize, 1..300_u64, deposit).prop_map(|(method, tgas, deposit)| {
        call(["play", "score", "quit", "Play"][method], tgas, deposit)
    })
}

fn any_recorded() -> impl Strategy<Value = Recorded> {
    let several = prop::collection::vec(any_call(), 0..3);
    let actions = prop_oneof![4 => any_call().prop_map(|call| vec![call]), 1 => several];
    // A call burns a tenth of a Tgas before it runs, and attaches at least one Tgas.
    let burnt = prop::option::of((500..1_000_u64).prop_map(Gas::from_gigagas));
    (0..3_usize, actions, burnt).prop_map(|(receiver, actions, burnt)| {
        let receiver = ["game.near", "shop.near", "alice.near"][receiver];
        Recorded { burnt, ..recorded(receiver, actions) }
    })
}

proptest! {
    /// The least keys sign everything that was recorded, and nothing can be taken away from them.
    #[test]
    fn the_least_key_is_enough_and_no_less_is(
        transactions in prop::collection::vec(any_recorded(), 0..12)
    ) {
        let found = least(&transactions);
        let signed: usize = found.keys.iter().map(|key| key.calls).sum();
        prop_assert_eq!(signed + found.beyond.len(), transactions.len());
        for key in &found.keys {
            let within = |(index, recorded): &(usize, &Recorded)| {
                recorded.receiver_id == key.receiver_id
                    && !found.beyond.iter().any(|beyond| beyond.index == *index)
            };
            let own: Vec<&Recorded> =
                transactions.iter().enumerate().filter(within).map(|(_, recorded)| recorded).collect();
            let permission = key.permission();
            for (allowance, refunds) in [(key.allowance, Refunds::Come), (key.at_once, Refunds::Wait)] {
                let with = |allowance| FunctionCallPermission { allowance, ..permission.clone() };
                prop_assert!(signs_all(&with(Some(allowance)), &own, refunds));
                let one_less = allowance.checked_sub(Balance::from_yoctonear(1));
                prop_assert!(!signs_all(&with(one_less), &own, refunds));
            }
            for index in 0..key.methods.len() {
                let mut narrower = permission.clone();
                narrower.method_names.remove(index);
                // An empty list would allow every method, so there is no key without methods.
                prop_assert!(narrower.method_names.is_empty() || !signs_all(&narrower, &own, Refunds::Come));
            }
        }
        for beyond in &found.beyond {
            let recorded = &transactions[beyond.index];
            let widest = FunctionCallPermission {
                allowance: None,
                receiver_id: recorded.receiver_id.to_string(),
                method_names: Vec::new(),
            };
            prop_assert!(!signs_all(&widest, &[recorded], Refunds::Come));
        }
    }
}
