//! Edits: patches that also delete, set balances, and keep storage usage right.

mod draft;

use crate::blocks::pace::Reason;
use crate::blocks::seal::Content;
use crate::chain::Chain;
use crate::inputs::patch::{PatchError, check};
use borsh::{BorshDeserialize, BorshSerialize};
use draft::Draft;
use near_crypto::PublicKeyHandle;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance};
use std::fmt;

/// Changes of the state without a transaction, all of them or none.
///
/// An account's storage usage follows what is written and deleted, unless `set` has the account's
/// own record, which is taken as it is. The same holds for the hash of its contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Records to write: accounts, access keys, contract data and contracts.
    pub set: Vec<StateRecord>,
    /// What to delete.
    pub delete: Vec<Deletion>,
    /// Unstaked balances to set, yoctoNEAR. The accounts must exist.
    pub balances: Vec<(AccountId, Balance)>,
}

/// Something to delete. Append variants; never change one: journals hold them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Deletion {
    /// An account with its keys, its contract and the contract's data. Its balance is gone.
    Account {
        /// The account.
        account_id: AccountId,
    },
    /// An access key; of a gas key also its nonce rows and its balance.
    AccessKey {
        /// The account.
        account_id: AccountId,
        /// The key, as the state names it.
        public_key: PublicKeyHandle,
    },
    /// An entry of contract data.
    Data {
        /// The account.
        account_id: AccountId,
        /// The contract's own key.
        key: Vec<u8>,
    },
    /// The contract of an account, its own or the global one that it uses; its data stays.
    Contract {
        /// The account.
        account_id: AccountId,
    },
}

impl fmt::Display for Deletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { account_id } => write!(f, "account {account_id}"),
            Self::AccessKey { account_id, public_key } => {
                write!(f, "access key {public_key} of {account_id}")
            }
            Self::Data { account_id, key } => {
                write!(f, "data key {:?} of {account_id}", String::from_utf8_lossy(key))
            }
            Self::Contract { account_id } => write!(f, "contract of {account_id}"),
        }
    }
}

impl Chain {
    /// Edits the state in a block of its own, and makes that final.
    pub(crate) fn edit(&mut self, edit: Edit, now_ns: u64) -> Result<(), PatchError> {
        let Edit { set, delete, balances } = edit;
        let config = &self.spec.protocol.config.fees.storage_usage_config;
        let mut draft = Draft::new(&self.head.state, config, set)?;
        for deletion in delete {
            draft.delete(deletion)?;
        }
        for (account_id, amount) in balances {
            draft.set_balance(&account_id, amount)?;
        }
        let (records, removed) = draft.finish();
        let patch = check(records, &self.head.state)?;
        let content = Content { patch, removed, reason: Reason::OnDemand, ..Content::default() };
        self.seal(self.next_height(), content, now_ns)?;
        Ok(self.finalize(now_ns)?)
    }
}

#[cfg(test)]
mod tests {
    mod edit;
}
