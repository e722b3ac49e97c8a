//! Contracts that act in the name of those who call them, known by name or by code.
//!
//! The lists are short on purpose: a contract that is missing is found by the other rules, one that
//! does not belong would accuse a harmless key.

use near_primitives::account::AccountContract;

/// The contracts of chain signatures: what they sign moves funds on other chains.
const SIGNERS: [&str; 2] = ["v1.signer", "v1.signer-prod.testnet"];

/// Multisigs from near/core-contracts, as wallets deployed them for two-factor confirmation.
const MULTISIGS: [&str; 4] = [
    "7GQStUCd8bmCK43bzD8PRh7sD2uyyeMJU5h8Rj3kXXJk",
    "AEE3vt6S3pS2s7K6HXnZc46VyMyJcjygSMsaafFh67DF",
    "8DKTSceSbxVgh4ANXwqmRqGyPWCuZAR1fCqGPXUjD5nZ",
    "55E7imniT2uuYrECn17qJAk9fLcwQW4ftNSwmCJL5Di",
];

/// Whether the contract of this name signs for whoever calls it.
pub(crate) fn is_signer(receiver_id: &str) -> bool {
    SIGNERS.contains(&receiver_id)
}

/// Whether `contract` is a multisig whose members are its account's keys.
pub(crate) fn is_multisig(contract: &AccountContract) -> bool {
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
