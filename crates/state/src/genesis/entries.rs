//! The entries of the genesis state, made from sorted rows.

use super::error::GenesisError;
use super::sort::{Row, Sorted};
use crate::build::Entry;
use near_crypto::PublicKey;
use near_parameters::StorageUsageConfig;
use near_primitives::trie_key::trie_key_parsers::parse_account_id_from_account_key;
use near_primitives::types::{AccountId, Balance};
use std::collections::BTreeMap;

/// The entries of a state, in the order of their keys.
pub(super) struct Entries<'a> {
    rows: Sorted,
    /// Stakes of validators whose accounts are still to come, yoctoNEAR.
    stakes: BTreeMap<&'a AccountId, Balance>,
    storage: &'a StorageUsageConfig,
}

impl<'a> Entries<'a> {
    pub(super) fn new(
        rows: Sorted,
        validators: &'a [(AccountId, PublicKey, Balance)],
        storage: &'a StorageUsageConfig,
    ) -> Self {
        let stakes = validators.iter().map(|(account_id, _, stake)| (account_id, *stake));
        Self { rows, stakes: stakes.collect(), storage }
    }

    fn next_entry(&mut self) -> Result<Option<Entry>, GenesisError> {
        let Some((key, row)) = self.rows.next().transpose()? else {
            return match self.stakes.pop_first() {
                Some((account_id, _)) => {
                    Err(GenesisError::NoValidatorAccount { account_id: account_id.clone() })
                }
                None => Ok(None),
            };
        };
        let value = match row {
            Row::Value(value) => value,
            Row::Account(row) => {
                let account_id = parse_account_id_from_account_key(&key)
                    .expect("the key was made from an account id");
                let stake = self.stakes.remove(&account_id);
                super::encoded(&row.into_account(&account_id, stake, self.storage)?)
            }
        };
        Ok(Some((key, value.into())))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, GenesisError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_entry().transpose()
    }
}
