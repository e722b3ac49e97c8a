//! Combines the records of one account.

use super::error::GenesisError;
use borsh::{BorshDeserialize, BorshSerialize};
use keyway_rules::StorageUsage;
use near_parameters::StorageUsageConfig;
use near_primitives::account::Account;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance};

/// The content of an account's records, in their order.
#[derive(Clone, Debug, Default, BorshDeserialize, BorshSerialize)]
pub(super) struct AccountRow {
    /// Its own record.
    pub(super) account: Option<Account>,
    /// The hash of its local contract's code.
    pub(super) contract: Option<CryptoHash>,
    /// What it stores.
    pub(super) usage: StorageUsage,
    /// A contract was there before the account.
    pub(super) contract_first: bool,
    /// There are two records of the account.
    pub(super) twice: bool,
    /// There are two records of its contract.
    pub(super) two_contracts: bool,
    /// It has an access key.
    pub(super) has_key: bool,
    /// It has contract data, or a gas key's nonces.
    pub(super) has_data: bool,
}

impl AccountRow {
    /// Adds later records.
    pub(super) fn join(&mut self, later: Self) {
        // A contract that comes when the account is there does not come before it.
        let first = later.contract_first || later.account.is_some() && self.contract.is_some();
        self.contract_first |= self.account.is_none() && first;
        self.twice |= later.twice || self.account.is_some() && later.account.is_some();
        self.two_contracts |=
            later.two_contracts || self.contract.is_some() && later.contract.is_some();
        self.has_key |= later.has_key;
        self.has_data |= later.has_data;
        self.account = later.account.or(self.account.take());
        self.contract = later.contract.or(self.contract);
        self.usage += later.usage;
    }

    /// The account that all records together describe; `stake` (yoctoNEAR) is what it locks when
    /// it is a validator.
    pub(super) fn into_account(
        self,
        account_id: &AccountId,
        stake: Option<Balance>,
        storage: &StorageUsageConfig,
    ) -> Result<Account, GenesisError> {
        let owner = || account_id.clone();
        if self.twice {
            return Err(GenesisError::DuplicateAccount { account_id: owner() });
        }
        if self.two_contracts {
            return Err(GenesisError::DuplicateContract { account_id: owner() });
        }
        if self.contract_first || self.account.is_none() && self.contract.is_some() {
            return Err(GenesisError::ContractBeforeAccount { account_id: owner() });
        }
        let Some(mut account) = self.account else {
            return Err(GenesisError::NoAccount { account_id: owner() });
        };
        if !account.is_initialized() {
            let owned = [
                (self.has_key, "an access key"),
                (self.contract.is_some(), "code"),
                (self.has_data, "data"),
            ];
            if let Some((_, what)) = owned.into_iter().find(|(has, _)| *has) {
                return Err(GenesisError::UninitializedOwner { account_id: owner(), what });
            }
        }
        account.set_storage_usage(self.usage.bytes(storage));
        if let Some(stake) = stake {
            account
                .set_locked(stake)
                .map_err(|_| GenesisError::UninitializedValidator { account_id: owner() })?;
        }
        match (account.local_contract_hash(), self.contract) {
            (expected, found) if expected == found => Ok(account),
            (Some(code_hash), None) => {
                Err(GenesisError::NoContract { account_id: owner(), code_hash })
            }
            (expected, found) => Err(GenesisError::ContractMismatch {
                account_id: owner(),
                expected: expected.unwrap_or_default(),
                found: found.unwrap_or_default(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::account::AccountContract;
    use near_primitives::hash::hash;
    use proptest::prelude::*;

    fn said(what: &[bool]) -> AccountRow {
        let mut row = AccountRow::default();
        for is_account in what {
            let code = hash(b"code");
            let account =
                Account::new(Balance::ZERO, Balance::ZERO, AccountContract::Local(code), 0);
            row.join(match is_account {
                true => AccountRow { account: Some(account), ..AccountRow::default() },
                false => AccountRow { contract: Some(code), ..AccountRow::default() },
            });
        }
        row
    }

    proptest! {
        /// An import that does not fit into memory joins sorted files.
        #[test]
        fn parts_joined_say_what_the_whole_says(
            what in proptest::collection::vec(any::<bool>(), 1..6),
            cut in 0..6usize,
        ) {
            let (first, second) = what.split_at(cut.min(what.len()));
            let mut joined = said(first);
            joined.join(said(second));
            let config = near_parameters::RuntimeConfigStore::new(None).get_config(86).clone();
            let account = |row: AccountRow| {
                let storage = &config.fees.storage_usage_config;
                row.into_account(&"alice.near".parse().unwrap(), None, storage)
            };
            prop_assert_eq!(account(joined), account(said(&what)));
        }
    }
}
