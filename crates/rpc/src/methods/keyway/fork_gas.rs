//! `keyway_fork_gas`: how far the gas of a transaction on a fork can be from the network's.

use crate::error::internal;
use crate::methods::reply::{Reply, View, reply};
use crate::params;
use near_jsonrpc_primitives::types::transactions::RpcTransactionError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::{AccountId, Gas};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    tx_hash: CryptoHash,
}

#[derive(Default, Serialize)]
struct Answer {
    /// Gas of all outcomes together.
    gas_burnt: Gas,
    gas_burnt_at_most: Gas,
    unknown_trie_nodes: u64,
    outcomes: Vec<Band>,
}

/// One outcome.
#[derive(Serialize)]
struct Band {
    id: CryptoHash,
    executor_id: AccountId,
    gas_burnt: Gas,
    /// What it would have burnt if it had touched all nodes that the fork does not know.
    gas_burnt_at_most: Gas,
    unknown_trie_nodes: u64,
}

/// The gas that each outcome of a transaction burnt, and the most that it would have burnt on the
/// network: `{tx_hash}`.
pub(in crate::methods) fn fork_gas(view: &View<'_>, params: Value) -> Reply {
    let Params { tx_hash } = params::named(params)?;
    let mut answer = Answer::default();
    let mut next = vec![tx_hash];
    while let Some(id) = next.pop() {
        let Some(entry) = view.chain.outcome(&id).map_err(internal)? else { continue };
        let Some(band) = view.chain.gas_band(&id).map_err(internal)? else { continue };
        let outcome = entry.outcome.outcome;
        next.extend(outcome.receipt_ids.iter().rev());
        answer.gas_burnt = answer.gas_burnt.saturating_add(band.low);
        answer.gas_burnt_at_most = answer.gas_burnt_at_most.saturating_add(band.high);
        answer.unknown_trie_nodes = answer.unknown_trie_nodes.saturating_add(band.unknown_nodes);
        answer.outcomes.push(Band {
            id,
            executor_id: outcome.executor_id,
            gas_burnt: band.low,
            gas_burnt_at_most: band.high,
            unknown_trie_nodes: band.unknown_nodes,
        });
    }
    if answer.outcomes.is_empty() {
        let requested_transaction_hash = tx_hash;
        return Err(RpcTransactionError::UnknownTransaction { requested_transaction_hash }.into());
    }
    reply(answer)
}
