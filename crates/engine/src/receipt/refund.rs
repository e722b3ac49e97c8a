//! Refunds: deposits of what failed, and gas that was bought and not burnt.

use super::Running;
use crate::block::BlockContext;
use crate::cost::{
    Cost, delegated_send_fees, exec_fees, prepaid_gas, price_of, sum, total_deposit,
};
use crate::effects::{ReceiptEffects, overflow};
use crate::protocol::Protocol;
use near_parameters::{ActionCosts, RuntimeConfig};
use near_primitives::errors::IntegerOverflowError;
use near_primitives::receipt::{Receipt, VersionedActionReceipt};
use near_primitives::types::{AccountId, Balance, Gas};
use near_primitives::version::ProtocolFeature;

/// What comes back of the gas bought for a transaction whose receipts burn `gas_burnt` of it in
/// all, at a gas price that stays `gas_price`, yoctoNEAR. New accounts cost more.
///
/// # Errors
/// [`IntegerOverflowError`] when they burn more than was bought, or a price is no number.
pub fn gas_refund(
    protocol: &Protocol,
    gas_price: Balance,
    cost: &Cost,
    gas_burnt: Gas,
) -> Result<Balance, IntegerOverflowError> {
    let purchase_price = cost.receipt_gas_price;
    let burn_price = burn_price_at(protocol, gas_price, purchase_price);
    let unspent = cost.gas_remaining.checked_sub(gas_burnt).ok_or(IntegerOverflowError)?;
    let parts = Parts::new(protocol, (purchase_price, burn_price), unspent, gas_burnt)?;
    sum(parts.unspent, parts.returned)
}

/// The price at which gas bought at `purchase_price` burns in this block.
pub(super) fn burn_price(block: &BlockContext, purchase_price: Balance) -> Balance {
    burn_price_at(&block.protocol, block.gas_price, purchase_price)
}

fn burn_price_at(protocol: &Protocol, gas_price: Balance, purchase_price: Balance) -> Balance {
    match protocol.has(ProtocolFeature::AccountCostIncrease) {
        true => purchase_price.min(gas_price),
        false => gas_price,
    }
}

/// The price at which rewards are paid.
pub(super) fn reward_price(
    block: &BlockContext,
    purchase_price: Balance,
    burn_price: Balance,
) -> Balance {
    match block.protocol.has(ProtocolFeature::AccountCostIncrease) {
        true => burn_price,
        false => purchase_price,
    }
}

/// Adds the refund receipts to `effects`. Returns the tokens that the receipt burns, yoctoNEAR.
///
/// Where what was paid for the receipt cannot be counted, it fails and nothing comes back: only a
/// genesis can have such a receipt.
pub(super) fn settle_gas(
    running: &mut Running<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    created_account: bool,
) -> Balance {
    if receipt.predecessor_id().is_system() {
        settle_refund(running, action_receipt, effects);
        return effects.tokens_burnt;
    }
    settle(running, receipt, action_receipt, effects, created_account).unwrap_or_else(
        |IntegerOverflowError| {
            effects.fail(overflow("its gas or its deposits cannot be paid back").into());
            Balance::ZERO
        },
    )
}

fn settle(
    running: &Running<'_, '_>,
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    created_account: bool,
) -> Result<Balance, IntegerOverflowError> {
    let purchase_price = action_receipt.gas_price();
    let burn_price = burn_price(running.block, purchase_price);
    let bought =
        Bought::new(&running.block.protocol.config, receipt.receiver_id(), action_receipt)?;
    let settled = Settlement::new(running.block, &bought, effects, burn_price, created_account)?;
    let gas_price_paid = burn_price.min(purchase_price);
    let mut burnt = price_of(effects.gas.burnt, gas_price_paid)?;
    for part in
        [settled.penalty, settled.creation_charge, settled.kept_surplus, effects.tokens_burnt]
    {
        burnt = sum(burnt, part)?;
    }
    push_refunds(receipt, action_receipt, effects, &settled);
    Ok(burnt)
}

/// A refund is free. One that finds no account is burnt, which shows in no outcome.
fn settle_refund(
    running: &mut Running<'_, '_>,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &ReceiptEffects,
) {
    if effects.result.is_err() {
        running.balance.burn(total_deposit(action_receipt.actions()).unwrap_or(Balance::MAX));
    }
}

/// Gas and deposits that came with a receipt.
struct Bought {
    gas: Gas,
    price: Balance,
    deposits: Balance,
}

impl Bought {
    fn new(
        config: &RuntimeConfig,
        receiver_id: &AccountId,
        action_receipt: &VersionedActionReceipt<'_>,
    ) -> Result<Self, IntegerOverflowError> {
        let actions = action_receipt.actions();
        let gas = prepaid_gas(actions)?
            .checked_add_result(delegated_send_fees(config, actions)?.gas)?
            .checked_add_result(exec_fees(config, actions, receiver_id)?.gas)?
            .checked_add_result(config.fees.fee(ActionCosts::new_action_receipt).exec_fee().gas)?;
        Ok(Self { gas, price: action_receipt.gas_price(), deposits: total_deposit(actions)? })
    }
}

/// Where the tokens that paid for a receipt's gas go, yoctoNEAR.
struct Settlement {
    deposit_refund: Balance,
    gas_refund: Balance,
    penalty: Balance,
    /// What creating an account costs above its gas.
    creation_charge: Balance,
    /// Before 85 gas bought dearer than it burns was not paid back.
    kept_surplus: Balance,
}

impl Settlement {
    fn new(
        block: &BlockContext,
        bought: &Bought,
        effects: &ReceiptEffects,
        burn_price: Balance,
        created_account: bool,
    ) -> Result<Self, IntegerOverflowError> {
        let failed = effects.result.is_err();
        let spent = if failed { effects.gas.burnt } else { effects.gas.used };
        let unspent = bought.gas.checked_sub(spent).ok_or(IntegerOverflowError)?;
        let prices = (bought.price, burn_price);
        let parts = Parts::new(&block.protocol, prices, unspent, effects.gas.burnt)?;
        let creation_charge = match created_account {
            true => creation_charge(&block.protocol.config, burn_price)?.min(parts.returned),
            false => Balance::ZERO,
        };
        Ok(Self {
            deposit_refund: if failed { bought.deposits } else { Balance::ZERO },
            gas_refund: sum(parts.unspent, parts.returned.saturating_sub(creation_charge))?,
            penalty: parts.penalty,
            creation_charge,
            kept_surplus: parts.kept,
        })
    }
}

/// How the price of a receipt's gas parts, yoctoNEAR. What burns is left out.
struct Parts {
    /// Of the gas that was not used, without the penalty.
    unspent: Balance,
    penalty: Balance,
    /// What burnt gas was bought for above the price it burns at, paid back …
    returned: Balance,
    /// … or not.
    kept: Balance,
}

impl Parts {
    fn new(
        protocol: &Protocol,
        (purchase_price, burn_price): (Balance, Balance),
        unspent: Gas,
        burnt: Gas,
    ) -> Result<Self, IntegerOverflowError> {
        let returns_surplus = protocol.has(ProtocolFeature::AccountCostIncrease);
        let penalty_price = if returns_surplus { burn_price } else { purchase_price };
        let penalty = protocol.config.fees.gas_penalty_for_gas_refund(unspent);
        let penalty = price_of(penalty, penalty_price)?;
        let surplus = price_of(burnt, purchase_price.saturating_sub(burn_price))?;
        let (returned, kept) =
            if returns_surplus { (surplus, Balance::ZERO) } else { (Balance::ZERO, surplus) };
        let unspent = price_of(unspent, purchase_price)?.saturating_sub(penalty);
        Ok(Self { unspent, penalty, returned, kept })
    }
}

/// What is missing from the gas burnt to the price of a new account.
fn creation_charge(
    config: &RuntimeConfig,
    burn_price: Balance,
) -> Result<Balance, IntegerOverflowError> {
    let gas = config.fees.fee(ActionCosts::create_account).exec_fee().gas;
    Ok(config.account_creation_charge.saturating_sub(price_of(gas, burn_price)?))
}

fn push_refunds(
    receipt: &Receipt,
    action_receipt: &VersionedActionReceipt<'_>,
    effects: &mut ReceiptEffects,
    settled: &Settlement,
) {
    if !settled.deposit_refund.is_zero() {
        let to = receipt.balance_refund_receiver();
        effects.new_receipts.push(Receipt::new_balance_refund(to, settled.deposit_refund));
    }
    if !settled.gas_refund.is_zero() {
        effects.new_receipts.push(Receipt::new_gas_refund(
            action_receipt.signer_id(),
            settled.gas_refund,
            action_receipt.signer_public_key().clone(),
        ));
    }
}
