//! An edit on its way to records and removed rows.

use super::Deletion;
use crate::inputs::patch::PatchError;
use keyway_engine::StateError;
use keyway_rules::StorageUsage;
use keyway_state::{Trie, read};
use near_crypto::PublicKeyHandle;
use near_parameters::StorageUsageConfig;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::{AccountId, Balance};
use std::collections::{BTreeMap, BTreeSet};

/// Collects what an edit writes and removes, and what that does to its accounts.
pub(super) struct Draft<'a> {
    state: &'a Trie,
    config: &'a StorageUsageConfig,
    set: Vec<StateRecord>,
    /// The trie keys that `set` writes.
    written: BTreeSet<Vec<u8>>,
    /// Accounts whose record the edit has: it is taken as it is.
    given: BTreeSet<AccountId>,
    /// Accounts that are changed because of their rows.
    accounts: BTreeMap<AccountId, Account>,
    /// Rows to remove, by trie key.
    removed: BTreeMap<Vec<u8>, TrieKey>,
    deleted: BTreeSet<AccountId>,
}

impl<'a> Draft<'a> {
    /// An edit that writes `set`.
    pub(super) fn new(
        state: &'a Trie,
        config: &'a StorageUsageConfig,
        set: Vec<StateRecord>,
    ) -> Result<Self, PatchError> {
        let given = set.iter().filter_map(|record| match record {
            StateRecord::Account { account_id, .. } => Some(account_id.clone()),
            _ => None,
        });
        let mut draft = Self {
            state,
            config,
            given: given.collect(),
            written: set.iter().filter_map(row_of).collect(),
            set: Vec::new(),
            accounts: BTreeMap::new(),
            removed: BTreeMap::new(),
            deleted: BTreeSet::new(),
        };
        for record in &set {
            draft.count(record)?;
        }
        draft.set = set;
        Ok(draft)
    }

    /// Deletes something that exists.
    pub(super) fn delete(&mut self, deletion: Deletion) -> Result<(), PatchError> {
        let missing = || PatchError::NothingToDelete { what: deletion.to_string() };
        match &deletion {
            Deletion::Account { account_id } => {
                let account = read::account(self.state, account_id)?.ok_or_else(missing)?;
                self.delete_account(account_id, &account)
            }
            Deletion::AccessKey { account_id, public_key } => {
                let key = self.key(account_id, public_key)?.ok_or_else(missing)?;
                let bytes = self.remove_key(account_id, public_key, &key)?;
                self.grow(account_id, -i128::from(bytes))
            }
            Deletion::Data { account_id, key } => {
                let row =
                    TrieKey::ContractData { account_id: account_id.clone(), key: key.clone() };
                let value = self.state.get(&row.to_vec())?.ok_or_else(missing)?;
                self.remove(row)?;
                let usage = StorageUsage::data(key.len(), value.len());
                self.shrink(account_id, usage)
            }
            Deletion::Contract { account_id } => {
                let account = read::account(self.state, account_id)?.ok_or_else(missing)?;
                let contract = account.contract().into_owned();
                if contract == AccountContract::None {
                    return Err(missing());
                }
                self.shrink(account_id, self.usage_of_contract(account_id, &contract)?)?;
                if matches!(contract, AccountContract::Local(_)) {
                    self.remove(TrieKey::ContractCode { account_id: account_id.clone() })?;
                }
                self.with_account(account_id, |account| {
                    drop(account.set_contract(AccountContract::None));
                })
            }
        }
    }

    /// Sets the unstaked balance of an account that exists, yoctoNEAR.
    pub(super) fn set_balance(
        &mut self,
        account_id: &AccountId,
        amount: Balance,
    ) -> Result<(), PatchError> {
        if self.given.contains(account_id) {
            return Err(PatchError::Contradiction { what: format!("account {account_id}") });
        }
        if read::account(self.state, account_id)?.is_none() {
            return Err(PatchError::NoBalance { account_id: account_id.clone() });
        }
        self.with_account(account_id, |account| account.set_amount(amount))
    }

    /// The records to write, and the rows to remove before that. An account that is deleted has no
    /// record among them.
    pub(super) fn finish(mut self) -> (Vec<StateRecord>, Vec<TrieKey>) {
        let deleted = std::mem::take(&mut self.deleted);
        let accounts = self.accounts.into_iter();
        let accounts = accounts.filter(|(account_id, _)| !deleted.contains(account_id));
        let accounts =
            accounts.map(|(account_id, account)| StateRecord::Account { account_id, account });
        self.set.extend(accounts);
        (self.set, self.removed.into_values().collect())
    }

    fn delete_account(
        &mut self,
        account_id: &AccountId,
        account: &Account,
    ) -> Result<(), PatchError> {
        if !account.locked().is_zero() {
            let (account_id, staked) = (account_id.clone(), account.locked());
            return Err(PatchError::Staked { account_id, staked });
        }
        if self.set.iter().any(|record| owner(record) == Some(account_id)) {
            return Err(PatchError::Contradiction { what: format!("account {account_id}") });
        }
        if !self.deleted.insert(account_id.clone()) {
            return Err(PatchError::Contradiction { what: format!("account {account_id}") });
        }
        self.remove(TrieKey::Account { account_id: account_id.clone() })?;
        if matches!(account.contract().into_owned(), AccountContract::Local(_)) {
            self.remove(TrieKey::ContractCode { account_id: account_id.clone() })?;
        }
        let mut after = None;
        loop {
            let page = read::access_keys(self.state, account_id, after.as_ref(), PAGE)?;
            for (public_key, key) in &page.items {
                self.remove_key(account_id, public_key, key)?;
            }
            if !page.more {
                break;
            }
            after = page.items.into_iter().next_back().map(|(public_key, _)| public_key);
        }
        self.remove_data(account_id)
    }

    fn remove_data(&mut self, account_id: &AccountId) -> Result<(), PatchError> {
        let limit = read::DataLimit { items: PAGE, bytes: PAGE_BYTES };
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = read::contract_data(self.state, account_id, b"", after.as_deref(), limit)?;
            after = page.items.last().map(|(key, _)| key.clone());
            for (key, _) in page.items {
                self.remove(TrieKey::ContractData { account_id: account_id.clone(), key })?;
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Removes a key's rows. Returns the bytes that they cost their account.
    fn remove_key(
        &mut self,
        account_id: &AccountId,
        public_key: &PublicKeyHandle,
        key: &AccessKey,
    ) -> Result<u64, PatchError> {
        self.remove(TrieKey::access_key(account_id.clone(), public_key.clone()))?;
        for row in 0..key.gas_key_info().map_or(0, |info| info.num_nonces) {
            self.remove(TrieKey::gas_key_nonce(account_id.clone(), public_key.clone(), row))?;
        }
        Ok(keyway_rules::key_bytes(self.config, public_key.clone(), key))
    }

    fn remove(&mut self, key: TrieKey) -> Result<(), PatchError> {
        let bytes = key.to_vec();
        if self.written.contains(&bytes) || self.removed.contains_key(&bytes) {
            return Err(PatchError::Contradiction { what: format!("the row {key:?}") });
        }
        self.removed.insert(bytes, key);
        match self.removed.len() {
            0..=MOST_REMOVED => Ok(()),
            _ => Err(PatchError::TooManyRows { most: MOST_REMOVED }),
        }
    }

    /// Counts what writing `record` adds to what its account pays for.
    fn count(&mut self, record: &StateRecord) -> Result<(), PatchError> {
        let Some(account_id) = owner(record) else { return Ok(()) };
        if matches!(record, StateRecord::Account { .. }) || self.given.contains(account_id) {
            return Ok(());
        }
        let Some(account) = read::account(self.state, account_id)? else { return Ok(()) };
        let new = StorageUsage::of_record(record).unwrap_or_default().bytes(self.config);
        let old = match record {
            StateRecord::Contract { .. } => {
                self.usage_of_contract(account_id, &account.contract())?
            }
            StateRecord::AccessKey { public_key, .. } => self
                .key(account_id, public_key)?
                .map(|key| StorageUsage::access_key(public_key, &key))
                .unwrap_or_default(),
            StateRecord::Data { data_key, .. } => {
                let (account_id, key) = (account_id.clone(), data_key.to_vec());
                let value = self.state.get(&TrieKey::ContractData { account_id, key }.to_vec())?;
                value.map_or(StorageUsage::default(), |value| {
                    StorageUsage::data(data_key.len(), value.len())
                })
            }
            _ => return Ok(()),
        };
        self.grow(account_id, i128::from(new) - i128::from(old.bytes(self.config)))?;
        if let StateRecord::Contract { code, .. } = record {
            let contract = AccountContract::Local(hash(code));
            // An account that is not initialized keeps none, and the patch is refused for it.
            self.with_account(account_id, |account| drop(account.set_contract(contract)))?;
        }
        Ok(())
    }

    fn usage_of_contract(
        &self,
        account_id: &AccountId,
        contract: &AccountContract,
    ) -> Result<StorageUsage, StateError> {
        Ok(StorageUsage::contract(match contract {
            AccountContract::None => 0,
            AccountContract::Local(_) => {
                read::contract_code(self.state, account_id)?.map_or(0, |code| code.len())
            }
            AccountContract::Global(hash) => hash.as_bytes().len(),
            AccountContract::GlobalByAccount(publisher) => publisher.len(),
        }))
    }

    fn key(
        &self,
        account_id: &AccountId,
        public_key: &PublicKeyHandle,
    ) -> Result<Option<AccessKey>, PatchError> {
        let row = TrieKey::access_key(account_id.clone(), public_key.clone()).to_vec();
        let value = self.state.get(&row)?;
        let read = value.map(|value| borsh::from_slice(&value)).transpose();
        Ok(read.map_err(|error| StateError::Corrupt {
            what: format!("access key {public_key} of {account_id}: {error}"),
        })?)
    }

    fn shrink(&mut self, account_id: &AccountId, usage: StorageUsage) -> Result<(), PatchError> {
        self.grow(account_id, -i128::from(usage.bytes(self.config)))
    }

    /// Adds to the storage usage of an account, bytes. It stays at zero or above: a patched account
    /// may have any usage.
    fn grow(&mut self, account_id: &AccountId, by: i128) -> Result<(), PatchError> {
        self.with_account(account_id, |account| {
            let usage = i128::from(account.storage_usage()).saturating_add(by).max(0);
            account.set_storage_usage(u64::try_from(usage).unwrap_or(u64::MAX));
        })
    }

    /// Changes an account that the edit does not have a record of.
    fn with_account(
        &mut self,
        account_id: &AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Result<(), PatchError> {
        if self.given.contains(account_id) {
            return Ok(());
        }
        if !self.accounts.contains_key(account_id)
            && let Some(account) = read::account(self.state, account_id)?
        {
            self.accounts.insert(account_id.clone(), account);
        }
        self.accounts.get_mut(account_id).map(change);
        Ok(())
    }
}

/// The account that a record belongs to.
fn owner(record: &StateRecord) -> Option<&AccountId> {
    match record {
        StateRecord::Account { account_id, .. }
        | StateRecord::AccessKey { account_id, .. }
        | StateRecord::Data { account_id, .. }
        | StateRecord::Contract { account_id, .. } => Some(account_id),
        _ => None,
    }
}

/// The trie key of the row that a record sets.
fn row_of(record: &StateRecord) -> Option<Vec<u8>> {
    crate::inputs::patch::trie_key(record).ok().map(|key| key.to_vec())
}

/// How many rows one edit may remove.
const MOST_REMOVED: usize = 1_000_000;
/// How many rows are listed at a time.
const PAGE: usize = 10_000;
/// How many bytes of data are listed at a time.
const PAGE_BYTES: u64 = 16 << 20;
