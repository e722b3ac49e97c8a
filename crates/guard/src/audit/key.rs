//! Rules about one key.

use super::Case;
use super::evidence::{Evidence, OwnCode};
use super::input::nonces;
use super::known;
use crate::grant::funds;
use crate::{GasBudget, Grant, KeyFacts, Methods, probe};
use keyway_engine::transaction_cost;
use near_crypto::PublicKey;
use near_primitives::account::{AccessKey, GasKeyInfo};
use near_primitives::action::Action;
use near_primitives::types::{AccountId, Balance, BlockHeight, Gas, Nonce};

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
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn no_gas_budget(case: &Case<'_>, key: &KeyFacts, grant: &Grant) -> Option<Evidence> {
    let unlimited = GasBudget::of(&key.access_key.permission) == GasBudget::NoLimit;
    (unlimited && *grant != Grant::Everything)
        .then(|| Evidence::NoGasBudget { balance: case.account.account.amount() })
}

fn any_method(grant: &Grant) -> Option<Evidence> {
    match grant {
        Grant::Calls { receiver_id, methods: Methods::Any } => {
            Some(Evidence::AnyMethod { receiver_id: receiver_id.clone() })
        }
        _ => None,
    }
}

/// A call that may amount to full access: of the account's own contract, or of one that signs for it.
fn near_full(case: &Case<'_>, grant: &Grant) -> Option<Evidence> {
    let Grant::Calls { receiver_id, .. } = grant else { return None };
    if receiver_id.as_str() == case.account.account_id {
        let contract = case.account.account.contract();
        let code = match contract.is_none() {
            true => OwnCode::None,
            false if known::is_multisig(&contract) => OwnCode::Multisig,
            false => OwnCode::Other,
        };
        return Some(Evidence::OwnContract { grant: grant.clone(), code });
    }
    let listed = case.options.signer_contracts.iter().any(|id| id.as_str() == receiver_id);
    (listed || known::is_signer(receiver_id))
        .then(|| Evidence::SignerContract { receiver_id: receiver_id.clone() })
}

/// A key starts at a multiple of a million, or at 0 in a genesis. Who signs counts up from there, so
/// a nonce that still stands at such a place was not used.
fn never_used(case: &Case<'_>, key: &KeyFacts) -> Option<Evidence> {
    let nonces = nonces(key);
    let nonce = *nonces.first()?;
    if nonces.iter().any(|other| *other != nonce) {
        return None;
    }
    let born = born(nonce)?;
    // A nonce ahead of the chain was written there by hand: it tells nothing.
    let blocks = case.chain.height.checked_sub(born)?;
    let known = nonce > 0;
    Some(Evidence::NeverUsed {
        nonce,
        born: known.then_some(born),
        blocks: known.then_some(blocks),
        forgotten_after: case.options.idle_after,
    })
}

/// The block in which a key with this first nonce was added.
fn born(nonce: Nonce) -> Option<BlockHeight> {
    let range = AccessKey::ACCESS_KEY_NONCE_RANGE_MULTIPLIER;
    nonce.is_multiple_of(range).then(|| (nonce / range).saturating_add(1))
}

/// Every accepted transaction and delegate action moves a nonce, so one that stood still was not used.
fn idle(case: &Case<'_>, key: &KeyFacts) -> Option<Evidence> {
    let earlier = case.options.earlier.as_ref()?;
    let blocks = case.chain.height.checked_sub(earlier.height)?;
    let unmoved = earlier.nonces.get(&key.public_key) == Some(&nonces(key));
    (unmoved && blocks >= case.options.idle_after)
        .then_some(Evidence::Idle { since: earlier.height, blocks })
}

fn below_one_call(case: &Case<'_>, key: &KeyFacts, grant: &Grant) -> Option<Evidence> {
    let Grant::Calls { receiver_id, methods } = grant else { return None };
    let left = match GasBudget::of(&key.access_key.permission) {
        GasBudget::NoLimit => return None,
        GasBudget::Allowance { left } => left,
        GasBudget::KeyBalance { balance } => balance,
    };
    let shortest = match methods {
        Methods::Any => "",
        Methods::Only(names) => names.iter().min_by_key(|name| name.len())?,
    };
    let receiver_id = receiver_id.parse().ok()?;
    let cost = |gas| call_cost(case, key, &receiver_id, probe::call(shortest, gas));
    let most = case.chain.protocol.config.wasm_config.limit_config.max_total_prepaid_gas;
    let gas = case.options.useful_call_gas.min(most);
    let (needed, least) = (cost(gas)?, cost(Gas::from_gas(1))?);
    (left < needed).then_some(Evidence::BelowOneCall { left, needed, gas, least })
}

/// What the engine asks for the call as bought, yoctoNEAR.
fn call_cost(
    case: &Case<'_>,
    key: &KeyFacts,
    receiver_id: &AccountId,
    call: Action,
) -> Option<Balance> {
    // The price depends on the kind of key, not on the key.
    let public_key = PublicKey::empty(key.public_key.key_type());
    let signer_id = &case.account.account_id;
    let tx = probe::transaction(signer_id, public_key, receiver_id, vec![call]);
    let cost = transaction_cost(&case.chain.protocol.config, &tx, case.chain.gas_price).ok()?;
    Some(cost.total_cost)
}

fn funds_on_gas_key(key: &KeyFacts) -> Option<Evidence> {
    let limit = GasKeyInfo::MAX_BALANCE_TO_BURN;
    let balance = funds(key)?;
    (balance > limit).then_some(Evidence::FundsOnGasKey { balance, limit })
}
