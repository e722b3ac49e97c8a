//! Amounts as plain numbers.

use near_primitives::types::Balance;

/// One NEAR in yoctoNEAR.
pub const NEAR: u128 = 1_000_000_000_000_000_000_000_000;

/// A thousandth of a NEAR in yoctoNEAR.
pub const MILLI: u128 = NEAR / 1_000;

/// So many NEAR.
#[must_use]
pub fn near(amount: u128) -> Balance {
    Balance::from_near(amount)
}

/// So many yoctoNEAR.
#[must_use]
pub fn yocto(amount: u128) -> Balance {
    Balance::from_yoctonear(amount)
}
