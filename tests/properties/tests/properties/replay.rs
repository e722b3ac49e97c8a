//! The same inputs give the same chain, hash for hash, also when they went through a journal.

use keyway_chain::{Chain, Input, Record, Records};
use keyway_property_tests::plan::TxPlan;
use keyway_property_tests::strategy::{accounts, transaction};
use keyway_property_tests::{build, cases, world};
use near_primitives::account::{Account, AccountContract};
use near_primitives::state_record::StateRecord;
use near_primitives::types::Balance;
use proptest::collection::vec;
use proptest::prelude::*;

/// One input, before there is a chain to aim it at.
#[derive(Clone, Debug)]
enum InputPlan {
    Transaction(TxPlan),
    Tick,
    Patch(u8, u64),
    FastForward(u64),
}

fn input() -> impl Strategy<Value = InputPlan> {
    prop_oneof![
        6 => transaction().prop_map(InputPlan::Transaction),
        2 => Just(InputPlan::Tick),
        1 => (any::<u8>(), any::<u64>()).prop_map(|(name, near)| InputPlan::Patch(name, near)),
        1 => (1_u64..100).prop_map(InputPlan::FastForward),
    ]
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn a_journal_makes_the_same_chain(
        plans in accounts(),
        version in 84_u32..=88,
        inputs in vec((input(), 0_u64..2_000_000_000), 1..10),
    ) {
        let start = world::chain(&plans, version, 30);
        let mut chain = start.clone();
        let mut journal = Vec::new();
        let mut now_ns = world::NOW;
        for (plan, later) in &inputs {
            now_ns += later;
            let input = made(&chain, plan);
            journal.extend(Record { now_ns, input: input.clone(), head: None }.encode().unwrap());
            let _ = chain.apply(input, now_ns);
        }
        let mut replayed = world::chain(&plans, version, 30);
        prop_assert_eq!(replayed.head().hash(), start.head().hash());
        for record in Records::new(&journal[..], 0) {
            let (record, _) = record.unwrap();
            let _ = replayed.apply(record.input, record.now_ns);
        }
        prop_assert_eq!(replayed.head().hash(), chain.head().hash());
        prop_assert_eq!(replayed.head().state.root(), chain.head().state.root());
        prop_assert_eq!(start.head().height(), 0);
    }
}

fn made(chain: &Chain, plan: &InputPlan) -> Input {
    match plan {
        InputPlan::Transaction(plan) => {
            let head = chain.head();
            let (state, height, base) = (&head.state, head.height() + 1, *head.hash());
            let tx = build::transaction(build::Moment { state, height, base }, plan);
            Input::transaction(tx)
        }
        InputPlan::Tick => Input::Tick,
        InputPlan::Patch(name, near) => {
            let amount = Balance::from_yoctonear(u128::from(*near));
            let account = Account::new(amount, Balance::ZERO, AccountContract::None, 182);
            let account_id = format!("patched{name}.near").parse().unwrap();
            Input::Patch(vec![StateRecord::Account { account_id, account }])
        }
        InputPlan::FastForward(delta) => chain.fast_forward_input(*delta),
    }
}
