//! Permissions, compared and copied.

use near_primitives::account::{AccessKeyPermission, FunctionCallPermission, GasKeyInfo};
use near_primitives::types::Balance;

/// The same permission for a new key; a new gas key has no balance.
pub(super) fn unfunded(permission: &AccessKeyPermission) -> AccessKeyPermission {
    let empty = |info: &GasKeyInfo| GasKeyInfo { balance: Balance::ZERO, ..info.clone() };
    match permission {
        AccessKeyPermission::GasKeyFullAccess(info) => {
            AccessKeyPermission::GasKeyFullAccess(empty(info))
        }
        AccessKeyPermission::GasKeyFunctionCall(info, calls) => {
            AccessKeyPermission::GasKeyFunctionCall(empty(info), calls.clone())
        }
        other => other.clone(),
    }
}

/// The balance of a gas key; zero for other keys.
pub(super) fn gas_balance(permission: &AccessKeyPermission) -> Balance {
    match permission {
        AccessKeyPermission::GasKeyFullAccess(info)
        | AccessKeyPermission::GasKeyFunctionCall(info, _) => info.balance,
        AccessKeyPermission::FullAccess | AccessKeyPermission::FunctionCall(_) => Balance::ZERO,
    }
}

/// Whether a key on the chain has the permission that was asked for; part of its budget may be spent.
pub(super) fn same_grant(asked: &AccessKeyPermission, found: &AccessKeyPermission) -> bool {
    use AccessKeyPermission::{FullAccess, FunctionCall, GasKeyFullAccess, GasKeyFunctionCall};
    match (asked, found) {
        (FullAccess, FullAccess) => true,
        (FunctionCall(a), FunctionCall(b)) => same_calls(a, b),
        (GasKeyFullAccess(a), GasKeyFullAccess(b)) => a.num_nonces == b.num_nonces,
        (GasKeyFunctionCall(a, calls_a), GasKeyFunctionCall(b, calls_b)) => {
            a.num_nonces == b.num_nonces && same_calls(calls_a, calls_b)
        }
        _ => false,
    }
}

fn same_calls(asked: &FunctionCallPermission, found: &FunctionCallPermission) -> bool {
    let budget = match (asked.allowance, found.allowance) {
        (None, None) => true,
        (Some(asked), Some(left)) => left <= asked,
        _ => false,
    };
    budget && asked.receiver_id == found.receiver_id && asked.method_names == found.method_names
}
