//! `keyway_patch` and `keyway_set_balance`: edits of the state.

use super::Control;
use crate::error::{INVALID_PARAMETER, refused};
use crate::methods::reply::Reply;
use crate::params;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::{Deletion, Edit, Input};
use near_crypto::PublicKeyHandle;
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    #[serde(default)]
    set: Vec<StateRecord>,
    #[serde(default)]
    delete: Vec<Deleted>,
}

/// Something to delete.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Deleted {
    Account { account_id: AccountId },
    AccessKey { account_id: AccountId, public_key: PublicKeyHandle },
    Data { account_id: AccountId, key_base64: String },
    Contract { account_id: AccountId },
}

impl TryFrom<Deleted> for Deletion {
    type Error = RpcError;

    fn try_from(deleted: Deleted) -> Result<Self, RpcError> {
        Ok(match deleted {
            Deleted::Account { account_id } => Self::Account { account_id },
            Deleted::AccessKey { account_id, public_key } => {
                Self::AccessKey { account_id, public_key }
            }
            Deleted::Data { account_id, key_base64 } => {
                let key = BASE64_STANDARD.decode(key_base64);
                let wrong = |_| refused(INVALID_PARAMETER, "key_base64 is not base64");
                Self::Data { account_id, key: key.map_err(wrong)? }
            }
            Deleted::Contract { account_id } => Self::Contract { account_id },
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetBalance {
    account_id: AccountId,
    /// yoctoNEAR, as text.
    amount: Balance,
}

/// Writes and deletes rows: `{set, delete}`.
pub(in crate::methods) fn patch(control: &Control<'_>, params: Value) -> Reply {
    let Params { set, delete } = params::named(params)?;
    let delete = delete.into_iter().map(Deletion::try_from).collect::<Result<_, _>>()?;
    control.apply(Input::Edit(Edit { set, delete, balances: Vec::new() }))?;
    control.head()
}

/// Sets an unstaked balance: `{account_id, amount}`.
pub(in crate::methods) fn set_balance(control: &Control<'_>, params: Value) -> Reply {
    let SetBalance { account_id, amount } = params::named(params)?;
    let balances = vec![(account_id, amount)];
    control.apply(Input::Edit(Edit { balances, ..Edit::default() }))?;
    control.head()
}
