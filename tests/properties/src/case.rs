//! Cases for the verdict on one transaction: values that sit on the rules' edges.

use crate::plan::{CallPlan, GasPlan, PermissionPlan};
use crate::strategy::{call_permission, tokens};
use crate::{build, keys};
use keyway_rules::{Cost, Protocol, transaction_cost};
use keyway_test_kit::Draft;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::action::{Action, FunctionCallAction, TransferAction};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{NonceMode, Transaction, TransactionNonce};
use near_primitives::types::{Balance, BlockHeight, Gas, Nonce};
use proptest::collection::vec;
use proptest::prelude::*;

/// One transaction with everything that it is judged by.
#[derive(Clone, Debug)]
pub struct Case {
    /// Rules and prices.
    pub protocol: Protocol,
    /// The signer's account.
    pub account: Account,
    /// The signing key.
    pub key: AccessKey,
    /// The nonce in the row that the transaction names, where there is such a row.
    pub row: Option<Nonce>,
    /// The transaction.
    pub tx: Transaction,
    /// What it costs.
    pub cost: Cost,
    /// Price of gas, yoctoNEAR.
    pub gas_price: Balance,
    /// Height of the block, where it is known.
    pub height: Option<BlockHeight>,
}

/// Amounts near what is needed, or far from it.
#[derive(Clone, Debug)]
enum Means {
    /// What is needed, and so much more or less, yoctoNEAR.
    About(i8),
    /// Any amount, yoctoNEAR.
    Any(u128),
}

impl Means {
    fn of(&self, needed: u128) -> Balance {
        Balance::from_yoctonear(match self {
            Self::About(more) => needed.saturating_add_signed(i128::from(*more)),
            Self::Any(amount) => *amount,
        })
    }
}

#[derive(Clone, Debug)]
struct Parts {
    version: u32,
    kind: u8,
    call: CallPlan,
    nonce: (i64, bool, u16, u16),
    height: Option<u64>,
    actions: Vec<(u8, u128)>,
    receiver: usize,
    gas_price: u128,
    means: [Means; 3],
    usage: u64,
    locked: u128,
    limited: bool,
    stake_too: bool,
}

/// Cases of all kinds of keys.
pub fn case() -> impl Strategy<Value = Case> {
    let who = (85_u32..=88, 0_u8..4, call_permission(), any::<bool>());
    let step = prop_oneof![6 => Just(1_i64), 2 => -1_i64..4, 1 => Just(40_000_000)];
    let nonce = (step, any::<bool>(), 0_u16..4, 1_u16..4);
    let height = prop::option::weighted(0.8, 10_u64..12);
    let one = (0_u8..8, prop_oneof![3 => Just(0_u128), 1 => tokens()]);
    let actions = prop_oneof![8 => vec(one.clone(), 1), 1 => vec(one, 0..4)];
    let money =
        prop_oneof![3 => (-2_i8..3).prop_map(Means::About), 2 => tokens().prop_map(Means::Any)];
    let means = (money.clone(), money.clone(), money);
    let bytes = prop_oneof![1 => 100_u64..770, 1 => 769_u64..772, 1 => 772_u64..100_000];
    let locked = prop_oneof![4 => Just(0_u128), 1 => tokens()];
    let price = prop_oneof![3 => Just(100_000_000_u128), 1 => 1_u128..3_000_000_000];
    ((who, nonce, height, actions), (0_usize..5, price, means, bytes, locked, any::<bool>()))
        .prop_map(|(left, (receiver, gas_price, means, usage, locked, stake_too))| {
            let ((version, kind, call, limited), nonce, height, actions) = left;
            // Mostly the receiver that the key allows.
            let receiver = if receiver == 0 { 0 } else { call.receiver };
            let means = [means.0, means.1, means.2];
            Parts {
                version,
                kind,
                call,
                nonce,
                height,
                actions,
                receiver,
                gas_price,
                means,
                usage,
                locked,
                limited,
                stake_too,
            }
        })
        .prop_map(assemble)
}

fn assemble(parts: Parts) -> Case {
    let protocol = crate::protocol(parts.version);
    let tx = transaction(&parts);
    let gas_price = Balance::from_yoctonear(parts.gas_price);
    let cost = transaction_cost(&protocol.config, &tx, gas_price).expect("it has a price");
    let key = key(&parts, &cost);
    let row = tx.nonce().nonce_index().and_then(|index| {
        let rows = key.gas_key_info()?.num_nonces;
        (index < rows).then_some(START)
    });
    let account = account(&parts, &cost, key.gas_key_info().is_some());
    Case { protocol, account, key, row, tx, cost, gas_price, height: parts.height }
}

/// The nonce of keys and rows.
const START: Nonce = 9_500_000;

fn transaction(parts: &Parts) -> Transaction {
    let (step, strict, row, _) = parts.nonce;
    let nonce = START.saturating_add_signed(step);
    let is_gas_key = parts.kind >= 2;
    // In one case of four the nonce is of the kind that the key does not want.
    let with_index = is_gas_key != (parts.usage.is_multiple_of(4) && parts.limited);
    let signer_id = keys::account_id(0).clone();
    let public_key = keys::public(0, 1).clone();
    let receiver_id = keys::account_id(parts.receiver).clone();
    let actions = parts.actions.iter().map(|action| made(parts, *action)).collect();
    let block_hash = CryptoHash::default();
    let nonce = match with_index {
        true => TransactionNonce::GasKeyNonce { nonce, nonce_index: row },
        false => TransactionNonce::Nonce { nonce },
    };
    let nonce_mode = if strict { NonceMode::Strict } else { NonceMode::Monotonic };
    Draft { signer_id, public_key, nonce, nonce_mode, receiver_id, block_hash, actions }
        .transaction()
}

fn made(parts: &Parts, (kind, deposit): (u8, u128)) -> Action {
    let deposit = Balance::from_yoctonear(deposit);
    if kind == 0 {
        return Action::Transfer(TransferAction { deposit });
    }
    // Mostly a method that the key allows.
    let allowed = parts.call.methods.first().copied().unwrap_or(0);
    let method = if kind == 1 { 0 } else { allowed };
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: crate::driver::METHODS[method].to_owned(),
        args: vec![kind; usize::from(kind)],
        gas: Gas::from_teragas(u64::from(kind) * 10),
        deposit,
    }))
}

fn key(parts: &Parts, cost: &Cost) -> AccessKey {
    let allowance = parts.limited.then(|| parts.means[0].of(cost.total.as_yoctonear()));
    let call =
        CallPlan { allowance: allowance.map(|amount| amount.as_yoctonear()), ..parts.call.clone() };
    let gas = GasPlan {
        balance: parts.means[1].of(cost.gas_cost.as_yoctonear()).as_yoctonear(),
        rows: parts.nonce.3,
    };
    let plan = match parts.kind {
        0 => PermissionPlan::Full,
        1 => PermissionPlan::Call(call),
        2 => PermissionPlan::GasFull(gas),
        _ => PermissionPlan::GasCall(gas, call),
    };
    let nonce = if parts.kind >= 2 { 0 } else { START };
    AccessKey { nonce, permission: build::permission(&plan) }
}

fn account(parts: &Parts, cost: &Cost, is_gas_key: bool) -> Account {
    let price = if is_gas_key { cost.deposit } else { cost.total };
    let stake = if parts.stake_too { u128::from(parts.usage) * 10_u128.pow(19) } else { 0 };
    let needed = price.as_yoctonear() + stake.saturating_sub(parts.locked);
    let locked = Balance::from_yoctonear(parts.locked);
    Account::new(parts.means[2].of(needed), locked, AccountContract::None, parts.usage)
}
