//! `keyway_impersonate`: act as an account without its key.

use super::Control;
use crate::error::{INVALID_PARAMETER, internal, refused};
use crate::methods::reply::Reply;
use crate::methods::transaction;
use crate::params;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::{Applied, Impersonation, Input};
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::action::Action;
use near_primitives::types::AccountId;
use near_primitives::views::ActionView;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    signer_id: AccountId,
    receiver_id: AccountId,
    /// In the form in which nodes show them; of a contract the code.
    actions: Option<Vec<ActionView>>,
    /// A list of actions in borsh, as in a transaction.
    actions_base64: Option<String>,
}

/// The actions in one of two forms.
///
/// # Errors
/// `INVALID_PARAMETER` unless there are actions in one of them.
pub(super) fn actions_of(
    views: Option<Vec<ActionView>>,
    base64: Option<String>,
) -> Result<Vec<Action>, RpcError> {
    let wrong = |reason: &str| refused(INVALID_PARAMETER, reason);
    match (views, base64) {
        (Some(views), None) => {
            let actions = views.into_iter().map(Action::try_from);
            actions.collect::<Result<_, _>>().map_err(|error| wrong(&format!("an action: {error}")))
        }
        (None, Some(text)) => {
            let bytes = BASE64_STANDARD.decode(text).ok();
            let actions = bytes.and_then(|bytes| borsh::from_slice(&bytes).ok());
            actions.ok_or_else(|| wrong("actions_base64 is not a list of actions in borsh"))
        }
        _ => Err(wrong("give either `actions` or `actions_base64`")),
    }
}

/// Runs actions as an account: `{signer_id, receiver_id, actions}`.
pub(in crate::methods) fn impersonate(control: &Control<'_>, params: Value) -> Reply {
    let Params { signer_id, receiver_id, actions, actions_base64 } = params::named(params)?;
    let actions = actions_of(actions, actions_base64)?;
    let input = Input::Impersonate(Impersonation { signer_id, receiver_id, actions });
    match control.apply(input)? {
        Applied::Included(hash) | Applied::Known(hash) => {
            transaction::answer_of(&control.node.snapshot(), &hash)
        }
        Applied::Sealed | Applied::Done => {
            Err(internal("the chain did not report the transaction"))
        }
    }
}
