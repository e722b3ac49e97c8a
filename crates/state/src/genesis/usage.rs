//! How many bytes of storage each account is charged for, by its records.

use near_parameters::StorageUsageConfig;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Nonce, NonceIndex};
use std::collections::BTreeMap;

/// The bytes of storage that `records` cost their accounts, all together.
pub fn storage_usage(records: &[StateRecord], config: &StorageUsageConfig) -> u64 {
    let mut usage = StorageUsage::new(config);
    for record in records {
        usage.count(record);
    }
    usage.bytes.values().sum()
}

/// Sums of storage bytes by account. Receipts and received data cost nobody storage.
pub(super) struct StorageUsage<'c> {
    config: &'c StorageUsageConfig,
    /// Bytes by account.
    pub(super) bytes: BTreeMap<AccountId, u64>,
}

impl<'c> StorageUsage<'c> {
    pub(super) fn new(config: &'c StorageUsageConfig) -> Self {
        Self { config, bytes: BTreeMap::new() }
    }

    /// Adds what `record` costs its account.
    pub(super) fn count(&mut self, record: &StateRecord) {
        let row = self.config.num_extra_bytes_record;
        let (account_id, bytes) = match record {
            StateRecord::Account { account_id, .. } => (account_id, self.config.num_bytes_account),
            StateRecord::Data { account_id, data_key, value } => {
                (account_id, row + len(data_key.len()) + len(value.len()))
            }
            StateRecord::Contract { account_id, code } => (account_id, len(code.len())),
            StateRecord::AccessKey { account_id, public_key, access_key } => {
                let value = borsh::object_length(access_key).expect("counting does not fail");
                (account_id, row + len(public_key.trie_id_len()) + len(value))
            }
            StateRecord::GasKeyNonce { account_id, public_key, .. } => {
                let key = public_key.trie_id_len() + size_of::<NonceIndex>();
                (account_id, row + len(key) + len(size_of::<Nonce>()))
            }
            StateRecord::PostponedReceipt(_)
            | StateRecord::ReceivedData { .. }
            | StateRecord::DelayedReceipt(_) => return,
        };
        *self.bytes.entry(account_id.clone()).or_default() += bytes;
    }
}

fn len(bytes: usize) -> u64 {
    bytes as u64
}
