use super::super::*;
use crate::signer::cost::local_prices;
use near_primitives::account::{AccessKey, FunctionCallPermission, GasKeyInfo};
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::types::Gas;

fn public_key(name: &str) -> PublicKey {
    near_crypto::SecretKey::from_seed(near_crypto::KeyType::ED25519, name).public_key()
}

fn pool(keys: &[(&str, AccessKeyPermission)]) -> Pool {
    let pool = Pool::default();
    relearn(&pool, keys);
    pool
}

fn relearn(pool: &Pool, keys: &[(&str, AccessKeyPermission)]) {
    let on_chain = keys.iter().map(|(name, permission)| AccountKey {
        public_key: (&public_key(name)).into(),
        access_key: AccessKey { nonce: 0, permission: permission.clone() },
    });
    pool.learn(keys.iter().map(|(name, _)| public_key(name)).collect(), on_chain.collect());
}

/// The name of the key, and its lane, that signs a call of 30 Tgas; none if the chain must be asked.
fn pick(pool: &Pool, names: &[&str], fresh: bool) -> Option<(KeyLease, String)> {
    let call = Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: "play".to_owned(),
        args: Vec::new(),
        gas: Gas::from_teragas(30),
        deposit: Balance::ZERO,
    }));
    let receiver_id = "game.near".parse().unwrap();
    let job = Job { receiver_id: &receiver_id, actions: &[call], purpose: Purpose::Transaction };
    let account_id = "alice.near".parse().unwrap();
    match pool.pick(&account_id, &job, Some(&local_prices()), fresh).unwrap() {
        Picked::AskTheChain => None,
        Picked::AskPrices => panic!("prices were given"),
        Picked::Lease(lease) => {
            let name = names.iter().find(|name| public_key(name) == lease.public_key).unwrap();
            let lane = lease.slot.nonce_index.map_or_else(String::new, |index| index.to_string());
            let name = format!("{name}{lane}");
            Some((lease, name))
        }
    }
}

fn budgeted(millinear: u32) -> AccessKeyPermission {
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: Some(Balance::from_millinear(millinear.into())),
        receiver_id: "game.near".to_owned(),
        method_names: Vec::new(),
    })
}

#[test]
fn equal_keys_take_turns_by_what_is_pending() {
    let names = ["a", "b"];
    let pool = pool(&names.map(|name| (name, AccessKeyPermission::FullAccess)));
    let mut leases = Vec::new();
    let mut next = || {
        let (lease, name) = pick(&pool, &names, false).unwrap();
        leases.push(lease);
        name
    };
    assert_eq!([next(), next(), next()], ["a", "b", "a"]);
    leases.remove(1);
    assert_eq!(pick(&pool, &names, false).unwrap().1, "b");
}

#[test]
fn a_gas_key_opens_lanes_as_they_are_needed() {
    let info = GasKeyInfo { balance: Balance::from_near(1), num_nonces: 2 };
    let pool = pool(&[("g", AccessKeyPermission::GasKeyFullAccess(info))]);
    let first = pick(&pool, &["g"], false).unwrap();
    let second = pick(&pool, &["g"], false).unwrap();
    let third = pick(&pool, &["g"], false).unwrap();
    assert_eq!([&*first.1, &*second.1, &*third.1], ["g0", "g1", "g0"]);
    drop((first, third));
    assert_eq!(pick(&pool, &["g"], false).unwrap().1, "g0");
}

#[test]
fn a_spent_budget_is_asked_for_before_a_stronger_key_is_taken() {
    let names = ["app", "full"];
    let keys = |left| [("app", budgeted(left)), ("full", AccessKeyPermission::FullAccess)];
    // A call of 30 Tgas costs a little more than 30 milliNEAR.
    let pool = pool(&keys(80));
    for _ in 0..2 {
        // Dropped at once, so the transaction has ended.
        assert_eq!(pick(&pool, &names, false).unwrap().1, "app");
    }
    assert!(pick(&pool, &names, false).is_none(), "refunds may have come back");
    relearn(&pool, &keys(70));
    assert_eq!(pick(&pool, &names, true).unwrap().1, "app");
    relearn(&pool, &keys(10));
    assert_eq!(pick(&pool, &names, true).unwrap().1, "full");
}

#[test]
fn what_is_under_way_is_set_aside_whatever_the_chain_says_meanwhile() {
    let names = ["app", "full"];
    let keys = |left| [("app", budgeted(left)), ("full", AccessKeyPermission::FullAccess)];
    let pool = pool(&keys(80));
    let app = [(); 2].map(|()| pick(&pool, &names, false).unwrap());
    assert_eq!([&*app[0].1, &*app[1].1], ["app", "app"]);
    assert_eq!(pick(&pool, &names, false).unwrap().1, "full", "asking would not help");
    relearn(&pool, &keys(80));
    assert_eq!(pick(&pool, &names, true).unwrap().1, "full");
    drop(app);
    relearn(&pool, &keys(80));
    assert_eq!(pick(&pool, &names, true).unwrap().1, "app");
}

#[test]
fn a_key_alone_is_tried_though_its_budget_is_set_aside() {
    let pool = pool(&[("app", budgeted(40))]);
    let _under_way = pick(&pool, &["app"], false).unwrap();
    assert!(pick(&pool, &["app"], false).is_none());
    assert_eq!(pick(&pool, &["app"], true).unwrap().1, "app");
}

#[test]
fn budgets_are_not_judged_without_prices() {
    let pool = pool(&[("app", budgeted(10)), ("full", AccessKeyPermission::FullAccess)]);
    let account_id: AccountId = "alice.near".parse().unwrap();
    let job = Job { receiver_id: &account_id, actions: &[], purpose: Purpose::Transaction };
    let picked = pool.pick(&account_id, &job, None, false).unwrap();
    assert!(matches!(picked, Picked::AskPrices));
}

#[test]
fn when_nothing_fits_the_chain_is_asked_first_and_then_each_key_is_accounted_for() {
    let pool = pool(&[("app", budgeted(10))]);
    assert!(pick(&pool, &["app"], false).is_none());
    let account_id: AccountId = "alice.near".parse().unwrap();
    let job = Job { receiver_id: &account_id, actions: &[], purpose: Purpose::Transaction };
    let error = pool.pick(&account_id, &job, Some(&local_prices()), true).unwrap_err();
    assert!(
        matches!(&error, Error::Pool(PoolError::NoUsableKey { unusable, .. }) if unusable.len() == 1),
        "{error}"
    );
    relearn(&pool, &[]);
    let error = pool.pick(&account_id, &job, None, true).unwrap_err();
    assert!(matches!(error, Error::Pool(PoolError::NoKeys { .. })), "{error}");
}
