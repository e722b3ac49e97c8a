//! Tokens are conserved to the yoctoNEAR: what accounts, keys and receipts hold together falls in
//! each block by exactly what the block says it burnt.

use keyway_chain::Input;
use keyway_property_tests::plan::{AccountPlan, TxPlan};
use keyway_property_tests::strategy::{accounts, contract_transaction, transaction};
use keyway_property_tests::{Bench, build, cases, money, world};
use near_primitives::errors::TxExecutionError;
use near_primitives::transaction::{ExecutionOutcomeWithId, ExecutionStatus, SignedTransaction};
use near_primitives::types::Gas;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A block: its transactions, its gas price in units of 10^8 yoctoNEAR.
type BlockPlan = (Vec<TxPlan>, u128);

fn blocks() -> impl Strategy<Value = Vec<BlockPlan>> {
    let price = prop_oneof![6 => Just(1_u128), 1 => 2_u128..30];
    let one = prop_oneof![2 => transaction(), 1 => contract_transaction()];
    vec((vec(one, 0..6), price), 1..8)
}

#[test]
fn every_block_burns_what_it_says() {
    let seen = RefCell::new(Seen::new());
    let inputs = (accounts(), 84_u32..=88, blocks(), any::<bool>());
    let property =
        |(plans, version, blocks, crowded): (Vec<AccountPlan>, u32, Vec<BlockPlan>, bool)| {
            let mut bench = Bench::new(&plans, version);
            if crowded {
                bench.gas_limit = Gas::from_teragas(20);
            }
            run(&mut bench, &blocks, &mut seen.borrow_mut())
        };
    TestRunner::new(cases(2500)).run(&inputs, property).unwrap();
    if keyway_test_kit::quick() {
        return;
    }
    for kind in ["refund", "failure", "success", "refusal"] {
        assert!(seen.borrow()[kind] > 20, "{seen:?}");
    }
}

/// How many outcomes there were of each kind.
type Seen = BTreeMap<&'static str, u32>;

fn run(bench: &mut Bench, blocks: &[BlockPlan], seen: &mut Seen) -> Result<(), TestCaseError> {
    let mut before = held(bench);
    for (transactions, price) in blocks {
        bench.gas_price = price * 100_000_000;
        let planned = transactions.iter().map(|plan| bench.transaction(plan));
        let block: Vec<_> = planned.filter(|tx| bench.takes(tx)).collect();
        before = check(bench, block, before, seen)?;
    }
    for _ in 0..300 {
        if !bench.is_busy() {
            return Ok(());
        }
        before = check(bench, Vec::new(), before, seen)?;
    }
    Err(TestCaseError::fail("the receipts do not come to an end"))
}

/// Seals a block and returns the tokens there are after it.
fn check(
    bench: &mut Bench,
    block: Vec<SignedTransaction>,
    before: u128,
    seen: &mut Seen,
) -> Result<u128, TestCaseError> {
    let output = bench.seal(block);
    let after = held(bench);
    let burnt = output.balance_burnt.as_yoctonear();
    prop_assert_eq!(
        before as i128 - after as i128,
        burnt as i128,
        "{} is off; outcomes: {:#?}",
        bench.height - 1,
        output.outcomes
    );
    for ExecutionOutcomeWithId { outcome, .. } in &output.outcomes {
        let kind = match &outcome.status {
            _ if outcome.tokens_burnt.is_zero() && outcome.gas_burnt.as_gas() > 0 => "refund",
            ExecutionStatus::Failure(TxExecutionError::InvalidTxError(_)) => "refusal",
            ExecutionStatus::Failure(_) => "failure",
            _ => "success",
        };
        *seen.entry(kind).or_default() += 1;
    }
    Ok(after)
}

fn held(bench: &Bench) -> u128 {
    money::total(&bench.protocol, &bench.state, &bench.under_way)
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_header_states_the_supply(
        plans in accounts(),
        version in 84_u32..=88,
        transactions in vec(transaction(), 1..8),
        epoch_length in 8_u64..40,
    ) {
        supply_holds(&plans, version, &transactions, epoch_length)?;
    }
}

/// Submits `transactions` one by one and compares each block's header with its state: minting of
/// epochs included, the header counts what the block before burnt.
fn supply_holds(
    plans: &[AccountPlan],
    version: u32,
    transactions: &[TxPlan],
    epoch_length: u64,
) -> Result<(), TestCaseError> {
    let mut chain = world::chain(plans, version, epoch_length);
    let mut checked = 0;
    let genesis = chain.genesis_block();
    // The supply does not count what gas keys hold from the start.
    let uncounted = money::total(chain.protocol(), &genesis.state, &[])
        - genesis.header.total_supply().as_yoctonear();
    for plan in transactions {
        let head = chain.head().clone();
        let at =
            build::Moment { state: &head.state, height: head.height() + 1, base: *head.hash() };
        // A refusal is as good: it must change nothing.
        let _ = chain.apply(Input::transaction(build::transaction(at, plan)), world::NOW);
        chain.apply(Input::Tick, world::NOW).unwrap();
        while checked < chain.head().height() {
            checked += 1;
            let block = chain.block_by_height(checked).unwrap().unwrap();
            let held = money::total(chain.protocol(), &block.state, &block.outgoing);
            let stated = block.header.total_supply().as_yoctonear();
            let burnt = block.balance_burnt.as_yoctonear();
            prop_assert_eq!(
                held as i128,
                (stated + uncounted) as i128 - burnt as i128,
                "block {}",
                checked
            );
        }
    }
    Ok(())
}
