//! What a transaction costs: gas by action, and its price in yoctoNEAR.
//!
//! Source: nearcore `runtime/runtime/src/config.rs`; the numbers are `near-parameters`'.

pub(crate) mod fees;

use fees::{action_exec_fee, delegated, send_fees};
use near_crypto::{KeyType, PublicKey};
use near_parameters::{ActionCosts, ParameterCost, RuntimeConfig, SignatureKind};
use near_primitives::action::Action;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};
use serde::Serialize;

/// What a transaction takes from whoever pays when it is accepted. Gas that is bought and not burnt
/// is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Tokens that the actions carry, yoctoNEAR.
    pub deposit: Balance,
    /// Gas burnt by turning the transaction into a receipt.
    pub gas_burnt: Gas,
    /// Price of `gas_burnt`, yoctoNEAR.
    pub burnt: Balance,
    /// Gas bought for the receipt: prepaid gas and execution fees.
    pub gas_bought: Gas,
    /// Price of `gas_bought`, yoctoNEAR.
    pub bought: Balance,
    /// `burnt` and `bought` together, yoctoNEAR.
    #[serde(skip)]
    pub gas_cost: Balance,
    /// Price at which `gas_bought` is bought, yoctoNEAR per gas.
    #[serde(skip)]
    pub purchase_price: Balance,
    /// `gas_cost` and `deposit` together, yoctoNEAR.
    pub total: Balance,
}

/// The cost of `tx` in a block that burns gas at `gas_price` yoctoNEAR per gas.
///
/// # Errors
/// [`IntegerOverflowError`] when a sum leaves the range of its type.
pub fn transaction_cost(
    config: &RuntimeConfig,
    tx: &Transaction,
    gas_price: Balance,
) -> Result<Cost, IntegerOverflowError> {
    let actions = tx.actions();
    let to_self = tx.signer_id() == tx.receiver_id();
    let gas_burnt = (config.fees.fee(ActionCosts::new_action_receipt).send_fee(to_self))
        .checked_add_result(send_fees(config, to_self, actions, tx.receiver_id())?)?
        .checked_add_result(signature_fees(config, tx.public_key(), actions)?)?
        .gas;
    let Bought { gas: gas_bought, deposit } = bought(config, actions, tx.receiver_id())?;
    let purchase_price = gas_price.max(config.min_gas_purchase_price);
    let burnt = gas_price_of(gas_burnt, gas_price)?;
    let bought = gas_price_of(gas_bought, purchase_price)?;
    let gas_cost = sum(burnt, bought)?;
    let total = sum(gas_cost, deposit)?;
    Ok(Cost { deposit, gas_burnt, burnt, gas_bought, bought, gas_cost, purchase_price, total })
}

/// What comes with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// Gas: what its calls are given, the fees for executing it, and the send fees of actions
    /// inside a delegate action, which are burnt when that runs.
    pub gas: Gas,
    /// Tokens, yoctoNEAR.
    pub deposit: Balance,
}

/// What is bought for the receipt that carries `actions` to `receiver_id`.
///
/// # Errors
/// [`IntegerOverflowError`] when a sum leaves the range of its type.
pub fn bought(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<Bought, IntegerOverflowError> {
    let receipt_fee = config.fees.fee(ActionCosts::new_action_receipt).exec_fee();
    let (mut gas, mut deposit) = (Gas::ZERO, Balance::ZERO);
    let (mut send, mut exec) = (ParameterCost::ZERO, receipt_fee);
    for action in actions {
        exec = exec.checked_add_result(action_exec_fee(config, action, receiver_id)?)?;
        let Some(inner) = delegated(action) else {
            gas = gas.checked_add_result(action.get_prepaid_gas())?;
            deposit = sum(deposit, action.get_deposit_balance())?;
            continue;
        };
        // A delegate action also pays for the receipt that it becomes. Its actions are copied out,
        // so they are read once.
        let (receiver_id, to_self) =
            (inner.receiver_id(), inner.sender_id() == inner.receiver_id());
        let actions = inner.get_actions();
        let inside = bought(config, &actions, receiver_id)?;
        gas = gas.checked_add_result(inside.gas)?;
        deposit = sum(deposit, inside.deposit)?;
        send = send.checked_add_result(send_fees(config, to_self, &actions, receiver_id)?)?;
    }
    let gas = gas.checked_add_result(send.gas)?.checked_add_result(exec.gas)?;
    Ok(Bought { gas, deposit })
}

/// `gas` at `gas_price` yoctoNEAR per gas, yoctoNEAR.
///
/// # Errors
/// [`IntegerOverflowError`] when the product leaves the range of a balance.
pub fn gas_price_of(gas: Gas, gas_price: Balance) -> Result<Balance, IntegerOverflowError> {
    gas_price.checked_mul(u128::from(gas.as_gas())).ok_or(IntegerOverflowError)
}

pub(crate) fn sum(a: Balance, b: Balance) -> Result<Balance, IntegerOverflowError> {
    a.checked_add(b).ok_or(IntegerOverflowError)
}

/// Tokens that the actions carry, those inside delegate actions included, yoctoNEAR.
///
/// # Errors
/// [`IntegerOverflowError`] when the sum leaves the range of a balance.
pub fn total_deposit(actions: &[Action]) -> Result<Balance, IntegerOverflowError> {
    actions.iter().try_fold(Balance::ZERO, |total, action| {
        let deposit = match delegated(action) {
            Some(inner) => total_deposit(&inner.get_actions())?,
            None => action.get_deposit_balance(),
        };
        sum(total, deposit)
    })
}

/// What verifying the signer's and the delegates' signatures costs above a classical one.
fn signature_fees(
    config: &RuntimeConfig,
    signer: &PublicKey,
    actions: &[Action],
) -> Result<ParameterCost, IntegerOverflowError> {
    let fee = |key: &PublicKey| {
        config.fees.signature_verification_costs[match key.key_type() {
            KeyType::ED25519 => SignatureKind::Ed25519,
            KeyType::SECP256K1 => SignatureKind::Secp256k1,
            KeyType::MLDSA65 => SignatureKind::MlDsa65,
        }]
    };
    actions
        .iter()
        .filter_map(delegated)
        .try_fold(fee(signer), |total, inner| total.checked_add_result(fee(inner.public_key())))
}
