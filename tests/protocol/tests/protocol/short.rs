//! A call that is included only if it is short: as any other, or not at all.

use keyway_chain::{Applied, Chain, Checked, Included};
use keyway_protocol_tests::script::{Arg, amount, contract, host, text};
use keyway_protocol_tests::{NOW_NS, World, act, tx};
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::Gas;
use near_vm_runner::NoContractRuntimeCache;
use std::sync::Arc;

/// Above what any call here burns.
const PLENTY: Gas = Gas::from_teragas(1_000);

/// A contract with a method that computes, one that calls it, and one that calls both.
fn code() -> Vec<u8> {
    let sha256 = || host("sha256", [text("bytes"), Arg::N(0)]);
    let again = |method| {
        let args = [text("app.near"), text(method), text(""), amount(0), Arg::N(20 * TERA)];
        host("promise_create", args)
    };
    contract(&[
        ("compute", (0..500).map(|_| sha256()).collect()),
        ("call", vec![again("compute")]),
        ("call_both", vec![again("compute"), again("call")]),
    ])
}

const TERA: u64 = 1_000_000_000_000;

fn world() -> World {
    let mut world = World::at(88);
    world.send(&tx("app.near", "app.near", [act::deploy(&code())])).ok();
    world
}

fn call(world: &World, method: &str, tgas: u64) -> SignedTransaction {
    world.sign(&tx("bob.near", "app.near", [act::call_with(method, b"", tgas, 0)]))
}

fn try_within(chain: &Chain, tx: &SignedTransaction, gas: Gas) -> (Option<Included>, Chain) {
    let mut chain = chain.clone();
    (chain.include_if_short(Checked::new(tx.clone()), gas, NOW_NS), chain)
}

#[test]
fn a_call_is_included_as_any_other_or_not_at_all() {
    let world = world();
    for method in ["compute", "call", "call_both"] {
        let tx = call(&world, method, 100);
        let mut expected = world.chain.clone();
        expected.include_batch(vec![Checked::new(tx.clone())], NOW_NS);
        let mut included = 0;
        for tenths in 0..200 {
            let gas = Gas::from_gas(tenths * TERA / 10);
            let (tried, chain) = try_within(&world.chain, &tx, gas);
            let head = if tried.is_some() { expected.head() } else { world.chain.head() };
            assert_eq!(chain.head().hash(), head.hash(), "{method} within {gas:?}");
            assert!(
                tried.is_some() || included == 0,
                "{method} within {gas:?}, but not within less"
            );
            included += usize::from(tried.is_some());
        }
        assert!((1..200).contains(&included), "{method}: {included}");
    }
}

#[test]
fn what_was_given_up_can_be_included_later() {
    let mut world = world();
    let tx = call(&world, "call_both", 100);
    let (tried, chain) = try_within(&world.chain, &tx, Gas::from_teragas(1));
    assert!(tried.is_none());
    world.chain = chain;
    let included = world.chain.include_batch(vec![Checked::new(tx.clone())], NOW_NS);
    assert_eq!(included.results, [Ok(Applied::Included(tx.get_hash()))]);
}

/// Its own gas ends it, not the caller's patience.
#[test]
fn a_call_without_enough_gas_fails_as_ever() {
    let world = world();
    let tx = call(&world, "compute", 1);
    let (tried, chain) = try_within(&world.chain, &tx, Gas::from_teragas(3));
    let mut expected = world.chain.clone();
    expected.include_batch(vec![Checked::new(tx)], NOW_NS);
    assert_eq!(tried.unwrap().results.len(), 1);
    assert_eq!(chain.head().hash(), expected.head().hash());
}

#[test]
fn a_contract_that_must_be_compiled_is_not_short() {
    let mut world = World::compiling_to(88, Arc::new(NoContractRuntimeCache));
    world.send(&tx("app.near", "app.near", [act::deploy(&code())])).ok();
    let tx = call(&world, "compute", 100);
    assert!(try_within(&world.chain, &tx, PLENTY).0.is_none());
}
