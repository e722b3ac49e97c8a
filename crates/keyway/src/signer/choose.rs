//! Chooses the key that signs: the least powerful key of the account that can do the job.
//!
//! [`KeyRank`] orders keys by power. Among keys of the same rank, the one with the fewest pending transactions signs.

use crate::format::format_near;
use keyway_rules::{KeyRank, Shortfall, check_allowance, check_gas_key_balance, check_permission};
use near_crypto::PublicKey;
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::Action;
use near_primitives::errors::InvalidAccessKeyError;
use near_primitives::types::{AccountId, Balance};
use std::fmt;

/// What a key must sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) receiver_id: &'a AccountId,
    pub(crate) actions: &'a [Action],
    pub(crate) purpose: Purpose,
}

/// How the signed actions reach the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// In a transaction, whose gas the account or the key pays.
    Transaction,
    /// In a transaction that is only checked, not sent.
    Check,
    /// In a delegate action. A relayer pays, so allowances do not matter, and gas keys cannot sign.
    Delegate,
}

/// A key that might sign.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) public_key: PublicKey,
    /// Its permission on the chain; none if the account does not have it.
    pub(crate) permission: Option<AccessKeyPermission>,
    /// The price of the job's gas if this key signs, yoctoNEAR.
    pub(crate) gas_cost: Balance,
    /// Pending transactions in its least busy lane.
    pub(crate) pending: usize,
}

/// The candidate that signs.
///
/// # Errors
/// Why each of them cannot sign.
pub(crate) fn choose<'a>(
    candidates: &'a [Candidate],
    job: &Job<'_>,
) -> Result<&'a Candidate, Vec<UnusableKey>> {
    let mut unusable = Vec::new();
    let mut best: Option<(KeyRank, &Candidate)> = None;
    for candidate in candidates {
        match judge(candidate, job) {
            Ok(rank) => {
                if best.is_none_or(|(r, other)| (rank, candidate.pending) < (r, other.pending)) {
                    best = Some((rank, candidate));
                }
            }
            Err(why) => {
                unusable.push(UnusableKey { public_key: candidate.public_key.clone(), why });
            }
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(unusable)
}

/// The rank of a key that can do the job, or why it cannot.
fn judge(candidate: &Candidate, job: &Job<'_>) -> Result<KeyRank, CannotSign> {
    let permission = candidate.permission.as_ref().ok_or(CannotSign::NotOnAccount)?;
    if let Err(refusal) = check_permission(permission, job.receiver_id, job.actions) {
        return Err(why(refusal, permission, job));
    }
    check_funds(permission, candidate.gas_cost, job.purpose)?;
    Ok(KeyRank::of(permission))
}

/// Whether the key's allowance or balance pays for the gas; for a delegate action a relayer pays.
fn check_funds(
    permission: &AccessKeyPermission,
    gas_cost: Balance,
    purpose: Purpose,
) -> Result<(), CannotSign> {
    let delegated = purpose == Purpose::Delegate;
    match permission {
        AccessKeyPermission::FullAccess => Ok(()),
        AccessKeyPermission::FunctionCall(_) if delegated => Ok(()),
        AccessKeyPermission::FunctionCall(_) => {
            let short = |Shortfall { had: left, needed }| CannotSign::Allowance { left, needed };
            check_allowance(permission, gas_cost).map(drop).map_err(short)
        }
        AccessKeyPermission::GasKeyFullAccess(_) | AccessKeyPermission::GasKeyFunctionCall(..)
            if delegated =>
        {
            Err(CannotSign::GasKeyInDelegate)
        }
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => {
            if info.num_nonces == 0 {
                return Err(CannotSign::NoNonces);
            }
            let short =
                |Shortfall { had: balance, needed }| CannotSign::GasKeyBalance { balance, needed };
            check_gas_key_balance(info, gas_cost).map_err(short)
        }
    }
}

/// The rule that a function-call key would break, with the values for a message.
fn why(
    refusal: InvalidAccessKeyError,
    permission: &AccessKeyPermission,
    job: &Job<'_>,
) -> CannotSign {
    let call = permission.function_call_permission();
    match (refusal, job.actions) {
        (InvalidAccessKeyError::DepositWithFunctionCall, [action]) => {
            CannotSign::Deposit { deposit: action.get_deposit_balance() }
        }
        (InvalidAccessKeyError::ReceiverMismatch { tx_receiver, ak_receiver }, _) => {
            CannotSign::Receiver { allowed: ak_receiver, wanted: tx_receiver }
        }
        (InvalidAccessKeyError::MethodNameMismatch { method_name }, _) => {
            let allowed = call.map(|call| call.method_names.clone()).unwrap_or_default();
            CannotSign::Method { allowed, wanted: method_name }
        }
        (_, [_]) => CannotSign::NotACall,
        (_, actions) => CannotSign::SeveralActions { actions: actions.len() },
    }
}

/// A key that cannot sign, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusableKey {
    /// The key.
    pub public_key: PublicKey,
    /// Why it cannot sign.
    pub why: CannotSign,
}

impl fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.public_key, self.why)
    }
}

/// Why a key cannot do a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotSign {
    /// The account has no such key: it was deleted, or never added.
    #[error("is not a key of the account")]
    NotOnAccount,
    /// A function-call key signs a single call.
    #[error("signs one call alone, not {actions} actions")]
    SeveralActions {
        /// How many there are.
        actions: usize,
    },
    /// A function-call key signs no other kind of action.
    #[error("signs calls only")]
    NotACall,
    /// A function-call key cannot attach a deposit.
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
    /// The remaining allowance does not pay for the gas.
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
    /// The gas key's balance does not pay for the gas.
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
    /// The gas key has no nonce row.
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

#[cfg(test)]
mod tests {
    mod choose;
    mod properties;
}
