//! Strategies for plans.

use crate::driver::{METHODS, Op, Step};
use crate::keys::{ACCOUNTS, AT_GENESIS, DETERMINISTIC, SLOTS, UNIVERSAL, WITH_GLOBAL_CONTRACT};
use crate::plan::{
    AccountPlan, ActionPlan, CallPlan, DelegatePlan, Flaw, GasPlan, PermissionPlan, TxPlan,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// 10^24 yoctoNEAR.
pub const NEAR: u128 = 10_u128.pow(24);

/// An amount of tokens, yoctoNEAR: nothing, dust, some, more than most accounts have.
pub fn tokens() -> impl Strategy<Value = u128> + Clone {
    prop_oneof![
        2 => Just(0),
        2 => 1_u128..100,
        6 => 1..3 * NEAR,
        1 => 900 * NEAR..2_000 * NEAR,
    ]
}

/// An account number, mostly one that exists from the start.
pub fn account() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![5 => 0..AT_GENESIS, 2 => AT_GENESIS..ACCOUNTS]
}

/// A gas-key permission's or an ordinary key's.
pub fn permission() -> impl Strategy<Value = PermissionPlan> + Clone {
    prop_oneof![
        3 => Just(PermissionPlan::Full),
        4 => call_permission().prop_map(PermissionPlan::Call),
        2 => gas_key().prop_map(PermissionPlan::GasFull),
        3 => (gas_key(), call_permission()).prop_map(|(gas, call)| PermissionPlan::GasCall(gas, call)),
    ]
}

/// The calls that a key may make.
pub fn call_permission() -> impl Strategy<Value = CallPlan> + Clone {
    let allowance = option::weighted(0.6, prop_oneof![tokens(), NEAR / 100..NEAR / 2]);
    let methods = prop_oneof![Just(Vec::new()), vec(0..METHODS.len(), 1..4)];
    (allowance, 0..AT_GENESIS, methods).prop_map(|(allowance, receiver, methods)| CallPlan {
        allowance,
        receiver,
        methods,
    })
}

fn gas_key() -> impl Strategy<Value = GasPlan> + Clone {
    (prop_oneof![3 => tokens(), 2 => NEAR / 10..NEAR], 1_u16..4)
        .prop_map(|(balance, rows)| GasPlan { balance, rows })
}

/// An account at genesis. Those with many bytes must hold tokens for them.
pub fn account_plan() -> impl Strategy<Value = AccountPlan> {
    let amount = prop_oneof![1 => Just(0), 1 => 0..NEAR / 100, 2 => NEAR / 100..NEAR, 5 => NEAR..1_000 * NEAR];
    let data = prop_oneof![3 => Just(0_usize), 1 => 0_usize..2_000];
    (amount, data, vec(option::weighted(0.7, permission()), SLOTS - 1))
        .prop_map(|(amount, data, keys)| AccountPlan { amount, data, keys })
}

/// All accounts at genesis.
pub fn accounts() -> impl Strategy<Value = Vec<AccountPlan>> {
    vec(account_plan(), AT_GENESIS)
}

/// A transaction, mostly of sound form and with a right nonce.
pub fn transaction() -> impl Strategy<Value = TxPlan> {
    let actions = prop_oneof![
        8 => vec(action(), 1),
        4 => vec(action(), 0..5),
    ];
    let signer = prop_oneof![6 => 0..AT_GENESIS, 1 => 0..ACCOUNTS];
    let receiver = prop_oneof![1 => Just(None), 2 => account().prop_map(Some)];
    let nonce_step = prop_oneof![12 => Just(1_i64), 1 => -2_i64..4, 1 => Just(2_000_000)];
    (signer, slot(), receiver, actions, nonce_step, any::<u16>(), any::<bool>(), flaw())
        .prop_map(|(signer, slot, receiver, actions, nonce_step, row, strict, flaw)| TxPlan {
            signer,
            slot,
            receiver: receiver.unwrap_or(signer),
            actions,
            nonce_step,
            row,
            strict: strict && row % 3 == 0,
            flaw,
        })
        .prop_map(aim)
}

/// A transaction signed with a key behind slot 0, which is mostly a function-call key, and that
/// mostly calls something.
pub fn call_transaction() -> impl Strategy<Value = TxPlan> {
    let calls = prop_oneof![6 => vec(call(), 1), 1 => vec(call(), 0..3)];
    (transaction(), calls, 1..SLOTS, any::<bool>()).prop_map(|(tx, calls, slot, free)| {
        let actions = if free { tx.actions } else { calls };
        TxPlan { slot, actions, ..tx }
    })
}

/// A transaction of a full-access key that calls a contract, which sends promises.
pub fn contract_transaction() -> impl Strategy<Value = TxPlan> {
    let program = vec(prop_oneof![1 => plain_op(), 3 => promise(vec(plain_op(), 0..3))], 1..4);
    let call = (0..3_usize, program, 100_u16..300, prop_oneof![3 => Just(0), 1 => 0..NEAR]);
    (0..AT_GENESIS, 0..=WITH_GLOBAL_CONTRACT, call).prop_map(
        |(signer, receiver, (method, program, tgas, deposit))| TxPlan {
            signer,
            slot: 0,
            receiver,
            actions: vec![ActionPlan::Call { method, program, tgas, deposit }],
            nonce_step: 1,
            row: 1,
            strict: false,
            flaw: Flaw::None,
        },
    )
}

/// State inits run at their own accounts only.
fn aim(mut tx: TxPlan) -> TxPlan {
    for action in &tx.actions {
        match action {
            ActionPlan::DeterministicInit(_) => tx.receiver = DETERMINISTIC,
            ActionPlan::UniversalInit(_) => {
                tx.receiver = UNIVERSAL;
                // By itself, or paid by another.
                if tx.row.is_multiple_of(2) {
                    tx.signer = UNIVERSAL;
                }
            }
            _ => {}
        }
    }
    tx
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        20 => Just(Flaw::None),
        5 => Just(Flaw::Version),
        1 => Just(Flaw::Signature),
        1 => Just(Flaw::NonceKind),
        1 => Just(Flaw::Base),
    ]
}

/// Any action.
pub fn action() -> impl Strategy<Value = ActionPlan> {
    prop_oneof![
        12 => plain_action(),
        1 => delegate(),
    ]
}

fn plain_action() -> impl Strategy<Value = ActionPlan> {
    prop_oneof![
        2 => Just(ActionPlan::Create),
        1 => any::<bool>().prop_map(|works| ActionPlan::Deploy { works }),
        6 => call(),
        4 => tokens().prop_map(ActionPlan::Transfer),
        1 => tokens().prop_map(ActionPlan::Stake),
        4 => (slot(), permission()).prop_map(|(slot, permission)| ActionPlan::AddKey(slot, permission)),
        3 => slot().prop_map(ActionPlan::DeleteKey),
        1 => account().prop_map(ActionPlan::Delete),
        2 => (slot(), tokens()).prop_map(|(slot, amount)| ActionPlan::Fund(slot, amount)),
        2 => (slot(), tokens()).prop_map(|(slot, amount)| ActionPlan::Withdraw(slot, amount)),
        1 => any::<bool>().prop_map(|by_account| ActionPlan::DeployGlobal { by_account }),
        1 => option::of(account()).prop_map(ActionPlan::UseGlobal),
        1 => tokens().prop_map(ActionPlan::DeterministicInit),
        1 => tokens().prop_map(ActionPlan::UniversalInit),
    ]
}

fn delegate() -> impl Strategy<Value = ActionPlan> {
    let nonce_step = prop_oneof![8 => Just(1_i64), 1 => -1_i64..3];
    (slot(), account(), vec(plain_action(), 0..3), nonce_step, any::<bool>(), 0..8_u8).prop_map(
        |(slot, receiver, actions, nonce_step, v2, luck)| {
            ActionPlan::Delegate(Box::new(DelegatePlan {
                slot,
                receiver,
                actions,
                nonce_step,
                v2,
                signed: luck > 0,
            }))
        },
    )
}

/// A call of the driver.
pub fn call() -> impl Strategy<Value = ActionPlan> {
    let deposit = prop_oneof![3 => Just(0), 1 => tokens()];
    let tgas = prop_oneof![1 => 1_u16..5, 6 => 20_u16..300];
    (0..METHODS.len(), program(), tgas, deposit).prop_map(|(method, program, tgas, deposit)| {
        ActionPlan::Call { method, program, tgas, deposit }
    })
}

fn slot() -> impl Strategy<Value = usize> + Clone {
    prop_oneof![1 => Just(0), 1 => 1..SLOTS]
}

fn program() -> impl Strategy<Value = Vec<Op>> {
    let inner = vec(plain_op(), 0..3);
    let op = prop_oneof![3 => plain_op(), 2 => promise(inner)];
    vec(op, 0..4)
}

fn plain_op() -> impl Strategy<Value = Op> + Clone {
    prop_oneof![
        2 => any::<u8>().prop_map(Op::Log),
        3 => (0..3_u8, any::<u8>()).prop_map(|(key, len)| Op::Write { key, len }),
        2 => (0..3_u8).prop_map(Op::Remove),
        1 => any::<u16>().prop_map(Op::Burn),
        1 => Just(Op::Panic),
        1 => Just(Op::Trap),
        1 => any::<u8>().prop_map(Op::Return),
    ]
}

fn promise(inner: impl Strategy<Value = Vec<Op>> + Clone) -> impl Strategy<Value = Op> {
    let deposit = prop_oneof![2 => Just(0), 2 => Just(1), 2 => tokens()];
    let call = (inner, deposit, 2..40_u8).prop_map(|(program, deposit, tgas)| Step::Call {
        program,
        deposit,
        tgas,
    });
    let step = prop_oneof![
        1 => Just(Step::Create),
        3 => tokens().prop_map(Step::Transfer),
        3 => call,
        1 => slot().prop_map(Step::AddFull),
        1 => (slot(), tokens()).prop_map(|(slot, allowance)| Step::AddCall(slot, allowance)),
        1 => slot().prop_map(Step::DeleteKey),
        1 => tokens().prop_map(Step::Stake),
        1 => account().prop_map(Step::Delete),
    ];
    (account(), vec(step, 0..3), any::<bool>(), any::<bool>())
        .prop_map(|(to, steps, then, returned)| Op::Promise { to, steps, then, returned })
}
