//! Which key signs, as the chain sees it.

use crate::node::{Node, key_pair};
use keyway::error::{CannotSign, PoolError};
use keyway::{
    Error, Gas, GasBudget, GasLiteral, Intent, NearLiteral, Signer, add_full_access_gas_key,
    add_full_access_key, add_function_call_key, call, delete_key, transfer,
};

fn play(gas: Gas) -> Intent {
    call("bob.near", "play").gas(gas).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_signed_with_the_key_made_for_them_while_its_budget_lasts() {
    let node = Node::start();
    let owner = node.signer("alice.near");
    let app = key_pair("app");
    let budget = GasBudget::limit(50.millinear());
    let key = add_function_call_key(app.public_key(), "bob.near").any_function().gas_budget(budget);
    owner.execute(key).await.unwrap();
    let keys = [key_pair("alice.near"), app.clone()];
    let alice = Signer::new(node.client(), "alice.near", keys).unwrap();
    // Far more calls than the budget can pay for at once: their gas is refunded each time.
    for _ in 0..5 {
        let signed = alice.sign(play(30.tgas())).await.unwrap();
        assert_eq!(signed.transaction.public_key(), app.public_key());
        let failed = alice.send(&signed).await.unwrap_err();
        assert!(matches!(failed, Error::Failed(_)), "there is no contract: {failed}");
    }
    let dear = alice.sign(play(100.tgas())).await.unwrap();
    assert_eq!(dear.transaction.public_key(), key_pair("alice.near").public_key());
    let paid = alice.sign(call("bob.near", "play").deposit(1.near())).await.unwrap();
    assert_eq!(paid.transaction.public_key(), key_pair("alice.near").public_key());

    let only_app = Signer::new(node.client(), "alice.near", app).unwrap();
    let error = only_app.execute(transfer(1.near()).to("bob.near")).await.unwrap_err();
    let Error::Pool(PoolError::NoUsableKey { unusable, .. }) = error else { panic!("{error}") };
    assert_eq!(unusable[0].why, CannotSign::NotACall);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_sees_the_keys_that_it_adds_and_deletes() {
    let node = Node::start();
    let second = key_pair("second");
    let keys = [second.clone(), key_pair("alice.near")];
    let alice = Signer::new(node.client(), "alice.near", keys).unwrap();
    let one = add_full_access_key(second.public_key());
    alice.execute(one).await.unwrap();
    let signed = alice.sign(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(signed.transaction.public_key(), second.public_key(), "it is the first in order");
    alice.execute(delete_key(second.public_key())).await.unwrap();
    let signed = alice.sign(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(signed.transaction.public_key(), key_pair("alice.near").public_key());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gas_key_without_balance_is_named_with_both_numbers() {
    let node = Node::start();
    let gas = key_pair("gas");
    let owner = node.signer("alice.near");
    owner.execute(add_full_access_gas_key(gas.public_key(), 2)).await.unwrap();
    let alice = Signer::new(node.client(), "alice.near", gas).unwrap();
    let error = alice.execute(transfer(1.near()).to("bob.near")).await.unwrap_err();
    let Error::Pool(PoolError::NoUsableKey { unusable, .. }) = error else { panic!("{error}") };
    assert!(
        matches!(&unusable[0].why, CannotSign::GasKeyBalance { balance, needed }
            if balance.is_zero() && needed.as_yoctonear() == 245_500_818_750_000_000_000),
        "{}",
        unusable[0]
    );
}
