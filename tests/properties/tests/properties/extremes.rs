//! However extreme the numbers in a state are, blocks are sealed on it and a patch can mend it.

use keyway_chain::{Chain, Input, Refused};
use keyway_engine::{BlockInput, MAX_AMOUNT, StakeUpdate};
use keyway_property_tests::plan::TxPlan;
use keyway_property_tests::strategy::{accounts, contract_transaction, transaction};
use keyway_property_tests::{Bench, build, cases, keys, world};
use near_chain_configs::{Genesis, GenesisContents};
use near_primitives::account::{
    AccessKey, AccessKeyPermission, Account, AccountContract, FunctionCallPermission, GasKeyInfo,
};
use near_primitives::action::{Action, FunctionCallAction, TransferAction};
use near_primitives::hash::hash;
use near_primitives::receipt::{ActionReceipt, Receipt, ReceiptEnum, ReceiptV0};
use near_primitives::state_record::{DelayedReceipt, StateRecord};
use near_primitives::types::{AccountId, Balance, Gas};
use proptest::collection::vec;
use proptest::prelude::*;

/// What a patch can give.
const MOST: u128 = 1 << 120;

fn amount() -> impl Strategy<Value = u128> + Clone {
    let edges = [0, 1, 10_u128.pow(24), MOST - 1, MOST, MOST + 1, u128::MAX - 1, u128::MAX];
    prop_oneof![4 => prop::sample::select(edges.to_vec()), 1 => any::<u128>()]
}

fn number() -> impl Strategy<Value = u64> + Clone {
    let edges = [0, 1, 182, 10_000, u64::MAX / 2, u64::MAX - 1, u64::MAX];
    prop_oneof![4 => prop::sample::select(edges.to_vec()), 1 => any::<u64>()]
}

/// The record of an account or of a key, whatever is in it.
#[derive(Clone, Debug)]
struct RecordPlan {
    /// One above those that plans name is the validator, the next the treasury.
    account: usize,
    /// None for the account itself.
    slot: Option<usize>,
    kind: u8,
    amount: u128,
    locked: u128,
    number: u64,
}

fn record() -> impl Strategy<Value = RecordPlan> {
    let account = prop_oneof![3 => 0..keys::ACCOUNTS + 2, 1 => Just(keys::ACCOUNTS)];
    let slot = prop_oneof![2 => Just(None), 1 => (0..keys::SLOTS).prop_map(Some)];
    (account, slot, any::<u8>(), amount(), amount(), number()).prop_map(
        |(account, slot, kind, amount, locked, number)| RecordPlan {
            account,
            slot,
            kind,
            amount,
            locked,
            number,
        },
    )
}

fn named(account: usize) -> AccountId {
    match account.checked_sub(keys::ACCOUNTS) {
        None => keys::account_id(account).clone(),
        Some(0) => "test.near".parse().unwrap(),
        Some(_) => "near".parse().unwrap(),
    }
}

impl RecordPlan {
    /// The record; an account that runs the driver goes on running it.
    fn made(&self) -> StateRecord {
        let account_id = named(self.account);
        let yocto = Balance::from_yoctonear;
        let Some(slot) = self.slot.filter(|_| self.account < keys::ACCOUNTS) else {
            let account = match self.kind % 4 {
                0 => Account::new_uninitialized(yocto(self.amount), self.number, self.number),
                _ => {
                    let code = hash(keyway_property_tests::driver::CODE);
                    let contract = match self.account {
                        number if number < keys::WITH_CONTRACT => AccountContract::Local(code),
                        _ => AccountContract::Global(code),
                    };
                    Account::new(yocto(self.amount), yocto(self.locked), contract, self.number)
                }
            };
            return StateRecord::Account { account_id, account };
        };
        let (balance, num_nonces) = (yocto(self.amount), self.kind.into());
        let permission = match self.kind % 3 {
            0 => AccessKeyPermission::GasKeyFullAccess(GasKeyInfo { balance, num_nonces }),
            1 => AccessKeyPermission::FunctionCall(FunctionCallPermission {
                allowance: Some(yocto(self.amount)),
                receiver_id: "alice.near".to_owned(),
                method_names: Vec::new(),
            }),
            _ => AccessKeyPermission::FullAccess,
        };
        let access_key = AccessKey { nonce: self.number, permission };
        StateRecord::access_key(account_id, keys::public(self.account, slot).clone(), access_key)
    }

    /// Whether a state can hold it: the largest amount marks another form of the record.
    fn is_storable(&self) -> bool {
        self.amount <= MAX_AMOUNT.as_yoctonear()
    }
}

#[derive(Clone, Debug)]
enum Step {
    Patch(Vec<RecordPlan>),
    Transaction(TxPlan),
    Ticks(u8),
    FastForward(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => vec(record(), 1..4).prop_map(Step::Patch),
        3 => transaction().prop_map(Step::Transaction),
        2 => contract_transaction().prop_map(Step::Transaction),
        1 => (1_u8..30).prop_map(Step::Ticks),
        1 => (1_u64..400).prop_map(Step::FastForward),
    ]
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_chain_goes_on_whatever_it_is_patched_with(
        plans in accounts(),
        version in 84_u32..=88,
        steps in vec(step(), 1..14),
        delayed in vec((amount(), amount(), number()), 0..3),
    ) {
        let mut genesis = world::genesis(&plans, version, 20);
        add_delayed(&mut genesis, &delayed);
        let mut chain = Chain::new(&genesis, world::contracts()).unwrap();
        for step in &steps {
            take(&mut chain, step)?;
        }
        chain.apply(chain.fast_forward_input(45), world::NOW).unwrap();
        mend(&mut chain)?;
    }

    #[test]
    fn a_block_is_applied_whatever_the_state_has(
        plans in accounts(),
        version in 84_u32..=88,
        blocks in vec((vec(record(), 0..5), vec(transaction(), 0..4), amount()), 1..6),
    ) {
        let mut bench = Bench::new(&plans, version);
        for (records, transactions, stake) in blocks {
            let patch = records.iter().filter(|record| record.is_storable());
            let patch = patch.map(RecordPlan::made).collect();
            let planned = transactions.iter().map(|plan| bench.transaction(plan));
            let transactions = planned.filter(|tx| bench.takes(tx)).collect();
            let stake_update = Some(update(stake));
            bench.seal_input(BlockInput { patch, transactions, stake_update, ..BlockInput::default() });
        }
        for _ in 0..5 {
            bench.seal(Vec::new());
        }
    }
}

/// Stakes and rewards of everybody.
fn update(stake: u128) -> StakeUpdate {
    let everybody = || (0..keys::ACCOUNTS + 2).map(named);
    let stake = Balance::from_yoctonear(stake);
    StakeUpdate {
        stakes: everybody().map(|account_id| (account_id, stake)).collect(),
        rewards: everybody().map(|account_id| (account_id, stake)).collect(),
        treasury: Some(named(keys::ACCOUNTS + 1)),
        ..StakeUpdate::default()
    }
}

fn take(chain: &mut Chain, step: &Step) -> Result<(), TestCaseError> {
    match step {
        Step::Patch(records) => {
            let records = records.iter().map(RecordPlan::made).collect();
            if let Err(Refused::State(error)) = chain.apply(Input::Patch(records), world::NOW) {
                return Err(TestCaseError::fail(error.to_string()));
            }
        }
        Step::Transaction(plan) => {
            let head = chain.head();
            let (state, height, base) = (&head.state, head.height() + 1, *head.hash());
            let tx = build::transaction(build::Moment { state, height, base }, plan);
            if let Err(Refused::State(error)) = chain.apply(Input::transaction(tx), world::NOW) {
                return Err(TestCaseError::fail(error.to_string()));
            }
        }
        Step::Ticks(count) => {
            for _ in 0..*count {
                chain.apply(Input::Tick, world::NOW).unwrap();
            }
        }
        Step::FastForward(delta) => {
            chain.apply(chain.fast_forward_input(*delta), world::NOW).unwrap();
        }
    }
    Ok(())
}

/// A patch sets everybody right, and everybody can be paid again.
fn mend(chain: &mut Chain) -> Result<(), TestCaseError> {
    let account = Account::new(Balance::from_near(1), Balance::ZERO, AccountContract::None, 182);
    let records = (0..keys::AT_GENESIS)
        .map(|number| StateRecord::Account { account_id: named(number), account: account.clone() });
    chain.apply(Input::Patch(records.collect()), world::NOW).unwrap();
    for number in 0..keys::AT_GENESIS {
        let account = keyway_state::read::account(&chain.head().state, &named(number)).unwrap();
        prop_assert!(account.is_some_and(|account| account.is_initialized()));
    }
    chain.apply(Input::Tick, world::NOW).unwrap();
    Ok(())
}

/// Receipts that no chain would have sent, to run in its first blocks.
fn add_delayed(genesis: &mut Genesis, plans: &[(u128, u128, u64)]) {
    let GenesisContents::Records { records } = &mut genesis.contents else { return };
    for (nth, &(deposit, price, gas)) in plans.iter().enumerate() {
        let deposit = Balance::from_yoctonear(deposit);
        let call = FunctionCallAction {
            method_name: "run".to_owned(),
            args: Vec::new(),
            gas: Gas::from_gas(gas),
            deposit,
        };
        let call = Action::FunctionCall(Box::new(call));
        let data_id = hash(&[nth as u8]);
        records.0.push(StateRecord::ReceivedData {
            account_id: named(0),
            data_id,
            data: Some(vec![7]),
        });
        let action = ActionReceipt {
            signer_id: named(1),
            signer_public_key: keys::public(1, 0).clone(),
            gas_price: Balance::from_yoctonear(price),
            output_data_receivers: Vec::new(),
            input_data_ids: vec![data_id, data_id],
            actions: vec![call.clone(), Action::Transfer(TransferAction { deposit }), call],
        };
        let receipt = Receipt::V0(ReceiptV0 {
            predecessor_id: named(1),
            receiver_id: named(0),
            receipt_id: hash(&[nth as u8, 1]),
            receipt: ReceiptEnum::Action(action),
        });
        let receipt = Box::new(receipt);
        records.0.push(StateRecord::DelayedReceipt(DelayedReceipt { index: None, receipt }));
    }
}
