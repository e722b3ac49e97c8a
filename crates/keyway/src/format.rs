//! Amounts of NEAR and gas as exact text.

use near_primitives::types::{Balance as NearToken, Gas};

/// An amount, exact to the yoctoNEAR. `NearToken` itself prints a rounded amount.
///
/// ```
/// use keyway::{NearLiteral, format_near};
/// assert_eq!(format_near(250.millinear()), "0.25 NEAR");
/// assert_eq!(format_near(7.yoctonear()), "7 yoctoNEAR");
/// ```
#[must_use]
pub fn format_near(amount: NearToken) -> String {
    let yocto = amount.as_yoctonear();
    if yocto != 0 && yocto < YOCTO_BELOW_THIS {
        return format!("{yocto} yoctoNEAR");
    }
    let one = NearToken::from_near(1).as_yoctonear();
    format!("{} NEAR", decimal(yocto / one, yocto % one, 24))
}

/// Gas, exact to the unit. `Gas` itself prints a rounded figure.
///
/// ```
/// use keyway::{Gas, GasLiteral, format_gas};
/// assert_eq!(format_gas(30.tgas()), "30 Tgas");
/// assert_eq!(format_gas(Gas::from_gas(12)), "12 gas");
/// ```
#[must_use]
pub fn format_gas(gas: Gas) -> String {
    let gas = gas.as_gas();
    if gas != 0 && gas < GAS_BELOW_THIS {
        return format!("{gas} gas");
    }
    let tera = 10_u64.pow(12);
    format!("{} Tgas", decimal((gas / tera).into(), (gas % tera).into(), 12))
}

fn decimal(whole: u128, fraction: u128, digits: usize) -> String {
    let fraction = format!("{fraction:0digits$}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

/// Smaller amounts are easier to read in yoctoNEAR.
const YOCTO_BELOW_THIS: u128 = 10_u128.pow(15);
const GAS_BELOW_THIS: u64 = 10_u64.pow(6);
