//! Why a key cannot sign what it was asked to sign.

use crate::amount::format_near;
use near_crypto::PublicKey;
use near_primitives::types::{AccountId, Balance};
use std::fmt;

/// A key that was considered, and why it was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnfitKey {
    /// The key.
    pub public_key: PublicKey,
    /// What it lacks.
    pub why: Unfit,
}

impl fmt::Display for UnfitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.public_key, self.why)
    }
}

/// Why a key may not do a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// The account has no such key: it was deleted, or never added.
    #[error("is not a key of the account")]
    NotOnAccount,
    /// A key for calls signs one call, alone.
    #[error("signs one call alone, not {actions} actions")]
    SeveralActions {
        /// How many there are.
        actions: usize,
    },
    /// A key for calls signs no other kind of action.
    #[error("signs calls only")]
    NotACall,
    /// A key for calls cannot send tokens.
    #[error("cannot attach a deposit, and {} is attached", format_near(*.deposit))]
    Deposit {
        /// What is attached, yoctoNEAR.
        deposit: Balance,
    },
    /// The key is for another contract.
    #[error("is for {allowed}, not for {wanted}")]
    Receiver {
        /// The key's contract.
        allowed: String,
        /// The contract to be called.
        wanted: AccountId,
    },
    /// The key is for other functions.
    #[error("is for {}, not for `{wanted}`", listed(allowed))]
    Method {
        /// The functions that it may call.
        allowed: Vec<String>,
        /// The function to be called.
        wanted: String,
    },
    /// The rest of the key's allowance does not buy the gas.
    #[error(
        "has an allowance of {} left and needs {}; attach less gas or replace the key",
        format_near(*.left), format_near(*.needed)
    )]
    Allowance {
        /// What is left, yoctoNEAR.
        left: Balance,
        /// What the gas costs, yoctoNEAR.
        needed: Balance,
    },
    /// The gas key's balance does not buy the gas.
    #[error(
        "has a balance of {} for gas and needs {}; fund it",
        format_near(*.balance), format_near(*.needed)
    )]
    GasKeyBalance {
        /// The key's balance, yoctoNEAR.
        balance: Balance,
        /// What the gas costs, yoctoNEAR.
        needed: Balance,
    },
    /// The gas key has no nonce to sign with.
    #[error("is a gas key without nonces")]
    NoNonces,
    /// Gas keys cannot sign delegate actions.
    #[error("is a gas key, which signs no delegate actions")]
    GasKeyInDelegate,
}

fn listed(methods: &[String]) -> String {
    let quoted: Vec<String> = methods.iter().map(|method| format!("`{method}`")).collect();
    quoted.join(", ")
}
