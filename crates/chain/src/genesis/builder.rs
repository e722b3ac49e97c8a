//! The records of a genesis, on their way to the first state.

use crate::genesis::error::GenesisError;
use crate::spec::MAX_TOKENS;
use keyway_state::GenesisDraft;
use near_chain_configs::GenesisConfig;
use near_primitives::account::Account;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance};
use std::collections::BTreeMap;
use std::path::Path;

/// What a chain starts from: takes the records of a genesis one by one, so that they need not be
/// in memory together.
#[derive(Debug, Default)]
pub struct GenesisBuilder {
    pub(crate) draft: GenesisDraft,
    records: u64,
    /// Amounts and stakes of all records, yoctoNEAR.
    supply: Balance,
    /// What accounts lock that lock anything, yoctoNEAR.
    locked: BTreeMap<AccountId, Balance>,
}

impl GenesisBuilder {
    /// Uses little memory: the rest is in unnamed files in `dir`, which are deleted with this value.
    #[must_use]
    pub fn spilling_to(dir: &Path) -> Self {
        Self { draft: GenesisDraft::spilling_to(dir), ..Self::default() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// When the balances overflow, or a file cannot be written.
    pub fn add(&mut self, record: StateRecord) -> Result<(), GenesisError> {
        self.records += 1;
        match &record {
            StateRecord::Account { account_id, account } => self.count(account_id, account)?,
            StateRecord::AccessKey { account_id, access_key, .. } => {
                let held = access_key.gas_key_info().map_or(Balance::ZERO, |info| info.balance);
                if held > MAX_TOKENS {
                    return Err(GenesisError::TooManyTokens { account_id: account_id.clone() });
                }
            }
            _ => {}
        }
        Ok(self.draft.add(record)?)
    }

    fn count(&mut self, account_id: &AccountId, account: &Account) -> Result<(), GenesisError> {
        let (amount, locked) = (account.amount(), account.locked());
        let supply = self.supply.checked_add(amount);
        self.supply = supply
            .and_then(|supply| supply.checked_add(locked))
            .filter(|supply| *supply <= MAX_TOKENS)
            .ok_or_else(|| GenesisError::TooManyTokens { account_id: account_id.clone() })?;
        if locked > Balance::ZERO || self.locked.contains_key(account_id) {
            self.locked.insert(account_id.clone(), locked);
        }
        Ok(())
    }

    /// How many records there were.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Compares with what the genesis says of its records, as nearcore does.
    pub(crate) fn check(&self, config: &GenesisConfig) -> Result<(), GenesisError> {
        if self.supply != config.total_supply {
            let (records, claimed) = (self.supply, config.total_supply);
            return Err(GenesisError::TotalSupply { records, claimed });
        }
        self.check_stakes(config)
    }

    /// Validators must have exactly their stakes locked, and other accounts nothing.
    fn check_stakes(&self, config: &GenesisConfig) -> Result<(), GenesisError> {
        let staked: BTreeMap<_, _> =
            config.validators.iter().map(|info| (&info.account_id, info.amount)).collect();
        for account_id in staked.keys().copied().chain(self.locked.keys()) {
            let staked = staked.get(account_id).copied().unwrap_or(Balance::ZERO);
            let locked = self.locked.get(account_id).copied().unwrap_or(Balance::ZERO);
            if staked != locked {
                let account_id = account_id.clone();
                return Err(GenesisError::Stake { account_id, locked, staked });
            }
        }
        Ok(())
    }
}
