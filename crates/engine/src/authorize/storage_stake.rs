//! Storage stake: a balance must cover the bytes that an account occupies.

use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::errors::{ActionError, ActionErrorKind, InvalidTxError};
use near_primitives::types::{AccountId, Balance, StorageUsage};

/// Bytes up to which an account may have no balance at all (NEP-448).
pub const ZERO_BALANCE_ACCOUNT_BYTES: StorageUsage = 770;

/// The balance is too small for the bytes stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lack {
    /// What is missing, yoctoNEAR.
    pub(crate) missing: Balance,
}

/// Checks that `amount` and what the account has locked cover its storage.
pub(crate) fn check(
    config: &RuntimeConfig,
    account: &Account,
    amount: Balance,
) -> Result<(), Lack> {
    let bytes = account.storage_usage();
    // Neither product nor sum can leave u128 for a state that a chain can reach.
    let needed = config.storage_amount_per_byte().saturating_mul(u128::from(bytes));
    let had = amount.saturating_add(account.locked());
    match needed.checked_sub(had) {
        Some(missing) if missing > Balance::ZERO && bytes > ZERO_BALANCE_ACCOUNT_BYTES => {
            Err(Lack { missing })
        }
        _ => Ok(()),
    }
}

impl Lack {
    pub(crate) fn into_transaction_error(self, signer_id: &AccountId) -> InvalidTxError {
        InvalidTxError::LackBalanceForState { signer_id: signer_id.clone(), amount: self.missing }
    }

    pub(crate) fn into_action_error(self, account_id: &AccountId) -> ActionError {
        self.into_kind(account_id).into()
    }

    pub(crate) fn into_kind(self, account_id: &AccountId) -> ActionErrorKind {
        ActionErrorKind::LackBalanceForState {
            account_id: account_id.clone(),
            amount: self.missing,
        }
    }
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
        check(&config, &account, Balance::from_yoctonear(amount_yocto))
            .map_err(|lack| lack.missing.as_yoctonear())
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
