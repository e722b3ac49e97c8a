//! The state that a genesis file describes.

mod error;
mod receipts;
mod usage;

pub use error::GenesisError;
pub use usage::storage_usage;

use crate::trie::Trie;
use keyway_engine::Value;
use near_crypto::PublicKey;
use near_parameters::RuntimeConfig;
use near_primitives::account::Account;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::receipt::ReceivedData;
use near_primitives::state_record::{StateRecord, state_record_to_account_id};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance};
use receipts::Receipts;
use std::collections::BTreeMap;
use usage::StorageUsage;

/// The state after applying `records` in order.
///
/// Every account's storage usage is computed from the records, whatever its record says, and
/// every validator gets its genesis stake (yoctoNEAR) as locked balance. Records of the reserved
/// account `system` are left out, as nearcore does.
///
/// # Errors
/// When records contradict each other or name accounts that have no record.
pub fn genesis_state(
    records: impl IntoIterator<Item = StateRecord>,
    validators: &[(AccountId, PublicKey, Balance)],
    config: &RuntimeConfig,
) -> Result<Trie, GenesisError> {
    let mut draft = Draft::default();
    let mut usage = StorageUsage::new(&config.fees.storage_usage_config);
    for record in records {
        if !state_record_to_account_id(&record).is_system() {
            usage.count(&record);
            draft.add(record)?;
        }
    }
    draft.set_storage_usage(usage)?;
    draft.lock_stakes(validators)?;
    draft.check_contracts()?;
    draft.finish()
}

/// The state while records come in.
#[derive(Default)]
struct Draft {
    accounts: BTreeMap<AccountId, Account>,
    /// Hashes of the local contracts.
    contracts: BTreeMap<AccountId, CryptoHash>,
    receipts: Receipts,
    /// All other rows, and those of contracts.
    rows: Rows,
}

impl Draft {
    fn add(&mut self, record: StateRecord) -> Result<(), GenesisError> {
        match record {
            StateRecord::Account { account_id, account } => {
                self.accounts.insert(account_id, account);
            }
            StateRecord::Data { account_id, data_key, value } => {
                let key = TrieKey::ContractData { account_id, key: data_key.into() };
                self.rows.put_bytes(&key, Vec::from(value));
            }
            StateRecord::Contract { account_id, code } => self.add_contract(account_id, code)?,
            StateRecord::AccessKey { account_id, public_key, access_key } => {
                self.rows.put(&TrieKey::access_key(account_id, public_key), &access_key);
            }
            StateRecord::GasKeyNonce { account_id, public_key, index, nonce } => {
                self.rows.put(&TrieKey::gas_key_nonce(account_id, public_key, index), &nonce);
            }
            StateRecord::ReceivedData { account_id, data_id, data } => {
                let key = TrieKey::ReceivedData { receiver_id: account_id, data_id };
                self.rows.put(&key, &ReceivedData { data });
            }
            StateRecord::PostponedReceipt(receipt) => self.receipts.postpone(*receipt),
            StateRecord::DelayedReceipt(delayed) => {
                self.receipts.delay(&delayed.receipt, &mut self.rows);
            }
        }
        Ok(())
    }

    fn add_contract(&mut self, account_id: AccountId, code: Vec<u8>) -> Result<(), GenesisError> {
        let Some(account) = self.accounts.get(&account_id) else {
            return Err(GenesisError::ContractBeforeAccount { account_id });
        };
        let expected = account.local_contract_hash().unwrap_or_default();
        let found = hash(&code);
        if expected != found {
            return Err(GenesisError::ContractMismatch { account_id, expected, found });
        }
        self.rows.put_bytes(&TrieKey::ContractCode { account_id: account_id.clone() }, code);
        self.contracts.insert(account_id, found);
        Ok(())
    }

    fn set_storage_usage(&mut self, usage: StorageUsage<'_>) -> Result<(), GenesisError> {
        for (account_id, bytes) in usage.bytes {
            match self.accounts.get_mut(&account_id) {
                Some(account) => account.set_storage_usage(bytes),
                None => return Err(GenesisError::NoAccount { account_id }),
            }
        }
        Ok(())
    }

    fn lock_stakes(
        &mut self,
        validators: &[(AccountId, PublicKey, Balance)],
    ) -> Result<(), GenesisError> {
        for (account_id, _, stake) in validators {
            let Some(account) = self.accounts.get_mut(account_id) else {
                return Err(GenesisError::NoValidatorAccount { account_id: account_id.clone() });
            };
            account.set_locked(*stake).map_err(|_| GenesisError::UninitializedValidator {
                account_id: account_id.clone(),
            })?;
        }
        Ok(())
    }

    /// A later record of the same account may have changed the hash, and some contracts may be
    /// missing altogether.
    fn check_contracts(&self) -> Result<(), GenesisError> {
        for (account_id, account) in &self.accounts {
            let expected = account.local_contract_hash();
            let found = self.contracts.get(account_id).copied();
            if expected == found {
                continue;
            }
            let account_id = account_id.clone();
            return Err(match (expected, found) {
                (Some(code_hash), None) => GenesisError::NoContract { account_id, code_hash },
                (expected, found) => GenesisError::ContractMismatch {
                    account_id,
                    expected: expected.unwrap_or_default(),
                    found: found.unwrap_or_default(),
                },
            });
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Trie, GenesisError> {
        self.receipts.finish(&mut self.rows)?;
        for (account_id, account) in self.accounts {
            self.rows.put(&TrieKey::Account { account_id }, &account);
        }
        let writes = self.rows.0.into_iter().map(|(key, value)| (key, Some(value)));
        Ok(Trie::empty().apply(writes))
    }
}

/// Rows of the state to be, by trie key.
#[derive(Default)]
struct Rows(BTreeMap<Vec<u8>, Value>);

impl Rows {
    fn put(&mut self, key: &TrieKey, value: &impl borsh::BorshSerialize) {
        let bytes = borsh::to_vec(value).expect("writing to memory does not fail");
        self.put_bytes(key, bytes);
    }

    fn put_bytes(&mut self, key: &TrieKey, value: Vec<u8>) {
        self.0.insert(key.to_vec(), value.into());
    }

    fn has(&self, key: &TrieKey) -> bool {
        self.0.contains_key(&key.to_vec())
    }
}

#[cfg(test)]
mod tests {
    mod genesis;
}
