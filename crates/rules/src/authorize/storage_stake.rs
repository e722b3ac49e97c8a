//! Storage stake: a balance must cover the bytes that an account occupies.

use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::types::{Balance, StorageUsage};

/// An account of at most this many bytes needs no balance (NEP-448).
pub const ZERO_BALANCE_ACCOUNT_BYTES: StorageUsage = 770;

/// The balance, staked or not, that an account of `bytes` must have at `price_per_byte`, both yoctoNEAR.
///
/// ```
/// use keyway_rules::storage_stake;
/// use near_primitives::types::Balance;
///
/// let price = Balance::from_yoctonear(10_u128.pow(19));
/// assert_eq!(storage_stake(price, 770), Balance::ZERO);
/// assert_eq!(storage_stake(price, 1_000), Balance::from_millinear(10));
/// ```
#[must_use]
pub fn storage_stake(price_per_byte: Balance, bytes: StorageUsage) -> Balance {
    match bytes {
        0..=ZERO_BALANCE_ACCOUNT_BYTES => Balance::ZERO,
        // No state that a chain can reach comes near the limits of u128.
        _ => price_per_byte.saturating_mul(u128::from(bytes)),
    }
}

/// What `account` lacks for its storage if its unstaked balance is `amount`, yoctoNEAR.
#[must_use]
pub fn missing_storage_stake(
    config: &RuntimeConfig,
    account: &Account,
    amount: Balance,
) -> Option<Balance> {
    let needed = storage_stake(config.storage_amount_per_byte(), account.storage_usage());
    let had = amount.saturating_add(account.locked());
    needed.checked_sub(had).filter(|missing| !missing.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use near_primitives::account::AccountContract;

    #[track_caller]
    fn verdict(amount_yocto: u128, locked_yocto: u128, bytes: u64) -> Result<(), u128> {
        let config = Protocol::new(86, "localnet").unwrap().config;
        let locked = Balance::from_yoctonear(locked_yocto);
        let account = Account::new(Balance::ZERO, locked, AccountContract::None, bytes);
        match missing_storage_stake(&config, &account, Balance::from_yoctonear(amount_yocto)) {
            None => Ok(()),
            Some(missing) => Err(missing.as_yoctonear()),
        }
    }

    #[test]
    fn ten_to_the_nineteen_per_byte() {
        let per_byte = 10u128.pow(19);
        assert_eq!(verdict(1000 * per_byte, 0, 1000), Ok(()));
        assert_eq!(verdict(1000 * per_byte - 1, 0, 1000), Err(1));
        assert_eq!(verdict(400 * per_byte, 600 * per_byte, 1000), Ok(()));
    }

    #[test]
    fn small_accounts_need_nothing() {
        assert_eq!(verdict(0, 0, 770), Ok(()));
        assert_eq!(verdict(0, 0, 771), Err(771 * 10u128.pow(19)));
    }
}
