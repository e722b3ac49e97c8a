//! The price of a transaction equals a formula and a table written down from the specification
//! (protocol 85 and later).

use keyway_property_tests::build::{self, Moment};
use keyway_property_tests::plan::{ActionPlan, TxPlan};
use keyway_property_tests::strategy::transaction;
use keyway_property_tests::{cases, keys, protocol};
use keyway_rules::transaction_cost;
use keyway_state::Trie;
use near_crypto::{KeyType, PublicKey};
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance};
use proptest::prelude::*;

const RECEIPT: u64 = 108_059_500_000;
const PURCHASE_PRICE: u128 = 1_000_000_000;

/// Send to oneself, send to another, execute.
#[derive(Clone, Copy)]
struct Fee(u64, u64, u64);

impl Fee {
    const fn flat(gas: u64) -> Self {
        Self(gas, gas, gas)
    }

    fn send(self, to_self: bool) -> u64 {
        if to_self { self.0 } else { self.1 }
    }
}

const CREATE: Fee = Fee(500_000_000_000, 500_000_000_000, 7_200_000_000_000);
const DEPLOY: Fee = Fee::flat(184_765_750_000);
const DEPLOY_BYTE: Fee = Fee(6_812_999, 47_683_715, 64_572_944);
const CALL: Fee = Fee(200_000_000_000, 200_000_000_000, 780_000_000_000);
const CALL_BYTE: Fee = Fee(2_235_934, 47_683_715, 2_235_934);
const TRANSFER: Fee = Fee::flat(115_123_062_500);
const STAKE: Fee = Fee(141_715_687_500, 141_715_687_500, 102_217_625_000);
const ADD_FULL: Fee = Fee::flat(101_765_125_000);
const ADD_CALL: Fee = Fee::flat(102_217_625_000);
const ADD_CALL_BYTE: Fee = Fee(1_925_331, 47_683_715, 1_925_331);
const DELETE_KEY: Fee = Fee::flat(94_946_625_000);
const DELETE: Fee = Fee::flat(147_489_000_000);
const DELEGATE: Fee = Fee::flat(200_000_000_000);
const GLOBAL_BYTE: Fee = Fee(6_812_999, 47_683_715, 70_000_000);
const INIT: Fee = Fee(500_000_000_000, 500_000_000_000, 7_430_000_000_000);
const INIT_ENTRY: Fee = Fee(0, 0, 200_000_000_000);
const INIT_BYTE: Fee = Fee(72_000_000, 72_000_000, 70_000_000);
const GAS_KEY: Fee = Fee(115_123_062_500, 115_123_062_500, 235_676_644_250);
const GAS_KEY_BYTE: Fee = Fee(59_357_464, 59_357_464, 101_435_400);
const NONCE_WRITE: u64 = 64_196_736_000;

proptest! {
    #![proptest_config(cases(5000))]

    #[test]
    fn it_is_the_formula(plan in transaction(), version in 85_u32..=88, price in 1_u64..3_000_000_000) {
        let protocol = protocol(version);
        let at = Moment { state: &Trie::empty(), height: 9, base: CryptoHash::default() };
        let plan = TxPlan { actions: plan.actions.into_iter().filter(priced).collect(), ..plan };
        let tx = build::transaction(at, &plan).transaction;
        let price = u128::from(price);
        let cost = transaction_cost(&protocol.config, &tx, Balance::from_yoctonear(price)).unwrap();

        let (signer, receiver) = (tx.signer_id(), tx.receiver_id());
        let to_self = signer == receiver;
        let pays_creation = universal_counts(version);
        let send = tx.actions().iter().map(|a| send(a, to_self, receiver, pays_creation));
        let exec = tx.actions().iter().map(|a| exec(a, receiver, pays_creation));
        let burnt = RECEIPT + send.sum::<u64>() + tx.actions().iter().map(signature).sum::<u64>()
            + verification(tx.public_key());
        let remaining = RECEIPT + exec.sum::<u64>();
        prop_assert_eq!(cost.gas_burnt.as_gas(), burnt);
        prop_assert_eq!(cost.gas_bought.as_gas(), remaining);

        let burnt_amount = u128::from(burnt) * price;
        let deposits: u128 = tx.actions().iter().map(deposit).sum();
        let total = burnt_amount + u128::from(remaining) * price.max(PURCHASE_PRICE) + deposits;
        prop_assert_eq!(cost.burnt.as_yoctonear(), burnt_amount);
        prop_assert_eq!(cost.deposit.as_yoctonear(), deposits);
        prop_assert_eq!(cost.total.as_yoctonear(), total);
        prop_assert_eq!(cost.gas_cost.as_yoctonear(), total - deposits);
    }
}

/// Everything but the universal state init, whose price exists at 88 only.
fn priced(plan: &ActionPlan) -> bool {
    match plan {
        ActionPlan::UniversalInit(_) => false,
        ActionPlan::Delegate(delegate) => delegate.actions.iter().all(priced),
        _ => true,
    }
}

/// Whether a transfer to a `0u…` id pays for an account.
fn universal_counts(version: u32) -> bool {
    version >= 88
}

fn send(action: &Action, to_self: bool, receiver: &AccountId, universal: bool) -> u64 {
    let fee = |fee: Fee, units: usize| fee.send(to_self) * units as u64;
    match action {
        Action::CreateAccount(_) => fee(CREATE, 1),
        Action::DeployContract(a) => fee(DEPLOY, 1) + fee(DEPLOY_BYTE, a.code.len()),
        Action::DeployGlobalContract(a) => fee(DEPLOY, 1) + fee(GLOBAL_BYTE, a.code.len()),
        Action::UseGlobalContract(a) => {
            fee(DEPLOY, 1) + fee(DEPLOY_BYTE, a.contract_identifier.len())
        }
        Action::FunctionCall(a) => {
            fee(CALL, 1) + fee(CALL_BYTE, a.method_name.len() + a.args.len())
        }
        Action::Transfer(_) => {
            fee(TRANSFER, 1)
                + creation(receiver, universal).iter().map(|f| f.send(to_self)).sum::<u64>()
        }
        Action::Stake(_) => fee(STAKE, 1),
        Action::AddKey(a) => match &a.access_key.permission {
            AccessKeyPermission::FullAccess => fee(ADD_FULL, 1),
            AccessKeyPermission::FunctionCall(call) => {
                fee(ADD_CALL, 1) + fee(ADD_CALL_BYTE, name_bytes(call))
            }
            AccessKeyPermission::GasKeyFullAccess(_) => fee(ADD_FULL, 1) + fee(GAS_KEY_BYTE, 18),
            AccessKeyPermission::GasKeyFunctionCall(_, call) => {
                fee(ADD_CALL, 1) + fee(ADD_CALL_BYTE, name_bytes(call)) + fee(GAS_KEY_BYTE, 18)
            }
        },
        Action::DeleteKey(_) => fee(DELETE_KEY, 1),
        Action::DeleteAccount(_) => fee(DELETE, 1),
        Action::Delegate(a) => delegate_send((&a.delegate_action).into(), to_self, universal),
        Action::DelegateV2(a) => delegate_send((&a.delegate_action).into(), to_self, universal),
        Action::DeterministicStateInit(_) => {
            let (entries, bytes) = init_size();
            fee(INIT, 1) + fee(INIT_ENTRY, entries) + fee(INIT_BYTE, bytes)
        }
        Action::UniversalStateInit(_) => 0,
        Action::TransferToGasKey(a) => gas_key_send(&a.public_key, to_self),
        Action::WithdrawFromGasKey(a) => gas_key_send(&a.public_key, to_self),
    }
}

/// Prepaid gas and execution fees.
fn exec(action: &Action, receiver: &AccountId, universal: bool) -> u64 {
    let bytes = |fee: Fee, units: usize| fee.2 * units as u64;
    match action {
        Action::CreateAccount(_) => CREATE.2,
        Action::DeployContract(a) => DEPLOY.2 + bytes(DEPLOY_BYTE, a.code.len()),
        Action::DeployGlobalContract(a) => DEPLOY.2 + bytes(GLOBAL_BYTE, a.code.len()),
        Action::UseGlobalContract(a) => DEPLOY.2 + bytes(DEPLOY_BYTE, a.contract_identifier.len()),
        Action::FunctionCall(a) => {
            a.gas.as_gas() + CALL.2 + bytes(CALL_BYTE, a.method_name.len() + a.args.len())
        }
        Action::Transfer(_) => {
            TRANSFER.2 + creation(receiver, universal).iter().map(|f| f.2).sum::<u64>()
        }
        Action::Stake(_) => STAKE.2,
        Action::AddKey(a) => {
            let permission = &a.access_key.permission;
            let base = match permission.function_call_permission() {
                Some(call) => ADD_CALL.2 + bytes(ADD_CALL_BYTE, name_bytes(call)),
                None => ADD_FULL.2,
            };
            let rows = a.access_key.gas_key_info().map_or(0, |info| u64::from(info.num_nonces));
            let key_len = 1 + receiver.len() + 1 + trie_id_len(&a.public_key) + 2;
            base + rows * (NONCE_WRITE + bytes(GAS_KEY_BYTE, key_len + 8))
        }
        Action::DeleteKey(_) => DELETE_KEY.2,
        Action::DeleteAccount(_) => DELETE.2,
        Action::Delegate(a) => delegate_exec((&a.delegate_action).into(), universal),
        Action::DelegateV2(a) => delegate_exec((&a.delegate_action).into(), universal),
        Action::DeterministicStateInit(_) => {
            let (entries, size) = init_size();
            INIT.2 + bytes(INIT_ENTRY, entries) + bytes(INIT_BYTE, size)
        }
        Action::UniversalStateInit(_) => 0,
        Action::TransferToGasKey(a) => gas_key_exec(&a.public_key, receiver),
        Action::WithdrawFromGasKey(a) => gas_key_exec(&a.public_key, receiver),
    }
}

/// The inner actions are sent twice: burnt here once, and bought for the second time.
fn delegate_send(inner: VersionedDelegateActionRef<'_>, to_self: bool, universal: bool) -> u64 {
    let actions = inner.get_actions();
    let inside = actions.iter().map(|a| send(a, to_self, inner.receiver_id(), universal));
    DELEGATE.send(to_self) + inside.sum::<u64>()
}

/// A delegate buys its inner actions' send fees, their execution and one more receipt.
fn delegate_exec(inner: VersionedDelegateActionRef<'_>, universal: bool) -> u64 {
    let to_self = inner.sender_id() == inner.receiver_id();
    let receiver = inner.receiver_id();
    let inside: u64 = inner
        .get_actions()
        .iter()
        .map(|a| send(a, to_self, receiver, universal) + exec(a, receiver, universal))
        .sum();
    // The receipt that the inner actions travel in is sent and run.
    DELEGATE.2 + RECEIPT + inside
}

/// What a transfer pays besides, for the account that an id of this shape may become.
fn creation(receiver: &AccountId, universal: bool) -> Vec<Fee> {
    let id = receiver.as_str();
    if id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        vec![CREATE, ADD_FULL]
    } else if id.starts_with("0x") || id.starts_with("0s") || (universal && id.starts_with("0u")) {
        vec![CREATE]
    } else {
        Vec::new()
    }
}

fn gas_key_send(key: &PublicKey, to_self: bool) -> u64 {
    GAS_KEY.send(to_self) + GAS_KEY_BYTE.send(to_self) * trie_id_len(key) as u64
}

fn gas_key_exec(key: &PublicKey, account_id: &AccountId) -> u64 {
    let row = 1 + account_id.len() + 1 + trie_id_len(key);
    GAS_KEY.2 + GAS_KEY_BYTE.2 * (row + 27) as u64
}

fn trie_id_len(key: &PublicKey) -> usize {
    if matches!(key.key_type(), KeyType::SECP256K1) { 65 } else { 33 }
}

fn name_bytes(call: &FunctionCallPermission) -> usize {
    call.method_names.iter().map(|name| name.len() + 1).sum()
}

/// Entries and bytes of the one state init that is generated.
fn init_size() -> (usize, usize) {
    let init = keys::deterministic_init();
    let entries: usize = init.data().iter().map(|(key, value)| key.len() + value.len()).sum();
    (init.data().len(), entries)
}

fn signature(action: &Action) -> u64 {
    match action {
        Action::Delegate(a) => verification(&a.delegate_action.public_key),
        Action::DelegateV2(a) => verification(a.delegate_action.public_key()),
        _ => 0,
    }
}

fn verification(key: &PublicKey) -> u64 {
    if matches!(key.key_type(), KeyType::MLDSA65) { 100_000_000_000 } else { 0 }
}

fn deposit(action: &Action) -> u128 {
    let deposit = match action {
        Action::FunctionCall(a) => a.deposit,
        Action::Transfer(a) => a.deposit,
        Action::DeterministicStateInit(a) => a.deposit,
        Action::UniversalStateInit(a) => a.deposit,
        Action::TransferToGasKey(a) => a.deposit,
        Action::Delegate(a) => {
            return a.delegate_action.get_actions().iter().map(deposit).sum();
        }
        Action::DelegateV2(a) => return a.delegate_action.get_actions().iter().map(deposit).sum(),
        _ => Balance::ZERO,
    };
    deposit.as_yoctonear()
}
