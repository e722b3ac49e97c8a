//! How many bytes of storage accounts are charged for, by their records.

use borsh::{BorshDeserialize, BorshSerialize};
use near_parameters::StorageUsageConfig;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{Nonce, NonceIndex};
use std::ops::AddAssign;

/// The bytes of storage that `records` cost their accounts, all together.
pub fn storage_usage(records: &[StateRecord], config: &StorageUsageConfig) -> u64 {
    let mut usage = Usage::default();
    for record in records {
        usage += Usage::of(record).unwrap_or_default();
    }
    usage.bytes(config)
}

/// What an account is charged for, before prices. Receipts and received data cost nobody storage.
#[derive(Clone, Copy, Debug, Default, BorshDeserialize, BorshSerialize)]
pub(super) struct Usage {
    /// Account records.
    accounts: u64,
    /// Rows that cost more than their bytes.
    rows: u64,
    /// Bytes of contracts, and of rows' keys and values.
    bytes: u64,
}

impl Usage {
    /// What `record` costs its account, if anything.
    pub(super) fn of(record: &StateRecord) -> Option<Self> {
        let row = |key: usize, value: usize| Self { accounts: 0, rows: 1, bytes: len(key + value) };
        Some(match record {
            StateRecord::Account { .. } => Self { accounts: 1, rows: 0, bytes: 0 },
            StateRecord::Data { data_key, value, .. } => row(data_key.len(), value.len()),
            StateRecord::Contract { code, .. } => {
                Self { accounts: 0, rows: 0, bytes: len(code.len()) }
            }
            StateRecord::AccessKey { public_key, access_key, .. } => {
                let value = borsh::object_length(access_key).expect("counting does not fail");
                row(public_key.trie_id_len(), value)
            }
            StateRecord::GasKeyNonce { public_key, .. } => {
                let key = public_key.trie_id_len() + size_of::<NonceIndex>();
                row(key, size_of::<Nonce>())
            }
            StateRecord::PostponedReceipt(_)
            | StateRecord::ReceivedData { .. }
            | StateRecord::DelayedReceipt(_) => return None,
        })
    }

    /// The bytes that are charged for.
    pub(super) fn bytes(self, config: &StorageUsageConfig) -> u64 {
        self.accounts * config.num_bytes_account
            + self.rows * config.num_extra_bytes_record
            + self.bytes
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

fn len(bytes: usize) -> u64 {
    bytes as u64
}
