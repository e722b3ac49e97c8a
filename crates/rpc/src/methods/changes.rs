//! `changes` and `block_effects`: what a block wrote.

use super::{Reply, View, reply};
use crate::{lookup, params};
use keyway_node::SealedBlock;
use near_jsonrpc_primitives::types::changes::{
    RpcStateChangesError, RpcStateChangesInBlockByTypeRequest,
    RpcStateChangesInBlockByTypeResponse, RpcStateChangesInBlockRequest,
    RpcStateChangesInBlockResponse,
};
use near_primitives::trie_key::TrieKey;
use near_primitives::trie_key::trie_key_parsers::{
    get_raw_prefix_for_access_keys, get_raw_prefix_for_contract_data,
};
use near_primitives::types::{
    AccountId, RawStateChangesWithTrieKey, StateChanges, StateChangesExt, StateChangesKinds,
    StateChangesKindsExt,
};
use near_primitives::views::StateChangesRequestView;
use serde_json::Value;

/// Which kinds of things a block touched: one entry for each account, key, entry of data and code.
pub(super) fn in_block(view: &View<'_>, params: Value) -> Reply {
    let request: RpcStateChangesInBlockRequest = params::parse(params)?;
    let sealed =
        lookup::block(view.chain, &request.block_reference).map_err(RpcStateChangesError::from)?;
    let mut raw = sealed.changes.iter().cloned();
    let changes = StateChangesKinds::from_changes(&mut raw).into_iter().map(Into::into).collect();
    reply(RpcStateChangesInBlockByTypeResponse { block_hash: *sealed.header.hash(), changes })
}

/// A block's writes of one type to the accounts or keys asked for, one entry for each cause.
pub(super) fn by_type(view: &View<'_>, params: Value) -> Reply {
    let request: RpcStateChangesInBlockByTypeRequest = params::parse(params)?;
    let sealed =
        lookup::block(view.chain, &request.block_reference).map_err(RpcStateChangesError::from)?;
    let changes =
        select(&sealed, &request.state_changes_request).into_iter().map(Into::into).collect();
    reply(RpcStateChangesInBlockResponse { block_hash: *sealed.header.hash(), changes })
}

fn select(sealed: &SealedBlock, request: &StateChangesRequestView) -> StateChanges {
    match request {
        StateChangesRequestView::AccountChanges { account_ids } => {
            exactly(sealed, account_ids, |account_id| TrieKey::Account { account_id })
        }
        StateChangesRequestView::ContractCodeChanges { account_ids } => {
            exactly(sealed, account_ids, |account_id| TrieKey::ContractCode { account_id })
        }
        StateChangesRequestView::SingleAccessKeyChanges { keys } => {
            let key = |key: &near_primitives::types::AccountWithPublicKey| {
                TrieKey::access_key(key.account_id.clone(), &key.public_key).to_vec()
            };
            below(sealed, keys.iter().map(key))
        }
        StateChangesRequestView::AllAccessKeyChanges { account_ids } => {
            below(sealed, account_ids.iter().map(get_raw_prefix_for_access_keys))
        }
        StateChangesRequestView::DataChanges { account_ids, key_prefix } => {
            let prefix = |id| get_raw_prefix_for_contract_data(id, key_prefix.as_ref());
            below(sealed, account_ids.iter().map(prefix))
        }
    }
}

/// Writes to one trie key of each account.
fn exactly(
    sealed: &SealedBlock,
    ids: &[AccountId],
    key: impl Fn(AccountId) -> TrieKey,
) -> StateChanges {
    let of = |id: &AccountId| {
        let key = key(id.clone());
        writes(sealed, move |raw| raw.trie_key == key)
    };
    ids.iter().flat_map(of).collect()
}

/// Writes to the trie keys that start with one of `prefixes`.
fn below(sealed: &SealedBlock, prefixes: impl Iterator<Item = Vec<u8>>) -> StateChanges {
    prefixes
        .flat_map(|prefix| writes(sealed, |raw| raw.trie_key.to_vec().starts_with(&prefix)))
        .collect()
}

fn writes(
    sealed: &SealedBlock,
    wanted: impl Fn(&RawStateChangesWithTrieKey) -> bool,
) -> StateChanges {
    StateChanges::from_changes(sealed.changes.iter().filter(|raw| wanted(raw)).cloned())
}
