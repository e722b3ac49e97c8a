//! The cost of a transaction: gas by action, and its price in yoctoNEAR.
//!
//! Source: nearcore `runtime/runtime/src/config.rs`; the numbers are `near-parameters`'.

pub(crate) mod fees;

use crate::delegate::actions::{Delegate, delegates};
use fees::{action_exec_fee, send_fees};
use near_crypto::{KeyType, PublicKey};
use near_parameters::{ActionCosts, ParameterCost, RuntimeConfig, SignatureKind};
use near_primitives::action::Action;
use near_primitives::errors::IntegerOverflowError;
use near_primitives::transaction::Transaction;
use near_primitives::types::{AccountId, Balance, Gas};
use serde::Serialize;

/// What the account, or its gas key, pays when a transaction is accepted. A refund returns the gas that
/// is bought and not burnt.
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
    let payload = Payload {
        signer_id: tx.signer_id(),
        public_key: tx.public_key(),
        receiver_id: tx.receiver_id(),
        actions: tx.actions(),
    };
    payload.cost(config, gas_price)
}

/// The parts of a transaction that its cost depends on.
#[derive(Clone, Copy, Debug)]
pub struct Payload<'a> {
    /// The account that signs.
    pub signer_id: &'a AccountId,
    /// The key that signs; only its type matters.
    pub public_key: &'a PublicKey,
    /// The account that the actions run on.
    pub receiver_id: &'a AccountId,
    /// What is done.
    pub actions: &'a [Action],
}

impl Payload<'_> {
    /// As [`transaction_cost`], before there is a transaction.
    ///
    /// # Errors
    /// As [`transaction_cost`].
    pub fn cost(
        &self,
        config: &RuntimeConfig,
        gas_price: Balance,
    ) -> Result<Cost, IntegerOverflowError> {
        let Payload { signer_id, public_key, receiver_id, actions } = *self;
        let to_self = signer_id == receiver_id;
        let delegates = delegates(actions);
        let send = send_fees(config, to_self, actions, receiver_id, &delegates)?;
        let gas_burnt = (config.fees.fee(ActionCosts::new_action_receipt).send_fee(to_self))
            .checked_add_result(send)?
            .checked_add_result(signature_fees(config, public_key, &delegates)?)?
            .gas;
        let bought = bought_with(config, actions, receiver_id, &delegates)?;
        Cost::new(gas_burnt, gas_price, bought, config.min_gas_purchase_price)
    }
}

impl Cost {
    fn new(
        gas_burnt: Gas,
        gas_price: Balance,
        Bought { gas: gas_bought, deposit }: Bought,
        min_purchase_price: Balance,
    ) -> Result<Self, IntegerOverflowError> {
        let purchase_price = gas_price.max(min_purchase_price);
        let burnt = gas_price_of(gas_burnt, gas_price)?;
        let bought = gas_price_of(gas_bought, purchase_price)?;
        let gas_cost = sum(burnt, bought)?;
        let total = sum(gas_cost, deposit)?;
        Ok(Self { deposit, gas_burnt, burnt, gas_bought, bought, gas_cost, purchase_price, total })
    }
}

/// Gas and tokens that a receipt carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The gas attached to its calls, the fees for executing it, and the send fees of actions inside a
    /// delegate action, which are burnt when that runs.
    pub gas: Gas,
    /// Tokens, yoctoNEAR.
    pub deposit: Balance,
}

/// The gas and tokens of the receipt that carries `actions` to `receiver_id`.
///
/// # Errors
/// [`IntegerOverflowError`] when a sum leaves the range of its type.
pub fn bought(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver_id: &AccountId,
) -> Result<Bought, IntegerOverflowError> {
    bought_with(config, actions, receiver_id, &delegates(actions))
}

/// As [`bought`]; `delegates` are those of `actions`.
fn bought_with(
    config: &RuntimeConfig,
    actions: &[Action],
    receiver_id: &AccountId,
    delegates: &[Delegate<'_>],
) -> Result<Bought, IntegerOverflowError> {
    let receipt_fee = config.fees.fee(ActionCosts::new_action_receipt).exec_fee();
    let (mut gas, mut deposit) = (Gas::ZERO, Balance::ZERO);
    let (mut send, mut exec) = (ParameterCost::ZERO, receipt_fee);
    for action in actions {
        exec = exec.checked_add_result(action_exec_fee(config, action, receiver_id)?)?;
        if !action.is_delegate() {
            gas = gas.checked_add_result(action.get_prepaid_gas())?;
            deposit = sum(deposit, action.get_deposit_balance())?;
        }
    }
    // A delegate action also pays for the receipt that it becomes.
    for delegate in delegates {
        let inside = bought_with(config, &delegate.actions, delegate.receiver_id(), &[])?;
        gas = gas.checked_add_result(inside.gas)?;
        deposit = sum(deposit, inside.deposit)?;
        send = send.checked_add_result(delegate.send_fees(config)?)?;
    }
    let gas = gas.checked_add_result(send.gas)?.checked_add_result(exec.gas)?;
    Ok(Bought { gas, deposit })
}

/// The price of `gas` at `gas_price` yoctoNEAR per gas, yoctoNEAR.
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
        let deposit = match Delegate::of(action) {
            Some(delegate) => total_deposit(&delegate.actions)?,
            None => action.get_deposit_balance(),
        };
        sum(total, deposit)
    })
}

/// The gas for verifying signatures that are more expensive than an ed25519 one.
fn signature_fees(
    config: &RuntimeConfig,
    signer: &PublicKey,
    delegates: &[Delegate<'_>],
) -> Result<ParameterCost, IntegerOverflowError> {
    let fee = |key: &PublicKey| {
        config.fees.signature_verification_costs[match key.key_type() {
            KeyType::ED25519 => SignatureKind::Ed25519,
            KeyType::SECP256K1 => SignatureKind::Secp256k1,
            KeyType::MLDSA65 => SignatureKind::MlDsa65,
        }]
    };
    delegates.iter().try_fold(fee(signer), |total, delegate| {
        total.checked_add_result(fee(delegate.action.public_key()))
    })
}
