//! The results of queries, as nodes write them.

use crate::upstream::OfBlock;
use near_crypto::PublicKeyHandle;
use near_primitives::account::{AccessKey, Account, AccountContract};
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Balance, Nonce, StorageUsage};
use near_primitives::views::{AccessKeyInfoView, AccessKeyPermissionView};
use serde::Deserialize;

/// `view_account`.
#[derive(Debug, Deserialize)]
pub(crate) struct AccountAnswer {
    block_hash: String,
    amount: Balance,
    locked: Balance,
    code_hash: CryptoHash,
    storage_usage: StorageUsage,
    #[serde(default)]
    global_contract_hash: Option<CryptoHash>,
    #[serde(default)]
    global_contract_account_id: Option<AccountId>,
    #[serde(default)]
    state: near_primitives::account::AccountState,
    #[serde(default)]
    bootstrap_nonce: Option<Nonce>,
}

impl AccountAnswer {
    /// Why no account can be like this; none if one can.
    pub(crate) fn check(&self) -> Result<(), String> {
        let global = self.global_contract_hash.is_some() as u8
            + self.global_contract_account_id.is_some() as u8
            + (self.code_hash != CryptoHash::default()) as u8;
        if global > 1 {
            return Err("an account with two contracts".to_owned());
        }
        if self.state.is_initialized() == self.bootstrap_nonce.is_some() {
            return Err("an account with a state that does not fit its bootstrap nonce".to_owned());
        }
        Ok(())
    }

    /// The account as the state has it.
    pub(crate) fn account(self) -> Account {
        if let Some(nonce) = self.bootstrap_nonce {
            return Account::new_uninitialized(self.amount, self.storage_usage, nonce);
        }
        let contract = match (self.global_contract_hash, self.global_contract_account_id) {
            (Some(hash), _) => AccountContract::Global(hash),
            (None, Some(account_id)) => AccountContract::GlobalByAccount(account_id),
            (None, None) => AccountContract::from_local_code_hash(self.code_hash),
        };
        Account::new(self.amount, self.locked, contract, self.storage_usage)
    }
}

/// `view_access_key`: a key, or, as a result, the error that there is none.
#[derive(Debug, Deserialize)]
pub(crate) struct KeyAnswer {
    block_hash: String,
    error: Option<String>,
    nonce: Option<Nonce>,
    permission: Option<AccessKeyPermissionView>,
}

impl KeyAnswer {
    /// Why this is neither a key nor the absence of one; none if it is.
    pub(crate) fn check(&self) -> Result<(), String> {
        match (&self.error, self.nonce, &self.permission) {
            (None, Some(_), Some(_)) => Ok(()),
            (Some(error), None, None) if error.contains("does not exist") => Ok(()),
            (Some(error), _, _) => Err(crate::envelope::plain(error)),
            _ => Err("a key without a nonce or a permission".to_owned()),
        }
    }

    pub(crate) fn key(self) -> Option<AccessKey> {
        Some(AccessKey { nonce: self.nonce?, permission: self.permission?.into() })
    }
}

/// `view_access_key_list`.
#[derive(Debug, Deserialize)]
pub(crate) struct KeysAnswer {
    block_hash: String,
    pub(crate) keys: Vec<AccessKeyInfoView>,
    #[serde(default)]
    pub(crate) last_key: Option<PublicKeyHandle>,
}

/// `view_gas_key_nonces`.
#[derive(Debug, Deserialize)]
pub(crate) struct NoncesAnswer {
    block_hash: String,
    pub(crate) nonces: Vec<Nonce>,
}

/// `view_code` and the views of global contracts.
#[derive(Debug, Deserialize)]
pub(crate) struct CodeAnswer {
    block_hash: String,
    pub(crate) code_base64: String,
    pub(crate) hash: CryptoHash,
}

/// `view_state`.
#[derive(Debug, Deserialize)]
pub(crate) struct StateAnswer {
    block_hash: String,
    pub(crate) values: Vec<Item>,
    #[serde(default)]
    pub(crate) last_key: Option<String>,
    #[serde(default)]
    pub(crate) proof: Vec<String>,
}

/// A row of contract data, in base64.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) key: String,
    pub(crate) value: String,
}

macro_rules! of_block {
    ($($answer:ty),+) => {
        $(impl OfBlock for $answer {
            fn block_hash(&self) -> Option<&str> {
                Some(&self.block_hash)
            }
        })+
    };
}

of_block!(AccountAnswer, KeyAnswer, KeysAnswer, NoncesAnswer, CodeAnswer, StateAnswer);
