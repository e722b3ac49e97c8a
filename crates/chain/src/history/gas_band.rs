//! How far the gas of an outcome on a fork can be from the network's.

use crate::blocks::block::SealedBlock;
use crate::chain::Chain;
use keyway_engine::StateError;
use near_parameters::ExtCosts;
use near_primitives::hash::CryptoHash;
use near_primitives::types::Gas;

/// The gas that an outcome would have burnt on the network: from `low`, what it burnt on the fork, to
/// `high`.
///
/// A contract pays for each trie node on the path to a row that it writes or removes. A fork knows a
/// part of the path only, unless the network proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasBand {
    /// How many trie nodes it touched at most that the fork does not know.
    pub unknown_nodes: u64,
    /// What it burnt on the fork.
    pub low: Gas,
    /// What it would have burnt if it touched all of them.
    pub high: Gas,
}

impl Chain {
    /// The band of the gas that the outcome of a transaction or receipt burnt; none if there is no such
    /// outcome. On a chain that is no fork, both ends are the gas that it burnt.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn gas_band(&self, id: &CryptoHash) -> Result<Option<GasBand>, StateError> {
        let Some(entry) = self.outcome(id)? else { return Ok(None) };
        let (low, unknown_nodes) = (entry.outcome.outcome.gas_burnt, entry.block.unknown_of(id));
        let costs = &self.spec.protocol.config.wasm_config.ext_costs;
        let node = costs.gas_cost(ExtCosts::touching_trie_node);
        let node = node.max(costs.gas_cost(ExtCosts::read_cached_trie_node));
        let more = node.checked_mul(unknown_nodes).unwrap_or(Gas::MAX);
        Ok(Some(GasBand { unknown_nodes, low, high: low.saturating_add(more) }))
    }
}

impl SealedBlock {
    fn unknown_of(&self, id: &CryptoHash) -> u64 {
        let of = self.unknown_nodes.iter().filter(|(receipt_id, _)| receipt_id == id);
        of.map(|(_, nodes)| *nodes).fold(0, u64::saturating_add)
    }
}
