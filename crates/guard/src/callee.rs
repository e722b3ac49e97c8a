//! Contracts that act in the name of their callers, known by account id or by code.
//!
//! The lists are short on purpose: other rules catch contracts that are missing, but a contract listed
//! by mistake would make a harmless key suspicious.

use crate::AccountFacts;
use near_primitives::account::AccountContract;
use near_primitives::types::AccountId;
use serde::Serialize;

/// The contracts of chain signatures, which sign transactions of other chains.
const SIGNERS: [&str; 2] = ["v1.signer", "v1.signer-prod.testnet"];

/// Multisigs of near/core-contracts, as wallets deployed them for two-factor confirmation.
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
    /// The account's own contract, which may do with it what a full-access key may.
    Own(OwnCode),
    /// It signs or votes in the account's name.
    Signer,
    /// Any other contract. It may hold tokens for the account.
    Other,
}

/// What is known of an account's own contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnCode {
    /// There is none yet.
    None,
    /// A multisig whose members are the account's keys.
    Multisig,
    /// Something else.
    Other,
}

impl Callee {
    /// What `receiver_id` is to `account`; it is a signer contract if well known or listed in `signers`.
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
