//! `keyway_keys_history`: what happened to an account's keys.

use super::trace::wire;
use crate::methods::reply::{Json, Reply, View};
use crate::params;
use near_crypto::PublicKeyHandle;
use near_primitives::types::{AccountId, BlockHeight};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    account_id: AccountId,
    /// One key; all without.
    public_key: Option<PublicKeyHandle>,
    /// The first block; the oldest that is kept without.
    from_height: Option<BlockHeight>,
}

/// The events of keys: `{account_id, public_key?, from_height?}`.
pub(in crate::methods) fn keys_history(view: &View<'_>, params: Value) -> Reply {
    let Params { account_id, public_key, from_height } = params::named(params)?;
    let key = public_key.map(|key| key.to_string());
    let history = view.chain.key_history(&account_id, key.as_deref(), from_height);
    Json::of(&history.map_err(wire)?)
}
