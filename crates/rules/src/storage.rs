//! The bytes of storage that an account pays for.

use borsh::{BorshDeserialize, BorshSerialize};
use near_crypto::PublicKeyHandle;
use near_parameters::StorageUsageConfig;
use near_primitives::account::AccessKey;
use near_primitives::state_record::StateRecord;
use near_primitives::types::NonceIndex;
use std::ops::AddAssign;

/// What an account pays for, before the protocol's surcharges for accounts and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshDeserialize, BorshSerialize)]
pub struct StorageUsage {
    /// Account records.
    accounts: u64,
    /// Rows with a surcharge.
    rows: u64,
    /// Bytes of contracts, and of the keys and values of rows.
    bytes: u64,
}

impl StorageUsage {
    /// An account's own record.
    pub const ACCOUNT: Self = Self { accounts: 1, rows: 0, bytes: 0 };

    /// A contract's code.
    #[must_use]
    pub fn contract(code_bytes: usize) -> Self {
        Self { accounts: 0, rows: 0, bytes: code_bytes as u64 }
    }

    /// An entry of contract data.
    #[must_use]
    pub fn data(key_bytes: usize, value_bytes: usize) -> Self {
        let bytes = (key_bytes as u64).saturating_add(value_bytes as u64);
        Self { accounts: 0, rows: 1, bytes }
    }

    /// An access key, without the nonce rows of a gas key.
    #[must_use]
    pub fn access_key(public_key: &PublicKeyHandle, access_key: &AccessKey) -> Self {
        let value = borsh::object_length(access_key).expect("counting does not fail");
        Self::data(public_key.trie_id_len(), value)
    }

    /// A nonce row of a gas key.
    #[must_use]
    pub fn nonce_row(public_key: &PublicKeyHandle) -> Self {
        let key = public_key.trie_id_len().saturating_add(size_of::<NonceIndex>());
        Self::data(key, AccessKey::NONCE_VALUE_LEN)
    }

    /// What its account pays for a record; `None` for receipts and received data, for which nobody pays.
    #[must_use]
    pub fn of_record(record: &StateRecord) -> Option<Self> {
        Some(match record {
            StateRecord::Account { .. } => Self::ACCOUNT,
            StateRecord::Data { data_key, value, .. } => Self::data(data_key.len(), value.len()),
            StateRecord::Contract { code, .. } => Self::contract(code.len()),
            StateRecord::AccessKey { public_key, access_key, .. } => {
                Self::access_key(public_key, access_key)
            }
            StateRecord::GasKeyNonce { public_key, .. } => Self::nonce_row(public_key),
            StateRecord::PostponedReceipt(_)
            | StateRecord::ReceivedData { .. }
            | StateRecord::DelayedReceipt(_) => return None,
        })
    }

    /// This many times.
    #[must_use]
    fn times(self, count: u64) -> Self {
        Self {
            accounts: self.accounts.saturating_mul(count),
            rows: self.rows.saturating_mul(count),
            bytes: self.bytes.saturating_mul(count),
        }
    }

    /// The bytes that are paid for.
    #[must_use]
    pub fn bytes(self, config: &StorageUsageConfig) -> u64 {
        let accounts = self.accounts.saturating_mul(config.num_bytes_account);
        let rows = self.rows.saturating_mul(config.num_extra_bytes_record);
        accounts.saturating_add(rows).saturating_add(self.bytes)
    }
}

impl AddAssign for StorageUsage {
    fn add_assign(&mut self, other: Self) {
        self.accounts = self.accounts.saturating_add(other.accounts);
        self.rows = self.rows.saturating_add(other.rows);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// The bytes that a key costs, including the nonce rows of a gas key.
#[must_use]
pub fn key_bytes(
    config: &StorageUsageConfig,
    public_key: impl Into<PublicKeyHandle>,
    access_key: &AccessKey,
) -> u64 {
    let public_key = public_key.into();
    let rows = access_key.gas_key_info().map_or(0, |info| u64::from(info.num_nonces));
    let mut usage = StorageUsage::access_key(&public_key, access_key);
    usage += StorageUsage::nonce_row(&public_key).times(rows);
    usage.bytes(config)
}

/// The bytes that `records` cost their accounts, in all.
#[must_use]
pub fn storage_usage(records: &[StateRecord], config: &StorageUsageConfig) -> u64 {
    let mut usage = StorageUsage::default();
    for record in records {
        usage += StorageUsage::of_record(record).unwrap_or_default();
    }
    usage.bytes(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;
    use near_crypto::{KeyType, PublicKey};
    use near_primitives::account::{AccessKeyPermission, FunctionCallPermission};
    use near_primitives::types::Balance;

    #[track_caller]
    fn check(key_type: KeyType, access_key: &AccessKey, bytes: u64) {
        let protocol = Protocol::new(86, "localnet").unwrap();
        let config = &protocol.config.fees.storage_usage_config;
        let public_key = PublicKey::from_seed(key_type, "seed");
        assert_eq!(key_bytes(config, &public_key, access_key), bytes);
    }

    fn function_call(allowance: Option<Balance>, methods: &[&str]) -> AccessKey {
        let permission = FunctionCallPermission {
            allowance,
            receiver_id: "game.near".to_owned(),
            method_names: methods.iter().map(|&name| name.to_owned()).collect(),
        };
        AccessKey { nonce: 0, permission: AccessKeyPermission::FunctionCall(permission) }
    }

    #[test]
    fn sizes_by_kind_of_key() {
        check(KeyType::ED25519, &AccessKey::full_access(), 82);
        check(KeyType::SECP256K1, &AccessKey::full_access(), 114);
        check(KeyType::MLDSA65, &AccessKey::full_access(), 82);
        check(KeyType::ED25519, &function_call(None, &[]), 91 + 9);
        check(KeyType::ED25519, &function_call(Some(Balance::ZERO), &["play"]), 107 + 9 + 8);
        check(KeyType::ED25519, &AccessKey::gas_key_full_access(16), 100 + 83 * 16);
    }
}
