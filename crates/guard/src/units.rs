//! Amounts and gas as text, exact to the last digit, and counts.

use near_primitives::types::{Balance, Gas};

/// `0.301 NEAR`; amounts below a microNEAR in yoctoNEAR.
pub(crate) fn near(amount: Balance) -> String {
    let yocto = amount.as_yoctonear();
    if yocto != 0 && yocto < 10_u128.pow(18) {
        return format!("{yocto} yoctoNEAR");
    }
    format!("{} NEAR", decimal(yocto, 24))
}

/// `249 Tgas`; amounts below a thousandth of a Tgas in gas.
pub(crate) fn gas(gas: Gas) -> String {
    let units = gas.as_gas();
    if units != 0 && units < 10_u64.pow(9) {
        return format!("{units} gas");
    }
    format!("{} Tgas", decimal(units.into(), 12))
}

/// `1 key`, `3 keys`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// As [`near`], cut after four decimals, for long lists.
pub(crate) fn about(amount: Balance) -> String {
    const FOUR_DECIMALS: u128 = 10_u128.pow(20);
    let yocto = amount.as_yoctonear();
    match yocto < FOUR_DECIMALS {
        true => near(amount),
        false => near(Balance::from_yoctonear(yocto - yocto % FOUR_DECIMALS)),
    }
}

fn decimal(number: u128, digits: usize) -> String {
    let text = format!("{number:0>width$}", width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_the_last_digit() {
        assert_eq!(near(Balance::from_millinear(301)), "0.301 NEAR");
        assert_eq!(near(Balance::from_near(12)), "12 NEAR");
        assert_eq!(near(Balance::ZERO), "0 NEAR");
        assert_eq!(near(Balance::from_yoctonear(7)), "7 yoctoNEAR");
        let long = near(Balance::from_yoctonear(10_u128.pow(24) + 1));
        assert_eq!(long, "1.000000000000000000000001 NEAR");
        assert_eq!(near(Balance::MAX), "340282366920938.463463374607431768211455 NEAR");
        assert_eq!(about(Balance::from_yoctonear(1_234_567 * 10_u128.pow(18))), "1.2345 NEAR");
        assert_eq!(about(Balance::from_yoctonear(7)), "7 yoctoNEAR");
        assert_eq!(gas(Gas::from_teragas(249)), "249 Tgas");
        assert_eq!(gas(Gas::from_gas(1_500_000_000)), "0.0015 Tgas");
        assert_eq!(gas(Gas::from_gas(12)), "12 gas");
        assert_eq!(gas(Gas::ZERO), "0 Tgas");
    }
}
