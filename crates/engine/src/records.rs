//! Typed reads and writes of accounts and keys in an overlay.

use crate::overlay::Overlay;
use crate::state::StateError;
use near_crypto::{PublicKey, PublicKeyHandle};
use near_primitives::account::{AccessKey, Account};
use near_primitives::trie_key::TrieKey;
use near_primitives::trie_key::trie_key_parsers::{
    get_raw_prefix_for_access_keys, get_raw_prefix_for_contract_data,
    parse_data_key_from_contract_data_key, parse_key_handle_from_access_key_key,
    parse_nonce_index_from_gas_key_key,
};
use near_primitives::types::{AccountId, Nonce, NonceIndex};

impl Overlay<'_> {
    pub(crate) fn account(&self, account_id: &AccountId) -> Result<Option<Account>, StateError> {
        self.read(&TrieKey::Account { account_id: account_id.clone() })
    }

    pub(crate) fn set_account(&mut self, account_id: &AccountId, account: &Account) {
        self.write(TrieKey::Account { account_id: account_id.clone() }, account);
    }

    pub(crate) fn access_key(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
    ) -> Result<Option<AccessKey>, StateError> {
        self.read(&TrieKey::access_key(account_id.clone(), public_key))
    }

    pub(crate) fn set_access_key(
        &mut self,
        account_id: &AccountId,
        key_handle: impl Into<PublicKeyHandle>,
        access_key: &AccessKey,
    ) {
        self.write(TrieKey::access_key(account_id.clone(), key_handle), access_key);
    }

    pub(crate) fn remove_access_key(&mut self, account_id: &AccountId, public_key: &PublicKey) {
        self.remove(TrieKey::access_key(account_id.clone(), public_key));
    }

    /// The nonce in row `index` of a gas key (NEP-611).
    pub(crate) fn gas_key_nonce(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        index: NonceIndex,
    ) -> Result<Option<Nonce>, StateError> {
        self.read(&TrieKey::gas_key_nonce(account_id.clone(), public_key, index))
    }

    pub(crate) fn set_gas_key_nonce(
        &mut self,
        account_id: &AccountId,
        public_key: &PublicKey,
        index: NonceIndex,
        nonce: Nonce,
    ) {
        self.write(TrieKey::gas_key_nonce(account_id.clone(), public_key, index), &nonce);
    }

    pub(crate) fn remove_gas_key_nonce(
        &mut self,
        account_id: &AccountId,
        public_key: &PublicKey,
        index: NonceIndex,
    ) {
        self.remove(TrieKey::gas_key_nonce(account_id.clone(), public_key, index));
    }

    /// Every access key row and gas-key nonce row of the account.
    pub(crate) fn key_rows(&self, account_id: &AccountId) -> Result<Vec<TrieKey>, StateError> {
        let prefix = get_raw_prefix_for_access_keys(account_id);
        let corrupt = |_| StateError::Corrupt { what: format!("the access keys of {account_id}") };
        self.keys_with_prefix(&prefix)?
            .iter()
            .map(|raw| {
                let handle =
                    parse_key_handle_from_access_key_key(raw, account_id).map_err(corrupt)?;
                let index = parse_nonce_index_from_gas_key_key(raw, account_id, &handle)
                    .map_err(corrupt)?;
                Ok(match index {
                    Some(index) => TrieKey::gas_key_nonce(account_id.clone(), handle, index),
                    None => TrieKey::access_key(account_id.clone(), handle),
                })
            })
            .collect()
    }

    /// Every contract data row of the account.
    pub(crate) fn data_rows(&self, account_id: &AccountId) -> Result<Vec<TrieKey>, StateError> {
        let prefix = get_raw_prefix_for_contract_data(account_id, &[]);
        let corrupt = |_| StateError::Corrupt { what: format!("the data of {account_id}") };
        self.keys_with_prefix(&prefix)?
            .iter()
            .map(|raw| {
                let key =
                    parse_data_key_from_contract_data_key(raw, account_id).map_err(corrupt)?;
                Ok(TrieKey::ContractData { account_id: account_id.clone(), key: key.to_vec() })
            })
            .collect()
    }
}
