//! Accounts and keys as JSON.

use crate::number::Integer;
use keyway::client::{Account, Contract};
use keyway::protocol::{AccessKey, AccessKeyPermission, FunctionCallPermission, PublicKeyHandle};
use serde_json::{Value, json};

/// An account with its balances.
pub(super) fn account(account: &Account) -> Value {
    let contract = match &account.contract {
        Contract::None => Value::Null,
        Contract::Own(hash) => json!({"type": "own", "code_hash": hash}),
        Contract::GlobalByHash(hash) => json!({"type": "global_by_hash", "code_hash": hash}),
        Contract::GlobalByAccount(owner) => json!({"type": "global_by_account", "owner": owner}),
        // What the library knows later is shown once it is written here.
        _ => json!({"type": "other"}),
    };
    json!({
        "account_id": account.account_id,
        "total": Integer::from(account.total),
        "available": Integer::from(account.available),
        "locked": Integer::from(account.locked),
        "storage_locked": Integer::from(account.storage_locked),
        "storage_usage": account.storage_usage,
        "contract": contract,
        "block_height": account.block_height,
        "block_hash": account.block_hash,
    })
}

/// An access key: what it may sign, and what it may spend.
pub(super) fn access_key(public_key: &PublicKeyHandle, key: &AccessKey) -> Value {
    let (permission, calls) = match &key.permission {
        AccessKeyPermission::FullAccess | AccessKeyPermission::GasKeyFullAccess(_) => {
            ("full_access", None)
        }
        AccessKeyPermission::FunctionCall(calls)
        | AccessKeyPermission::GasKeyFunctionCall(_, calls) => ("function_call", Some(calls)),
    };
    let gas_key = key.gas_key_info().map(
        |gas_key| json!({"balance": Integer::from(gas_key.balance), "nonces": gas_key.num_nonces}),
    );
    json!({
        "public_key": public_key,
        "nonce": Integer(key.nonce.into()),
        "permission": permission,
        "contract": calls.map(|calls| &calls.receiver_id),
        "functions": calls.and_then(functions),
        "gas_budget": calls.and_then(|calls| calls.allowance).map(Integer::from),
        "gas_key": gas_key,
    })
}

/// The functions that a key may call; none if it may call every one.
fn functions(calls: &FunctionCallPermission) -> Option<&[String]> {
    Some(calls.method_names.as_slice()).filter(|names| !names.is_empty())
}
