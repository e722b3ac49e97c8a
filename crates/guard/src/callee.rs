//! Contracts that act in the name of those who call them, known by name or by code.
//!
//! The lists are short on purpose: a contract that is missing is found by the other rules, one that
//! does not belong would accuse a harmless key.

use crate::AccountFacts;
use near_primitives::account::AccountContract;
use near_primitives::types::AccountId;
use serde::Serialize;

/// The contracts of chain signatures: what they sign moves funds on other chains.
const SIGNERS: [&str; 2] = ["v1.signer", "v1.signer-prod.testnet"];

/// Multisigs from near/core-contracts, as wallets deployed them for two-factor confirmation.
const MULTISIGS: [&str; 4] = [
    "7GQStUCd8bmCK43bzD8PRh7sD2uyyeMJU5h8Rj3kXXJk",
    "AEE3vt6S3pS2s7K6HXnZc46VyMyJcjygSMsaafFh67DF",
    "8DKTSceSbxVgh4ANXwqmRqGyPWCuZAR1fCqGPXUjD5nZ",
    "55E7imniT2uuYrECn17qJAk9fLcwQW4ftNSwmCJL5Di",
];

/// What a contract is to an account that calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Callee {
    /// The account's own: it may do to it whatever a full-access key may.
    Own(OwnCode),
    /// It signs or votes in the account's name.
    Signer,
    /// Any other. It may hold tokens for the account.
    Other,
}

/// What an account's own contract is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnCode {
    /// There is none, yet.
    None,
    /// A multisig whose members are the account's keys.
    Multisig,
    /// Something else.
    Other,
}

impl Callee {
    /// What `receiver_id` is to `account`. It signs where everybody knows so, or `signers` has it.
    pub(crate) fn of(account: &AccountFacts, receiver_id: &str, signers: &[AccountId]) -> Self {
        if receiver_id == account.account_id.as_str() {
            return Self::Own(OwnCode::of(&account.account.contract()));
        }
        let listed = signers.iter().any(|id| id.as_str() == receiver_id);
        if listed || SIGNERS.contains(&receiver_id) { Self::Signer } else { Self::Other }
    }
}

impl OwnCode {
    fn of(contract: &AccountContract) -> Self {
        match contract {
            AccountContract::None => Self::None,
            known if is_multisig(known) => Self::Multisig,
            _ => Self::Other,
        }
    }
}

/// Whether `contract` is a multisig whose members are its account's keys.
fn is_multisig(contract: &AccountContract) -> bool {
    let hash = match contract {
        AccountContract::Local(hash) | AccountContract::Global(hash) => hash.to_string(),
        AccountContract::None | AccountContract::GlobalByAccount(_) => return false,
    };
    MULTISIGS.contains(&hash.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::hash::CryptoHash;

    #[test]
    fn every_hash_is_one() {
        for hash in MULTISIGS {
            let hash: CryptoHash = hash.parse().unwrap();
            assert!(is_multisig(&AccountContract::Local(hash)));
        }
        assert!(!is_multisig(&AccountContract::Local(CryptoHash::hash_bytes(b"game"))));
        assert!(!is_multisig(&AccountContract::None));
    }
}
