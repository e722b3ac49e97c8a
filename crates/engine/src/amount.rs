//! The largest balance that an account can hold.

use crate::effects::overflow;
use near_primitives::errors::ActionErrorKind;
use near_primitives::types::{AccountId, Balance};

/// The largest balance that an account's record can hold, yoctoNEAR: the number above it marks
/// newer versions of the record.
pub const MAX_AMOUNT: Balance = Balance::from_yoctonear(u128::MAX - 1);

/// The balance of `account_id` after adding `more`, yoctoNEAR.
///
/// # Errors
/// When its record cannot hold the sum. The supply of a chain is far below that, but a sandbox's
/// state may be patched.
pub(crate) fn credited(
    account_id: &AccountId,
    had: Balance,
    more: Balance,
) -> Result<Balance, ActionErrorKind> {
    had.checked_add(more).filter(|sum| *sum <= MAX_AMOUNT).ok_or_else(|| {
        let (had, more) = (had.as_yoctonear(), more.as_yoctonear());
        overflow(format_args!("{account_id} has {had} yoctoNEAR and cannot hold {more} more"))
    })
}

/// As [`credited`], but cannot fail: what exceeds the largest balance is lost.
pub(crate) fn credited_at_most(had: Balance, more: Balance) -> Balance {
    had.saturating_add(more).min(MAX_AMOUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_newer_records_is_never_reached() {
        let account_id: AccountId = "rich.near".parse().unwrap();
        let one = Balance::from_yoctonear(1);
        let below = MAX_AMOUNT.checked_sub(one).unwrap();
        assert_eq!(credited(&account_id, below, one), Ok(MAX_AMOUNT));
        for had in [MAX_AMOUNT, Balance::MAX] {
            let error = format!("{:?}", credited(&account_id, had, one).unwrap_err());
            assert!(error.contains("rich.near"), "{error}");
            assert_eq!(credited_at_most(had, one), MAX_AMOUNT);
        }
    }
}
