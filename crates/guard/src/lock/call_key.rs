//! The keys of a locked account that may still call a contract.

use crate::facts::{AccountFacts, KeyFacts};
use crate::grant::{GasBudget, Grant};
use near_crypto::PublicKeyHandle;
use near_primitives::types::AccountId;
use serde::Serialize;

/// A key that may call one contract in the account's name, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallKey {
    /// The key, as the chain lists it.
    pub public_key: PublicKeyHandle,
    /// What it may call.
    pub grant: Grant,
    /// What it can spend on gas.
    pub gas: GasBudget,
    /// Whether it calls the account's own contract. Its holder then passes for the account itself,
    /// and methods that let only the account in are open to him.
    pub own_contract: bool,
}

impl CallKey {
    pub(super) fn all_of(facts: &AccountFacts) -> Vec<Self> {
        facts.keys.iter().filter_map(|key| Self::of(&facts.account_id, key)).collect()
    }

    fn of(account_id: &AccountId, key: &KeyFacts) -> Option<Self> {
        let permission = &key.access_key.permission;
        let grant = Grant::of(permission);
        let Grant::Calls { receiver_id, .. } = &grant else { return None };
        Some(Self {
            public_key: key.public_key.clone(),
            own_contract: receiver_id == account_id.as_str(),
            gas: GasBudget::of(permission),
            grant,
        })
    }
}
