//! Which key signs: the least powerful of the account's keys that may do the job.
//!
//! Power grows from a function-call key over a gas key for calls and a full-access gas key to a
//! full-access key. Among keys of the same power the one with the least under way is taken.

use super::unfit::{Unfit, UnfitKey};
use near_crypto::PublicKey;
use near_primitives::account::{AccessKeyPermission, FunctionCallPermission, GasKeyInfo};
use near_primitives::action::Action;
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
    /// In a transaction that is only thought of.
    #[cfg(feature = "sandbox")]
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
    let mut best: Option<(Power, &Candidate)> = None;
    for candidate in candidates {
        match judge(candidate, job) {
            Ok(power) => {
                let rank = |power, candidate: &Candidate| (power, candidate.busy);
                if best.is_none_or(|(p, other)| rank(power, candidate) < rank(p, other)) {
                    best = Some((power, candidate));
                }
            }
            Err(why) => {
                unfit.push(UnfitKey { public_key: candidate.public_key.clone(), why });
            }
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(unfit)
}

/// How much harm a key could do, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Power {
    SomeMethods,
    AnyMethod,
    GasKeySomeMethods,
    GasKeyAnyMethod,
    GasKeyFullAccess,
    FullAccess,
}

/// The power of a key that may do the job, or why it may not.
fn judge(candidate: &Candidate, job: &Job<'_>) -> Result<Power, Unfit> {
    match candidate.permission.as_ref().ok_or(Unfit::NotOnAccount)? {
        AccessKeyPermission::FullAccess => Ok(Power::FullAccess),
        AccessKeyPermission::FunctionCall(calls) => {
            check_call(calls, job)?;
            check_allowance(calls, candidate, job)?;
            let any = calls.method_names.is_empty();
            Ok(if any { Power::AnyMethod } else { Power::SomeMethods })
        }
        AccessKeyPermission::GasKeyFullAccess(info) => {
            check_gas_key(info, candidate, job)?;
            Ok(Power::GasKeyFullAccess)
        }
        AccessKeyPermission::GasKeyFunctionCall(info, calls) => {
            check_call(calls, job)?;
            check_gas_key(info, candidate, job)?;
            let any = calls.method_names.is_empty();
            Ok(if any { Power::GasKeyAnyMethod } else { Power::GasKeySomeMethods })
        }
    }
}

/// One call, of the key's contract, of a method it lists, with no deposit.
fn check_call(key: &FunctionCallPermission, job: &Job<'_>) -> Result<(), Unfit> {
    let [action] = job.actions else {
        return Err(Unfit::SeveralActions { actions: job.actions.len() });
    };
    let Action::FunctionCall(call) = action else { return Err(Unfit::NotACall) };
    if call.deposit > Balance::ZERO {
        return Err(Unfit::Deposit { deposit: call.deposit });
    }
    if job.receiver_id != &key.receiver_id {
        return Err(Unfit::Receiver {
            allowed: key.receiver_id.clone(),
            wanted: job.receiver_id.clone(),
        });
    }
    if key.method_names.is_empty() || key.method_names.contains(&call.method_name) {
        return Ok(());
    }
    Err(Unfit::Method { allowed: key.method_names.clone(), wanted: call.method_name.clone() })
}

fn check_allowance(
    key: &FunctionCallPermission,
    candidate: &Candidate,
    job: &Job<'_>,
) -> Result<(), Unfit> {
    let needed = candidate.gas_cost;
    match key.allowance {
        Some(left) if left < needed && job.purpose != Purpose::Delegate => {
            Err(Unfit::Allowance { left, needed })
        }
        _ => Ok(()),
    }
}

fn check_gas_key(info: &GasKeyInfo, candidate: &Candidate, job: &Job<'_>) -> Result<(), Unfit> {
    let (balance, needed) = (info.balance, candidate.gas_cost);
    if job.purpose == Purpose::Delegate {
        return Err(Unfit::GasKeyInDelegate);
    }
    if info.num_nonces == 0 {
        return Err(Unfit::NoNonces);
    }
    if balance < needed {
        return Err(Unfit::GasKeyBalance { balance, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    mod choose;
    #[cfg(feature = "sandbox")]
    mod properties;
}
