//! Nonces of gas keys of which the state has only the hash of the public key.

use crate::errand::Errand;
use crate::error::ForkError;
use crate::fork::Inner;
use crate::row::Row;
use borsh::BorshDeserialize;
use keyway_state::Value;
use near_crypto::PublicKeyHandle;
use near_primitives::account::AccessKey;
use near_primitives::types::{AccountId, NonceIndex};

impl Inner {
    /// The row of a nonce. That the account's keys were listed says nothing about it: nodes look up
    /// such nonces by the public key, which a list of keys does not have.
    pub(crate) fn nonce_by_hash(
        &self,
        row: &Row,
        (account_id, handle, index): (&AccountId, &PublicKeyHandle, NonceIndex),
        key: &[u8],
    ) -> Result<Option<Value>, ForkError> {
        let known = self.store.known().row(key);
        if let Some(found) = known {
            self.counters.hits.add(1);
            return Ok(found);
        }
        let of_key = Row::AccessKey(account_id.clone(), handle.clone());
        let value = of_key.key().map(|key| self.row(&of_key, &key)).transpose()?.flatten();
        let access_key = value.and_then(|value| AccessKey::try_from_slice(&value).ok());
        let info = access_key.as_ref().and_then(AccessKey::gas_key_info);
        if info.is_none_or(|info| index >= info.num_nonces) {
            return Ok(None);
        }
        Ok(self.run(Errand::One(row))?.answer(key).flatten())
    }
}
