//! The function-call keys of a locked account.

use crate::facts::{AccountFacts, KeyFacts};
use crate::grant::{GasBudget, Grant};
use near_crypto::PublicKeyHandle;
use near_primitives::types::AccountId;
use serde::Serialize;

/// A function-call key of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallKey {
    /// The key, as the chain lists it.
    pub public_key: PublicKeyHandle,
    /// What it may call.
    pub grant: Grant,
    /// What it can spend on gas.
    pub gas: GasBudget,
    /// Whether it calls the account's own contract. Its calls then come from the account itself, so
    /// methods that only the account may call accept them.
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
