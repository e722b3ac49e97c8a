use super::super::*;
use near_primitives::account::{FunctionCallPermission, GasKeyInfo};
use near_primitives::action::{FunctionCallAction, TransferAction};
use near_primitives::types::Gas;

const COST: Balance = Balance::from_millinear(100);

fn calls(receiver: &str, methods: &[&str], allowance: Option<Balance>) -> FunctionCallPermission {
    let method_names = methods.iter().map(|&name| name.to_owned()).collect();
    FunctionCallPermission { allowance, receiver_id: receiver.to_owned(), method_names }
}

fn game(methods: &[&str], allowance_millinear: u64) -> AccessKeyPermission {
    let allowance = Balance::from_millinear(allowance_millinear.into());
    AccessKeyPermission::FunctionCall(calls("game.near", methods, Some(allowance)))
}

fn gas_key(balance_millinear: u64) -> GasKeyInfo {
    GasKeyInfo { balance: Balance::from_millinear(balance_millinear.into()), num_nonces: 4 }
}

fn call(method: &str, deposit_yocto: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(30),
        deposit: Balance::from_yoctonear(deposit_yocto),
    }))
}

fn transfer() -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_near(1) })
}

fn candidates(keys: Vec<(Option<AccessKeyPermission>, usize)>) -> Vec<Candidate> {
    let named = |(index, (permission, pending)): (usize, _)| Candidate {
        public_key: public_key(index),
        permission,
        gas_cost: COST,
        pending,
    };
    keys.into_iter().enumerate().map(named).collect()
}

pub(super) fn public_key(index: usize) -> PublicKey {
    near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, &index.to_string())
        .public_key()
}

#[track_caller]
fn check(
    keys: &[(AccessKeyPermission, usize)],
    actions: &[Action],
    purpose: Purpose,
    expected: Result<usize, &[CannotSign]>,
) {
    let keys =
        keys.iter().map(|(permission, pending)| (Some(permission.clone()), *pending)).collect();
    let receiver_id: AccountId = "game.near".parse().unwrap();
    let job = Job { receiver_id: &receiver_id, actions, purpose };
    let chosen = choose(&candidates(keys), &job).map(|key| key.public_key.clone());
    let reasons = |keys: Vec<UnusableKey>| keys.into_iter().map(|key| key.why).collect();
    assert_eq!(chosen.map_err(reasons), expected.map(public_key).map_err(<[CannotSign]>::to_vec));
}

const PAID: Purpose = Purpose::Transaction;

#[test]
fn the_least_powerful_that_fits_signs() {
    let full = (AccessKeyPermission::FullAccess, 0);
    let gas_full = (AccessKeyPermission::GasKeyFullAccess(gas_key(100)), 0);
    let any = (game(&[], 100), 0);
    let one = (game(&["play"], 100), 0);
    let gas_one =
        AccessKeyPermission::GasKeyFunctionCall(gas_key(100), calls("game.near", &["play"], None));
    let keys = [full, gas_full, any, one, (gas_one, 0)];
    check(&keys, &[call("play", 0)], PAID, Ok(3));
    check(&keys, &[call("claim", 0)], PAID, Ok(2));
    check(&keys, &[call("play", 1)], PAID, Ok(1));
    check(&keys, &[transfer()], PAID, Ok(1));
    check(&keys, &[call("play", 0), call("play", 0)], PAID, Ok(1));
    check(&keys, &[], PAID, Ok(1));
    check(&keys[4..], &[call("play", 0)], PAID, Ok(0));
}

#[test]
fn a_key_that_cannot_pay_is_passed_over() {
    let full = (AccessKeyPermission::FullAccess, 0);
    let poor = (AccessKeyPermission::GasKeyFullAccess(gas_key(99)), 0);
    check(&[full.clone(), poor.clone()], &[transfer()], PAID, Ok(0));
    check(&[full, (game(&[], 99), 0)], &[call("play", 0)], PAID, Ok(0));
    let (had, needed) = (Balance::from_millinear(99), COST);
    let reasons = [
        CannotSign::GasKeyBalance { balance: had, needed },
        CannotSign::Allowance { left: had, needed },
    ];
    check(&[poor, (game(&[], 99), 0)], &[call("play", 0)], PAID, Err(&reasons));
}

#[test]
fn of_equal_keys_the_idle_one_but_never_a_stronger_one() {
    let full = AccessKeyPermission::FullAccess;
    check(&[(full.clone(), 2), (full.clone(), 1)], &[transfer()], PAID, Ok(1));
    check(&[(full, 0), (game(&[], 100), 9)], &[call("play", 0)], PAID, Ok(1));
}

#[test]
fn a_relayer_pays_for_delegates_so_allowances_do_not_count_and_gas_keys_do_not_sign() {
    let gas_full = (AccessKeyPermission::GasKeyFullAccess(gas_key(100)), 0);
    let empty = (game(&["play"], 0), 0);
    let keys = [gas_full.clone(), empty];
    check(&keys, &[call("play", 0)], Purpose::Delegate, Ok(1));
    check(&[gas_full], &[transfer()], Purpose::Delegate, Err(&[CannotSign::GasKeyInDelegate]));
}

#[test]
fn each_refusal_says_what_it_is_about() {
    let elsewhere = AccessKeyPermission::FunctionCall(calls("shop.near", &[], None));
    let keys = [(elsewhere, 0), (game(&["claim", "quit"], 100), 0)];
    let wanted = "game.near".parse().unwrap();
    let receiver = CannotSign::Receiver { allowed: "shop.near".to_owned(), wanted };
    let method = CannotSign::Method {
        allowed: vec!["claim".to_owned(), "quit".to_owned()],
        wanted: "play".to_owned(),
    };
    assert_eq!(receiver.to_string(), "is for shop.near, not for game.near");
    assert_eq!(method.to_string(), "is for `claim`, `quit`, not for `play`");
    check(&keys, &[call("play", 0)], PAID, Err(&[receiver, method]));
    let deposit = CannotSign::Deposit { deposit: Balance::from_yoctonear(1) };
    check(&keys, &[call("play", 1)], PAID, Err(&[deposit.clone(), deposit]));
    let two = CannotSign::SeveralActions { actions: 2 };
    check(&keys, &[transfer(), transfer()], PAID, Err(&[two.clone(), two]));
    check(&keys, &[transfer()], PAID, Err(&[CannotSign::NotACall, CannotSign::NotACall]));
}

#[test]
fn a_key_that_the_account_does_not_have_is_named() {
    let receiver_id: AccountId = "game.near".parse().unwrap();
    let job = Job { receiver_id: &receiver_id, actions: &[transfer()], purpose: PAID };
    let unusable = choose(&candidates(vec![(None, 0)]), &job).unwrap_err();
    assert_eq!(unusable[0].why, CannotSign::NotOnAccount);
    assert!(unusable[0].to_string().starts_with("ed25519:"), "{}", unusable[0]);
}
