//! What can be learned by another way, where no endpoint answers the plain question: an old node shows
//! no contract data of a large contract, but an account's storage usage can say that it has none.

use crate::errand::Errand;
use crate::error::ForkError;
use crate::fork::Inner;
use crate::known::Reach;
use crate::reader::Learned;
use crate::row::{Row, data_key};
use borsh::BorshDeserialize;
use near_crypto::PublicKeyHandle;
use near_primitives::account::{AccessKey, AccountContract};
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;
use near_primitives::types::AccountId;

impl Inner {
    /// Learns otherwise what the errand was for.
    ///
    /// # Errors
    /// `refused`, if there is no other way.
    pub(crate) fn detour(
        &self,
        errand: Errand<'_>,
        refused: ForkError,
    ) -> Result<Learned, ForkError> {
        if !matches!(refused, ForkError::CannotAnswer { .. }) {
            return Err(refused);
        }
        match errand {
            Errand::One(Row::AccessKey(account_id, _)) => {
                let found = self.fetch_keys(account_id);
                found.map_err(|_| refused)
            }
            Errand::AllData(account_id) | Errand::One(Row::Data(account_id, _)) => {
                match self.unexplained_bytes(account_id) {
                    Ok(Some(0)) => Ok(Learned {
                        rows: Vec::new(),
                        ranges: vec![(data_key(account_id, b""), Reach::All)],
                    }),
                    _ => Err(refused),
                }
            }
            _ => Err(refused),
        }
    }

    /// The part of an account's storage usage that is neither of the account itself nor of its code
    /// and keys, bytes: that of its contract data. None if it cannot be told.
    ///
    /// The protocol counts 100 bytes for an account, the code or the name of a global contract, and
    /// for each key 40 bytes beside those of the key and its permission.
    fn unexplained_bytes(&self, account_id: &AccountId) -> Result<Option<u64>, ForkError> {
        let Some(account) = self.account(account_id)? else { return Ok(None) };
        let contract = match account.contract().into_owned() {
            AccountContract::None => 0,
            AccountContract::Local(_) => {
                let code = Row::Code(account_id.clone()).key().and_then(|key| self.store.get(&key));
                let Some(Some(code)) = code else { return Ok(None) };
                code.len() as u64
            }
            AccountContract::Global(_) => 32,
            AccountContract::GlobalByAccount(owner) => owner.len() as u64,
        };
        let prefix = get_raw_prefix_for_access_keys(account_id);
        let mut explained = ACCOUNT_BYTES + contract;
        for (key, value) in self.listing(&prefix, None)?.entries {
            let mut handle = &key[prefix.len()..];
            let plain = matches!(
                PublicKeyHandle::deserialize(&mut handle),
                Ok(PublicKeyHandle::ED25519(_) | PublicKeyHandle::SECP256K1(_))
            );
            let gas_key =
                AccessKey::try_from_slice(&value).map_or(true, |key| key.gas_key_info().is_some());
            if !plain || gas_key || !handle.is_empty() {
                return Ok(None);
            }
            explained += RECORD_BYTES + (key.len() - prefix.len() + value.len()) as u64;
        }
        Ok(account.storage_usage().checked_sub(explained))
    }
}

/// Storage usage of an account without anything, bytes.
const ACCOUNT_BYTES: u64 = 100;
/// Storage usage of a record beside its key and value, bytes.
const RECORD_BYTES: u64 = 40;
