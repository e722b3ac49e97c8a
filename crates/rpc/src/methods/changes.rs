//! `changes` and `block_effects`: the writes of a block to the state.

use crate::methods::reply::{Reply, View, reply};
use crate::{error, lookup, params};
use keyway_chain::SealedBlock;
use near_jsonrpc_primitives::errors::RpcError;
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
    AccountWithPublicKey, RawStateChangesWithTrieKey, StateChanges, StateChangesExt,
    StateChangesKinds, StateChangesKindsExt,
};
use near_primitives::views::StateChangesRequestView;
use serde_json::Value;
use std::collections::BTreeMap;

/// Which kinds of things a block touched: one entry for each account, key, entry of data and code.
pub(super) fn in_block(view: &View<'_>, params: Value) -> Reply {
    let request: RpcStateChangesInBlockRequest = params::parse(params)?;
    let sealed =
        lookup::block(view.chain, &request.block_reference).map_err(RpcStateChangesError::from)?;
    check_known(view, &sealed)?;
    let mut raw = sealed.changes.iter().cloned();
    let changes = StateChangesKinds::from_changes(&mut raw).into_iter().map(Into::into).collect();
    reply(RpcStateChangesInBlockByTypeResponse { block_hash: *sealed.header.hash(), changes })
}

/// A block's writes of one type to the accounts or keys asked for, one entry for each cause.
pub(super) fn by_type(view: &View<'_>, params: Value) -> Reply {
    let request: RpcStateChangesInBlockByTypeRequest = params::parse(params)?;
    let sealed =
        lookup::block(view.chain, &request.block_reference).map_err(RpcStateChangesError::from)?;
    check_known(view, &sealed)?;
    let writes = Wanted::by(request.state_changes_request).select(&sealed.changes);
    let changes = StateChanges::from_changes(writes.into_iter().cloned());
    let changes = changes.into_iter().map(Into::into).collect();
    reply(RpcStateChangesInBlockResponse { block_hash: *sealed.header.hash(), changes })
}

/// Refuses the block that a fork begins with: what the network wrote in it is not known.
///
/// # Errors
/// `UNKNOWN_ON_FORK`.
fn check_known(view: &View<'_>, sealed: &SealedBlock) -> Result<(), RpcError> {
    match view.chain.is_of_network(sealed) {
        true => Err(error::unknown_on_fork("what the network's block wrote")),
        false => Ok(()),
    }
}

/// The trie keys that a request asks about, each once however often it was named.
struct Wanted {
    /// Key or prefix, and which of the request's it was.
    keys: BTreeMap<Vec<u8>, usize>,
    /// Whether all that starts with one of the keys is meant.
    below: bool,
}

impl Wanted {
    fn by(request: StateChangesRequestView) -> Self {
        match request {
            StateChangesRequestView::AccountChanges { account_ids } => {
                let key = |account_id| TrieKey::Account { account_id }.to_vec();
                Self::exactly(account_ids.into_iter().map(key))
            }
            StateChangesRequestView::ContractCodeChanges { account_ids } => {
                let key = |account_id| TrieKey::ContractCode { account_id }.to_vec();
                Self::exactly(account_ids.into_iter().map(key))
            }
            StateChangesRequestView::SingleAccessKeyChanges { keys } => {
                let key = |key: AccountWithPublicKey| {
                    TrieKey::access_key(key.account_id, &key.public_key).to_vec()
                };
                Self::below(keys.into_iter().map(key))
            }
            StateChangesRequestView::AllAccessKeyChanges { account_ids } => {
                Self::below(account_ids.iter().map(get_raw_prefix_for_access_keys))
            }
            StateChangesRequestView::DataChanges { account_ids, key_prefix } => {
                let prefix = |id| get_raw_prefix_for_contract_data(id, key_prefix.as_ref());
                Self::below(account_ids.iter().map(prefix))
            }
        }
    }

    fn exactly(keys: impl Iterator<Item = Vec<u8>>) -> Self {
        Self { keys: first_of_each(keys), below: false }
    }

    /// None of the prefixes starts with another: each ends an account's name or a key of one
    /// length.
    fn below(prefixes: impl Iterator<Item = Vec<u8>>) -> Self {
        Self { keys: first_of_each(prefixes), below: true }
    }

    /// The requested part of `changes`, in the order of the request, then of the block. Takes one
    /// pass, as both the request and the block may be long.
    fn select<'a>(
        &self,
        changes: &'a [RawStateChangesWithTrieKey],
    ) -> Vec<&'a RawStateChangesWithTrieKey> {
        let find = |change: &'a RawStateChangesWithTrieKey| {
            self.position(&change.trie_key.to_vec()).map(|position| (position, change))
        };
        let mut found: Vec<_> = changes.iter().filter_map(find).collect();
        found.sort_by_key(|(position, _)| *position);
        found.into_iter().map(|(_, change)| change).collect()
    }

    fn position(&self, key: &Vec<u8>) -> Option<usize> {
        if !self.below {
            return self.keys.get(key).copied();
        }
        // A prefix sorts before all keys that start with it, and no other prefix sorts between.
        let (prefix, position) = self.keys.range::<Vec<u8>, _>(..=key).next_back()?;
        key.starts_with(prefix).then_some(*position)
    }
}

fn first_of_each(keys: impl Iterator<Item = Vec<u8>>) -> BTreeMap<Vec<u8>, usize> {
    let mut found = BTreeMap::new();
    for (position, key) in keys.enumerate() {
        found.entry(key).or_insert(position);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_primitives::types::{RawStateChange, StateChangeCause};

    fn touched(account: &str) -> RawStateChangesWithTrieKey {
        let change = RawStateChange { cause: StateChangeCause::InitialState, data: None };
        let account_id = account.parse().unwrap();
        let trie_key = TrieKey::ContractData { account_id, key: b"key".to_vec() };
        RawStateChangesWithTrieKey { trie_key, changes: vec![change] }
    }

    fn accounts(names: &[&str]) -> StateChangesRequestView {
        let account_ids = names.iter().map(|name| name.parse().unwrap()).collect();
        StateChangesRequestView::DataChanges { account_ids, key_prefix: b"k".to_vec().into() }
    }

    #[track_caller]
    fn check(asked: &[&str], expected: &[&str]) {
        let changes = ["a.near", "a.near.x", "ab.near", "b.near", "c.near"].map(touched);
        let found = Wanted::by(accounts(asked)).select(&changes);
        let found: Vec<_> = found.iter().map(|change| change.trie_key.get_account_id()).collect();
        let expected: Vec<_> = expected.iter().map(|name| name.parse().ok()).collect();
        assert_eq!(found, expected, "{asked:?}");
    }

    #[test]
    fn answers_come_in_the_order_of_the_request_and_each_once() {
        check(&["b.near", "a.near"], &["b.near", "a.near"]);
        check(&["b.near", "a.near", "b.near"], &["b.near", "a.near"]);
        check(&["ab.near", "a.near.x", "a.near"], &["ab.near", "a.near.x", "a.near"]);
        check(&["a.nea", "z.near"], &[]);
    }

    #[test]
    fn many_names_on_a_large_block_are_answered_in_one_pass() {
        // The time grew with names times changes: 25,000 names on 60,000 changes held up the node
        // for half a minute. That way this test takes minutes.
        let changes: Vec<_> = (0..60_000).map(|number| touched(&format!("a{number}"))).collect();
        let names: Vec<_> = (0..25_000).map(|number| format!("b{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).chain(["a7"]).collect();
        assert_eq!(Wanted::by(accounts(&names)).select(&changes).len(), 1);
    }
}
