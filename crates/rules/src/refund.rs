//! Refunds of gas that was bought and not burnt.

use crate::cost::{Cost, gas_price_of, sum};
use crate::protocol::Protocol;
use near_parameters::{ActionCosts, RuntimeConfig};
use near_primitives::errors::IntegerOverflowError;
use near_primitives::types::{Balance, Gas};
use near_primitives::version::ProtocolFeature;

/// The refund of a transaction whose receipts burn `gas_burnt` in all, if the gas price stays at
/// `gas_price`, yoctoNEAR. The surcharge for new accounts is not counted.
///
/// # Errors
/// [`IntegerOverflowError`] when they burn more than was bought, or a price overflows.
pub fn gas_refund(
    protocol: &Protocol,
    gas_price: Balance,
    cost: &Cost,
    gas_burnt: Gas,
) -> Result<Balance, IntegerOverflowError> {
    let purchase_price = cost.purchase_price;
    let burn_price = burn_price(protocol, gas_price, purchase_price);
    let unspent = cost.gas_bought.checked_sub(gas_burnt).ok_or(IntegerOverflowError)?;
    let refund = GasRefund::new(protocol, purchase_price, burn_price, unspent, gas_burnt)?;
    sum(refund.unspent, refund.surplus_returned)
}

/// The price at which gas bought at `purchase_price` is burnt in a block with `gas_price`, all
/// yoctoNEAR per gas.
#[must_use]
pub fn burn_price(protocol: &Protocol, gas_price: Balance, purchase_price: Balance) -> Balance {
    match protocol.has(ProtocolFeature::AccountCostIncrease) {
        true => purchase_price.min(gas_price),
        false => gas_price,
    }
}

/// The price at which a contract's reward for gas bought at `purchase_price` is paid, all yoctoNEAR
/// per gas.
#[must_use]
pub fn reward_price(protocol: &Protocol, gas_price: Balance, purchase_price: Balance) -> Balance {
    match protocol.has(ProtocolFeature::AccountCostIncrease) {
        true => burn_price(protocol, gas_price, purchase_price),
        false => purchase_price,
    }
}

/// How the tokens that paid for a receipt's gas are divided, yoctoNEAR, without the burnt part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasRefund {
    /// Returned for gas that was not used, less the penalty.
    pub unspent: Balance,
    /// Kept for gas that was not used.
    pub penalty: Balance,
    /// The difference between purchase price and burn price of burnt gas, if it is returned.
    pub surplus_returned: Balance,
    /// The same difference, if it is kept: before protocol 85.
    pub surplus_kept: Balance,
}

impl GasRefund {
    /// Divides the price of gas bought at `purchase_price`: `burnt` was burnt at `burn_price`, and `unspent` was not used.
    ///
    /// # Errors
    /// [`IntegerOverflowError`] when a price overflows.
    pub fn new(
        protocol: &Protocol,
        purchase_price: Balance,
        burn_price: Balance,
        unspent: Gas,
        burnt: Gas,
    ) -> Result<Self, IntegerOverflowError> {
        let returns_surplus = protocol.has(ProtocolFeature::AccountCostIncrease);
        let penalty_price = if returns_surplus { burn_price } else { purchase_price };
        let penalty = protocol.config.fees.gas_penalty_for_gas_refund(unspent);
        let penalty = gas_price_of(penalty, penalty_price)?;
        let surplus = gas_price_of(burnt, purchase_price.saturating_sub(burn_price))?;
        let (surplus_returned, surplus_kept) =
            if returns_surplus { (surplus, Balance::ZERO) } else { (Balance::ZERO, surplus) };
        let unspent = gas_price_of(unspent, purchase_price)?.saturating_sub(penalty);
        Ok(Self { unspent, penalty, surplus_returned, surplus_kept })
    }
}

/// The surcharge for a new account, beside the gas that creating it burns at `burn_price`, yoctoNEAR.
///
/// # Errors
/// [`IntegerOverflowError`] when a price overflows.
pub fn account_creation_charge(
    config: &RuntimeConfig,
    burn_price: Balance,
) -> Result<Balance, IntegerOverflowError> {
    let gas = config.fees.fee(ActionCosts::create_account).exec_fee().gas;
    Ok(config.account_creation_charge.saturating_sub(gas_price_of(gas, burn_price)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund(version: u32) -> GasRefund {
        let protocol = Protocol::new(version, "localnet").unwrap();
        let price = Balance::from_yoctonear;
        GasRefund::new(&protocol, price(10), price(1), Gas::from_gas(1_000), Gas::from_gas(500))
            .unwrap()
    }

    #[test]
    fn the_surplus_of_burnt_gas_comes_back_from_85_on() {
        let surplus = Balance::from_yoctonear(4_500);
        let (before, after) = (refund(84), refund(85));
        assert_eq!((before.surplus_kept, before.surplus_returned), (surplus, Balance::ZERO));
        assert_eq!((after.surplus_kept, after.surplus_returned), (Balance::ZERO, surplus));
        assert_eq!(after.unspent.checked_add(after.penalty), Some(Balance::from_yoctonear(10_000)));
    }
}
