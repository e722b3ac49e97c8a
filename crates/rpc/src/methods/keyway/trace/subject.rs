//! What `keyway_trace_call` traces.

use super::wire;
use crate::error::{internal, refused};
use crate::lookup;
use crate::methods::keyway::impersonate::actions_of;
use crate::methods::reply::{Json, Reply, View};
use keyway_chain::{Impersonation, SealedBlock};
use keyway_engine::ViewError;
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::transaction::SignedTransaction;
use near_primitives::types::{AccountId, BlockId, BlockReference, Finality, FunctionArgs};
use near_primitives::views::ActionView;
use serde::Deserialize;
use std::sync::Arc;

/// An object with one field, which says what it is.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Subject {
    /// A view call.
    View {
        account_id: AccountId,
        method_name: String,
        #[serde(default)]
        args_base64: Option<FunctionArgs>,
        /// The block on whose state it runs; the newest without.
        block_id: Option<BlockId>,
    },
    /// What an account would do, without its key.
    Actions {
        signer_id: AccountId,
        receiver_id: AccountId,
        actions: Option<Vec<ActionView>>,
        /// In borsh, as in a transaction.
        actions_base64: Option<String>,
    },
    /// A signed transaction.
    Signed { signed_tx_base64: FunctionArgs },
}

impl Subject {
    /// Runs it on a copy of the chain, and says what it did.
    pub(super) fn trace(self, view: &View<'_>) -> Reply {
        match self {
            Self::View { account_id, method_name, args_base64, block_id } => {
                let at = block(view, block_id)?;
                let args: Vec<u8> = args_base64.map(Into::into).unwrap_or_default();
                let traced = view.chain.trace_view(&at, &account_id, &method_name, &args);
                Json::of(&traced.map_err(of_view)?)
            }
            Self::Actions { signer_id, receiver_id, actions, actions_base64 } => {
                let actions = actions_of(actions, actions_base64)?;
                let act = Impersonation { signer_id, receiver_id, actions };
                Json::of(&view.chain.trace_impersonated(act).map_err(wire)?)
            }
            Self::Signed { signed_tx_base64 } => {
                let read = borsh::from_slice::<SignedTransaction>(&Vec::from(signed_tx_base64));
                let transaction = read.map_err(|error| {
                    RpcError::parse_error(format!("Failed to decode transaction: {error}"))
                })?;
                Json::of(&view.chain.trace_transaction(transaction).map_err(wire)?)
            }
        }
    }
}

fn block(view: &View<'_>, id: Option<BlockId>) -> Result<Arc<SealedBlock>, RpcError> {
    let newest = BlockReference::Finality(Finality::None);
    let reference = id.map_or(newest, BlockReference::BlockId);
    lookup::block(view.chain, &reference).map_err(|none| match none {
        lookup::NoBlock::Missing(missing) => refused("UNKNOWN_BLOCK", missing.block()),
        lookup::NoBlock::Unreadable(error) => internal(error),
    })
}

fn of_view(error: ViewError) -> RpcError {
    match error {
        ViewError::UnknownAccount { account_id } => {
            refused("UNKNOWN_ACCOUNT", format!("the account {account_id} does not exist"))
        }
        other => internal(other),
    }
}
