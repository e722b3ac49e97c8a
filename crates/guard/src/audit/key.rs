//! Rules about single keys.

use super::Case;
use super::evidence::Evidence;
use super::usage::{Usage, usage};
use crate::grant::funds;
use crate::misfit::fits_nothing;
use crate::{
    Callable, Callee, GasBudget, Grant, KeyFacts, Methods, NonceReading, key_weakness, misfits,
    read_nonce, unsigned,
};
use keyway_rules::transaction_cost;
use near_crypto::PublicKey;
use near_primitives::account::GasKeyInfo;
use near_primitives::action::{Action, FunctionCallAction};
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas};

pub(super) fn evidence(case: &Case<'_>, key: &KeyFacts) -> Vec<Evidence> {
    let grant = Grant::of(&key.access_key.permission);
    [
        no_gas_budget(case, key, &grant),
        any_method(&grant),
        near_full(case, &grant),
        never_used(case, key),
        idle(case, key),
        below_one_call(case, key, &grant),
        funds_on_gas_key(key),
        weak(key),
        fits_no_call(case, key),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn no_gas_budget(case: &Case<'_>, key: &KeyFacts, grant: &Grant) -> Option<Evidence> {
    let balance = case.account.account.amount();
    let budget = GasBudget::of(&key.access_key.permission);
    let unlimited = *grant != Grant::Everything && !budget.protects(balance);
    unlimited.then(|| Evidence::NoGasBudget { balance, allowance: budget.limit() })
}

fn any_method(grant: &Grant) -> Option<Evidence> {
    match grant {
        Grant::Calls { receiver_id, methods: Methods::Any } => {
            Some(Evidence::AnyMethod { receiver_id: receiver_id.clone() })
        }
        _ => None,
    }
}

/// Calls that may amount to full access: of the account's own contract, or of one that signs for it.
fn near_full(case: &Case<'_>, grant: &Grant) -> Option<Evidence> {
    let Grant::Calls { receiver_id, .. } = grant else { return None };
    match Callee::of(case.account, receiver_id, &case.options.signer_contracts) {
        Callee::Own(code) => Some(Evidence::OwnContract { grant: grant.clone(), code }),
        Callee::Signer => Some(Evidence::SignerContract { receiver_id: receiver_id.clone() }),
        Callee::Other => None,
    }
}

fn never_used(case: &Case<'_>, key: &KeyFacts) -> Option<Evidence> {
    let height = case.chain.height;
    let born = match read_nonce(key, height) {
        NonceReading::NeverUsed { added_in } => Some(added_in),
        NonceReading::NeverUsedOld => None,
        _ => return None,
    };
    Some(Evidence::NeverUsed { born, blocks: born.map(|born| height.saturating_sub(born)) })
}

fn idle(case: &Case<'_>, key: &KeyFacts) -> Option<Evidence> {
    let (since, blocks) = unmoved(case, key)?;
    (blocks >= case.options.idle_after).then_some(Evidence::Idle { since, blocks })
}

/// The block of the earlier audit and the number of blocks since, if the key was not used since.
fn unmoved(case: &Case<'_>, key: &KeyFacts) -> Option<(BlockHeight, u64)> {
    match usage(case, key) {
        // Nothing can have happened within the same block.
        Usage::Unmoved { since, blocks } if blocks > 0 => Some((since, blocks)),
        _ => None,
    }
}

fn below_one_call(case: &Case<'_>, key: &KeyFacts, grant: &Grant) -> Option<Evidence> {
    let Grant::Calls { receiver_id, methods } = grant else { return None };
    let left = GasBudget::of(&key.access_key.permission).limit()?;
    let shortest = match methods {
        Methods::Any => "",
        Methods::Only(names) => names.iter().min_by_key(|name| name.len())?,
    };
    let receiver_id = receiver_id.parse().ok()?;
    let cost = |gas| call_cost(case, key, &receiver_id, call(shortest, gas));
    let most = case.chain.protocol.config.wasm_config.limit_config.max_total_prepaid_gas;
    let gas = case.options.useful_call_gas.min(most);
    let (needed, least) = (cost(gas)?, cost(Gas::from_gas(1))?);
    let unmoved = unmoved(case, key).map(|(_, blocks)| blocks);
    (left < needed).then_some(Evidence::BelowOneCall { left, needed, gas, least, unmoved })
}

/// A call of `method` without arguments and deposit.
fn call(method: &str, gas: Gas) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args: Vec::new(),
        gas,
        deposit: Balance::ZERO,
    }))
}

/// The price of the call before refunds, yoctoNEAR.
fn call_cost(
    case: &Case<'_>,
    key: &KeyFacts,
    receiver_id: &AccountId,
    call: Action,
) -> Option<Balance> {
    // The price depends on the type of the key, not on the key.
    let public_key = PublicKey::empty(key.public_key.key_type());
    let signer_id = &case.account.account_id;
    let tx = unsigned(signer_id, &public_key, None, receiver_id, vec![call]);
    let cost = transaction_cost(&case.chain.protocol.config, &tx, case.chain.gas_price).ok()?;
    Some(cost.total)
}

fn funds_on_gas_key(key: &KeyFacts) -> Option<Evidence> {
    let limit = GasKeyInfo::MAX_BALANCE_TO_BURN;
    let balance = funds(key)?;
    (balance > limit).then_some(Evidence::FundsOnGasKey { balance, limit })
}

fn weak(key: &KeyFacts) -> Option<Evidence> {
    key_weakness(&key.public_key).map(|weakness| Evidence::WeakKey { weakness })
}

fn fits_no_call(case: &Case<'_>, key: &KeyFacts) -> Option<Evidence> {
    let permission = key.access_key.permission.function_call_permission()?;
    let known = case.options.contracts.get(&permission.receiver_id).unwrap_or(&Callable::Unknown);
    // Another rule reports that the account has no contract yet.
    let is_own = permission.receiver_id == case.account.account_id.as_str();
    let known = if is_own && *known == Callable::NoContract { &Callable::Unknown } else { known };
    let misfits = misfits(permission, known);
    let nothing_fits = fits_nothing(permission, known);
    (!misfits.is_empty()).then_some(Evidence::FitsNoCall { misfits, nothing_fits })
}
