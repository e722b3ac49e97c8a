//! A refused transaction leaves the chain as it was, and its refusal is the engine's own.

use keyway_chain::{Chain, Input, Refused};
use keyway_property_tests::build::Moment;
use keyway_property_tests::plan::{AccountPlan, TxPlan};
use keyway_property_tests::strategy::{accounts, call_transaction, transaction};
use keyway_property_tests::{build, cases, world};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

#[test]
fn it_changes_nothing() {
    let (tried, refused) = (Cell::new(0), Cell::new(0));
    let one = prop_oneof![transaction(), call_transaction()];
    let inputs = (accounts(), 84_u32..=88, vec(one, 1..12));
    let property = |(plans, version, transactions): (Vec<AccountPlan>, u32, Vec<TxPlan>)| {
        let mut chain = world::chain(&plans, version, 1_000);
        for plan in &transactions {
            tried.set(tried.get() + 1);
            refused.set(refused.get() + u32::from(check(&mut chain, plan)?));
        }
        Ok(())
    };
    TestRunner::new(cases(500)).run(&inputs, property).unwrap();
    let (tried, refused) = (tried.get(), refused.get());
    assert!(refused * 5 > tried && refused * 10 < tried * 9, "{refused} of {tried} refused");
}

/// Submits a transaction; whether it was refused.
fn check(chain: &mut Chain, plan: &TxPlan) -> Result<bool, TestCaseError> {
    let head = chain.head().clone();
    let at = Moment { state: &head.state, height: head.height() + 1, base: *head.hash() };
    let tx = build::transaction(at, plan);
    let admitted = chain.admit(&tx);
    match chain.apply(Input::transaction(tx.clone()), world::NOW) {
        Ok(_) => {
            prop_assert_eq!(admitted, Ok(()));
            prop_assert!(chain.transaction(&tx.get_hash()).unwrap().is_some());
            prop_assert_ne!(chain.head().hash(), head.hash());
            Ok(false)
        }
        Err(refused) => {
            prop_assert!(matches!(refused, Refused::Transaction(_)), "{:?}", refused);
            prop_assert_eq!(admitted, Err(refused));
            prop_assert_eq!(chain.head().hash(), head.hash());
            prop_assert_eq!(chain.head().state.root(), head.state.root());
            prop_assert!(chain.transaction(&tx.get_hash()).unwrap().is_none());
            Ok(true)
        }
    }
}
