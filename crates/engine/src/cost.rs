//! What a transaction costs: gas by action, and its price in yoctoNEAR.
//!
//! Source: nearcore `runtime/runtime/src/config.rs`; the numbers are `near-parameters`'.

mod fees;

pub(crate) use fees::{action_exec_fee, exec_fees, send_fees};

use near_crypto::{KeyType, PublicKey};
use near_parameters::{ActionCosts, ParameterCost, RuntimeConfig, SignatureKind};
use near_primitives::action::Action;
use near_primitives::action::delegate::VersionedDelegateActionRef;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::transaction::Transaction;
use near_primitives::types::{Balance, Gas};

/// The price of a transaction, before anything is checked against an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Gas burnt by turning the transaction into a receipt.
    pub gas_burnt: Gas,
    /// Gas bought for the receipt: prepaid gas and execution fees.
    pub gas_remaining: Gas,
    /// Price at which `gas_remaining` is bought, yoctoNEAR per gas.
    pub receipt_gas_price: Balance,
    /// Price of `gas_burnt`, yoctoNEAR.
    pub burnt_amount: Balance,
    /// Price of all gas, yoctoNEAR.
    pub gas_cost: Balance,
    /// Sum of deposits, yoctoNEAR.
    pub deposit_cost: Balance,
    /// `gas_cost` and `deposit_cost` together, yoctoNEAR.
    pub total_cost: Balance,
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
    let receipt_fee = config.fees.fee(ActionCosts::new_action_receipt);
    let gas_burnt = receipt_fee
        .send_fee(to_self)
        .checked_add_result(send_fees(config, to_self, actions, tx.receiver_id())?)?
        .checked_add_result(signature_fees(config, tx.public_key(), actions)?)?
        .gas;
    let gas_remaining = prepaid_gas(actions)?
        .checked_add_result(delegated_send_fees(config, actions)?.gas)?
        .checked_add_result(receipt_fee.exec_fee().gas)?
        .checked_add_result(exec_fees(config, actions, tx.receiver_id())?.gas)?;

    let burnt_amount = price_of(gas_burnt, gas_price)?;
    let receipt_gas_price = gas_price.max(config.min_gas_purchase_price);
    let gas_cost = sum(burnt_amount, price_of(gas_remaining, receipt_gas_price)?)?;
    let deposit_cost = total_deposit(actions)?;
    Ok(Cost {
        gas_burnt,
        gas_remaining,
        receipt_gas_price,
        burnt_amount,
        gas_cost,
        deposit_cost,
        total_cost: sum(gas_cost, deposit_cost)?,
    })
}

/// `gas` at `gas_price`, yoctoNEAR.
pub(crate) fn price_of(gas: Gas, gas_price: Balance) -> Result<Balance, IntegerOverflowError> {
    gas_price.checked_mul(u128::from(gas.as_gas())).ok_or(IntegerOverflowError)
}

pub(crate) fn sum(a: Balance, b: Balance) -> Result<Balance, IntegerOverflowError> {
    a.checked_add(b).ok_or(IntegerOverflowError)
}

/// Gas attached to function calls, those inside delegate actions included.
pub(crate) fn prepaid_gas(actions: &[Action]) -> Result<Gas, IntegerOverflowError> {
    actions.iter().try_fold(Gas::ZERO, |total, action| {
        let gas = match (action, delegated(action)) {
            (Action::FunctionCall(call), _) => call.gas,
            (_, Some(inner)) => prepaid_gas(&inner.get_actions())?,
            _ => Gas::ZERO,
        };
        total.checked_add_result(gas)
    })
}

/// Tokens that the actions carry, those inside delegate actions included, yoctoNEAR.
pub(crate) fn total_deposit(actions: &[Action]) -> Result<Balance, IntegerOverflowError> {
    actions.iter().try_fold(Balance::ZERO, |total, action| {
        let deposit = match delegated(action) {
            Some(inner) => total_deposit(&inner.get_actions())?,
            None => action.get_deposit_balance(),
        };
        sum(total, deposit)
    })
}

/// Send fees of actions inside delegate actions: bought now, burnt when the delegate runs.
pub(crate) fn delegated_send_fees(
    config: &RuntimeConfig,
    actions: &[Action],
) -> Result<ParameterCost, IntegerOverflowError> {
    actions.iter().filter_map(delegated).try_fold(ParameterCost::ZERO, |total, inner| {
        let to_self = inner.sender_id() == inner.receiver_id();
        total.checked_add_result(send_fees(
            config,
            to_self,
            &inner.get_actions(),
            inner.receiver_id(),
        )?)
    })
}

/// The delegate action inside `action`, where it is one.
pub(crate) fn delegated(action: &Action) -> Option<VersionedDelegateActionRef<'_>> {
    match action {
        Action::Delegate(signed) => Some((&signed.delegate_action).into()),
        Action::DelegateV2(signed) => Some((&signed.delegate_action).into()),
        _ => None,
    }
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
