//! The state that a genesis describes.

mod account;
mod entries;
mod error;
mod receipts;
mod sort;

pub use error::GenesisError;

use crate::build;
use crate::rows::{RowSink, Rows};
use crate::source::StoredNodes;
use crate::trie::Trie;
use account::AccountRow;
use entries::Entries;
use keyway_rules::StorageUsage;
use near_crypto::PublicKey;
use near_parameters::RuntimeConfig;
use near_primitives::hash::hash;
use near_primitives::receipt::ReceivedData;
use near_primitives::state_record::{StateRecord, state_record_to_account_id};
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance};
use receipts::Receipts;
use sort::{Row, Sorter};
use std::path::Path;
use std::sync::Arc;

/// The state after applying `records` in order; see [`GenesisDraft`].
///
/// # Errors
/// When records contradict each other or name accounts that have no record.
pub fn genesis_state(
    records: impl IntoIterator<Item = StateRecord>,
    validators: &[(AccountId, PublicKey, Balance)],
    config: &RuntimeConfig,
) -> Result<Trie, GenesisError> {
    let mut draft = GenesisDraft::default();
    for record in records {
        draft.add(record)?;
    }
    draft.in_memory(validators, config)
}

/// A state that is being built from records, in any order and any number.
///
/// Every account's storage usage is computed from the records, whatever its record says, and
/// every validator gets its genesis stake (yoctoNEAR) as locked balance. Records of the reserved
/// account `system` are left out, as nearcore does. An account or contract must not have two
/// records; the last of several records of a key or of a data entry counts.
#[derive(Debug, Default)]
pub struct GenesisDraft {
    rows: Sorter,
    receipts: Receipts,
}

impl GenesisDraft {
    /// A draft that uses about 100 MB of memory at most: the rest goes to unnamed files in `dir`, which
    /// are deleted with this value. Receipts stay in memory.
    #[must_use]
    pub fn spilling_to(dir: &Path) -> Self {
        Self { rows: Sorter::spilling_to(dir), receipts: Receipts::default() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`GenesisError::Disk`].
    pub fn add(&mut self, record: StateRecord) -> Result<(), GenesisError> {
        let account_id = state_record_to_account_id(&record);
        if account_id.is_system() {
            return Ok(());
        }
        if let Some(usage) = StorageUsage::of_record(&record) {
            let has_key = matches!(record, StateRecord::AccessKey { .. });
            let has_data =
                matches!(record, StateRecord::Data { .. } | StateRecord::GasKeyNonce { .. });
            let row = AccountRow { usage, has_key, has_data, ..AccountRow::default() };
            self.put_account(account_id.clone(), row)?;
        }
        match record {
            StateRecord::Account { account_id, account } => {
                let row = AccountRow { account: Some(account), ..AccountRow::default() };
                self.put_account(account_id, row)
            }
            StateRecord::Data { account_id, data_key, value } => {
                let key = TrieKey::ContractData { account_id, key: data_key.into() };
                self.put(&key, value.into())
            }
            StateRecord::Contract { account_id, code } => {
                let row = AccountRow { contract: Some(hash(&code)), ..AccountRow::default() };
                self.put_account(account_id.clone(), row)?;
                self.put(&TrieKey::ContractCode { account_id }, code)
            }
            StateRecord::AccessKey { account_id, public_key, access_key } => {
                self.put(&TrieKey::access_key(account_id, public_key), encoded(&access_key))
            }
            StateRecord::GasKeyNonce { account_id, public_key, index, nonce } => {
                let key = TrieKey::gas_key_nonce(account_id, public_key, index);
                self.put(&key, encoded(&nonce))
            }
            StateRecord::ReceivedData { account_id, data_id, data } => {
                self.receipts.receive(account_id.clone(), data_id);
                let key = TrieKey::ReceivedData { receiver_id: account_id, data_id };
                self.put(&key, encoded(&ReceivedData { data }))
            }
            StateRecord::PostponedReceipt(receipt) => {
                self.receipts.postpone(*receipt);
                Ok(())
            }
            StateRecord::DelayedReceipt(delayed) => {
                let key = self.receipts.delay();
                self.put(&key, encoded(&delayed.receipt))
            }
        }
    }

    /// Adds a row for which there is no kind of record.
    ///
    /// # Errors
    /// As [`GenesisDraft::add`].
    pub fn put(&mut self, key: &TrieKey, value: Vec<u8>) -> Result<(), GenesisError> {
        self.rows.put(key.to_vec(), Row::Value(value))
    }

    /// The state, in memory.
    ///
    /// # Errors
    /// When records contradict each other or name accounts that have no record.
    pub fn in_memory(
        self,
        validators: &[(AccountId, PublicKey, Balance)],
        config: &RuntimeConfig,
    ) -> Result<Trie, GenesisError> {
        build::in_memory(self.entries(validators, config)?)
    }

    /// Writes the state to the empty store behind `nodes`, through `sink`. Returns it with the number
    /// of the first free row. Memory does not grow with the state.
    ///
    /// # Errors
    /// As [`GenesisDraft::in_memory`], and when the rows cannot be written.
    pub fn in_store(
        self,
        validators: &[(AccountId, PublicKey, Balance)],
        config: &RuntimeConfig,
        nodes: &StoredNodes,
        sink: &mut dyn RowSink,
    ) -> Result<(Trie, u64), GenesisError> {
        build::in_store(
            self.entries(validators, config)?,
            nodes,
            Rows::new(0, Arc::default()),
            sink,
        )
    }

    fn entries<'a>(
        mut self,
        validators: &'a [(AccountId, PublicKey, Balance)],
        config: &'a RuntimeConfig,
    ) -> Result<Entries<'a>, GenesisError> {
        for (key, value) in self.receipts.rows()? {
            self.rows.put(key.to_vec(), Row::Value(value))?;
        }
        Ok(Entries::new(self.rows.sorted()?, validators, &config.fees.storage_usage_config))
    }

    fn put_account(&mut self, account_id: AccountId, row: AccountRow) -> Result<(), GenesisError> {
        self.rows.put(TrieKey::Account { account_id }.to_vec(), Row::Account(Box::new(row)))
    }
}

fn encoded(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    let mut bytes = borsh::to_vec(value).expect("writing to memory does not fail");
    // A new vector has room for a kilobyte, and there may be millions.
    bytes.shrink_to_fit();
    bytes
}

#[cfg(test)]
mod tests {
    mod genesis;
}
