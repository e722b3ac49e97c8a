//! Which key signs: the least powerful of the account's keys that may do the job.
//!
//! Power grows from a function-call key over a gas key for calls and a full-access gas key to a
//! full-access key. Among keys of the same power the one with the least under way is taken.

use super::unfit::{Unfit, UnfitKey};
use keyway_rules::{KeyRank, Shortfall, check_allowance, check_gas_key_balance, check_permission};
use near_crypto::PublicKey;
use near_primitives::account::AccessKeyPermission;
use near_primitives::action::Action;
use near_primitives::errors::InvalidAccessKeyError;
use near_primitives::types::{AccountId, Balance};

/// What a key is wanted for.
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
    /// In a delegate action: a relayer pays, so allowances do not count and gas keys do not sign.
    Delegate,
}

/// A key that the pool can sign with.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) public_key: PublicKey,
    /// What the chain lets it do; none when the account does not have it.
    pub(crate) permission: Option<AccessKeyPermission>,
    /// What all gas of the job costs when this key signs, yoctoNEAR.
    pub(crate) gas_cost: Balance,
    /// Transactions under way in its least busy lane.
    pub(crate) busy: usize,
}

/// The candidate that signs.
///
/// # Errors
/// Why each of them may not.
pub(crate) fn choose<'a>(
    candidates: &'a [Candidate],
    job: &Job<'_>,
) -> Result<&'a Candidate, Vec<UnfitKey>> {
    let mut unfit = Vec::new();
    let mut best: Option<(KeyRank, &Candidate)> = None;
    for candidate in candidates {
        match judge(candidate, job) {
            Ok(rank) => {
                if best.is_none_or(|(r, other)| (rank, candidate.busy) < (r, other.busy)) {
                    best = Some((rank, candidate));
                }
            }
            Err(why) => {
                unfit.push(UnfitKey { public_key: candidate.public_key.clone(), why });
            }
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(unfit)
}

/// The rank of a key that can do the job, or why it cannot.
fn judge(candidate: &Candidate, job: &Job<'_>) -> Result<KeyRank, Unfit> {
    let permission = candidate.permission.as_ref().ok_or(Unfit::NotOnAccount)?;
    if let Err(refusal) = check_permission(permission, job.receiver_id, job.actions) {
        return Err(why(refusal, permission, job));
    }
    check_funds(permission, candidate.gas_cost, job.purpose)?;
    Ok(KeyRank::of(permission))
}

/// Whether the key's allowance or balance pays for the gas; a relayer pays for a delegate action.
fn check_funds(
    permission: &AccessKeyPermission,
    gas_cost: Balance,
    purpose: Purpose,
) -> Result<(), Unfit> {
    let delegated = purpose == Purpose::Delegate;
    match permission {
        AccessKeyPermission::FullAccess => Ok(()),
        AccessKeyPermission::FunctionCall(_) if delegated => Ok(()),
        AccessKeyPermission::FunctionCall(_) => {
            let short = |Shortfall { had: left, needed }| Unfit::Allowance { left, needed };
            check_allowance(permission, gas_cost).map(drop).map_err(short)
        }
        AccessKeyPermission::GasKeyFullAccess(_) | AccessKeyPermission::GasKeyFunctionCall(..)
            if delegated =>
        {
            Err(Unfit::GasKeyInDelegate)
        }
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => {
            if info.num_nonces == 0 {
                return Err(Unfit::NoNonces);
            }
            let short =
                |Shortfall { had: balance, needed }| Unfit::GasKeyBalance { balance, needed };
            check_gas_key_balance(info, gas_cost).map_err(short)
        }
    }
}

/// The rule that a function-call key would break, with what a person needs to know.
fn why(refusal: InvalidAccessKeyError, permission: &AccessKeyPermission, job: &Job<'_>) -> Unfit {
    let call = permission.function_call_permission();
    match (refusal, job.actions) {
        (InvalidAccessKeyError::DepositWithFunctionCall, [action]) => {
            Unfit::Deposit { deposit: action.get_deposit_balance() }
        }
        (InvalidAccessKeyError::ReceiverMismatch { tx_receiver, ak_receiver }, _) => {
            Unfit::Receiver { allowed: ak_receiver, wanted: tx_receiver }
        }
        (InvalidAccessKeyError::MethodNameMismatch { method_name }, _) => {
            let allowed = call.map(|call| call.method_names.clone()).unwrap_or_default();
            Unfit::Method { allowed, wanted: method_name }
        }
        (_, [_]) => Unfit::NotACall,
        (_, actions) => Unfit::SeveralActions { actions: actions.len() },
    }
}

#[cfg(test)]
mod tests {
    mod choose;
    mod properties;
}
