//! The methods. The table below says which of them read and how much work that is, and which write.

mod block;
mod changes;
mod chunk;
mod config;
mod keyway;
mod light_client;
mod query;
mod receipt;
mod reply;
mod sandbox;
mod state;
mod status;
mod transaction;
mod validators;
mod view;

pub(crate) use keyway::Control;
pub use transaction::final_outcome;
pub(crate) use transaction::{Transaction, TxContext, Young};

use keyway_chain::{Chain, Input};
use near_jsonrpc_primitives::errors::RpcError;
pub(crate) use reply::{Json, Reply, View};
use serde_json::Value;

/// The kinds of methods.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    /// Looks at a snapshot.
    Read(Access, fn(&View<'_>, Value) -> Reply),
    /// Makes one input for the chain, which no transaction could; answered with `{}` when the chain
    /// has accepted it.
    Write(fn(&Chain, Value) -> Result<Input, RpcError>),
    /// Sends a transaction, or waits for one.
    Transaction(Transaction),
    /// Controls the chain: one at a time, off the reactor.
    Control(fn(&Control<'_>, Value) -> Reply),
}

/// The cost of a read, which decides where the dispatcher runs it.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// A few values that are in memory: on the reactor.
    Memory,
    /// A few values that may have to come from the archive: off the reactor.
    Disk,
    /// Work that grows with the request, the block or the state, or that a contract determines:
    /// off the reactor, and a bounded number at a time.
    Heavy,
    /// One of these, depending on the parameters.
    Depends(fn(&Value) -> Access),
}

/// Every method by name. Its position counts its requests.
pub(crate) const METHODS: &[(&str, Method)] = &[
    ("EXPERIMENTAL_call_function", Method::Read(Access::Heavy, view::call_function)),
    ("EXPERIMENTAL_changes", Method::Read(Access::Heavy, changes::by_type)),
    ("EXPERIMENTAL_changes_in_block", Method::Read(Access::Heavy, changes::in_block)),
    ("EXPERIMENTAL_congestion_level", Method::Read(Access::Disk, chunk::congestion_level)),
    ("EXPERIMENTAL_genesis_config", Method::Read(Access::Memory, config::genesis)),
    (
        "EXPERIMENTAL_light_client_block_proof",
        Method::Read(Access::Heavy, light_client::block_proof),
    ),
    ("EXPERIMENTAL_light_client_proof", Method::Read(Access::Heavy, light_client::execution_proof)),
    (
        "EXPERIMENTAL_maintenance_windows",
        Method::Read(Access::Memory, validators::maintenance_windows),
    ),
    ("EXPERIMENTAL_protocol_config", Method::Read(Access::Disk, config::protocol)),
    ("EXPERIMENTAL_receipt", Method::Read(Access::Disk, receipt::receipt)),
    ("EXPERIMENTAL_receipt_to_tx", Method::Read(Access::Disk, receipt::to_transaction)),
    ("EXPERIMENTAL_split_storage_info", Method::Read(Access::Memory, status::split_storage_info)),
    ("EXPERIMENTAL_tx_status", Method::Transaction(Transaction::StatusWithReceipts)),
    ("EXPERIMENTAL_validators_ordered", Method::Read(Access::Disk, validators::ordered)),
    ("EXPERIMENTAL_view_access_key", Method::Read(Access::Disk, view::access_key)),
    ("EXPERIMENTAL_view_access_key_list", Method::Read(Access::Heavy, view::access_key_list)),
    ("EXPERIMENTAL_view_account", Method::Read(Access::Disk, view::account)),
    ("EXPERIMENTAL_view_code", Method::Read(Access::Heavy, view::code)),
    ("EXPERIMENTAL_view_gas_key_nonces", Method::Read(Access::Disk, view::gas_key_nonces)),
    ("EXPERIMENTAL_view_state", Method::Read(Access::Heavy, view::state)),
    ("block", Method::Read(Access::Disk, block::block)),
    ("block_effects", Method::Read(Access::Heavy, changes::in_block)),
    ("broadcast_tx_async", Method::Transaction(Transaction::SendAsync)),
    ("broadcast_tx_commit", Method::Transaction(Transaction::SendCommit)),
    ("changes", Method::Read(Access::Heavy, changes::by_type)),
    ("chunk", Method::Read(Access::Heavy, chunk::chunk)),
    ("client_config", Method::Read(Access::Memory, config::client)),
    ("gas_price", Method::Read(Access::Disk, block::gas_price)),
    ("genesis_config", Method::Read(Access::Memory, config::genesis)),
    ("health", Method::Read(Access::Memory, status::health)),
    ("keyway_dump", Method::Read(Access::Heavy, keyway::dump::dump)),
    ("keyway_fork_gas", Method::Read(Access::Disk, keyway::fork_gas::fork_gas)),
    ("keyway_fork_rows", Method::Read(Access::Heavy, keyway::fork::rows)),
    ("keyway_fork_status", Method::Read(Access::Disk, keyway::fork::status)),
    ("keyway_impersonate", Method::Control(keyway::impersonate::impersonate)),
    ("keyway_keys_history", Method::Read(Access::Heavy, keyway::keys_history::keys_history)),
    ("keyway_mine", Method::Control(keyway::mine::mine)),
    ("keyway_patch", Method::Control(keyway::edit::patch)),
    ("keyway_reset", Method::Control(keyway::snapshot::reset)),
    ("keyway_sealing_set", Method::Control(keyway::sealing::set)),
    ("keyway_sealing_show", Method::Control(keyway::sealing::show)),
    ("keyway_set_balance", Method::Control(keyway::edit::set_balance)),
    ("keyway_snapshot_delete", Method::Control(keyway::snapshot::delete)),
    ("keyway_snapshot_list", Method::Control(keyway::snapshot::list)),
    ("keyway_snapshot_revert", Method::Control(keyway::snapshot::revert)),
    ("keyway_snapshot_save", Method::Control(keyway::snapshot::save)),
    ("keyway_time_free", Method::Control(keyway::time::free)),
    ("keyway_time_freeze", Method::Control(keyway::time::freeze)),
    ("keyway_time_move", Method::Control(keyway::time::advance)),
    ("keyway_time_set", Method::Control(keyway::time::set)),
    ("keyway_time_show", Method::Read(Access::Memory, keyway::time::show)),
    ("keyway_time_step", Method::Control(keyway::time::step)),
    ("keyway_trace_call", Method::Read(Access::Heavy, keyway::trace::call)),
    ("keyway_trace_transaction", Method::Read(Access::Heavy, keyway::trace::transaction)),
    ("keyway_what_if", Method::Read(Access::Heavy, keyway::trace::what_if)),
    ("light_client_proof", Method::Read(Access::Heavy, light_client::execution_proof)),
    ("maintenance_windows", Method::Read(Access::Memory, validators::maintenance_windows)),
    ("network_info", Method::Read(Access::Memory, status::network_info)),
    ("next_light_client_block", Method::Read(Access::Disk, light_client::next_block)),
    ("query", Method::Read(Access::Depends(query::access), query::query)),
    ("sandbox_fast_forward", Method::Write(sandbox::fast_forward)),
    ("sandbox_patch_state", Method::Write(sandbox::patch_state)),
    ("send_tx", Method::Transaction(Transaction::Send)),
    ("status", Method::Read(Access::Memory, status::status)),
    ("tx", Method::Transaction(Transaction::Status)),
    ("tx_status", Method::Transaction(Transaction::StatusWithReceipts)),
    ("validators", Method::Read(Access::Disk, validators::validators)),
];

/// Whether a method is for chains of one's own only, so that a node can be started without it.
pub(crate) fn is_cheat(name: &str) -> bool {
    let is_ours = name.starts_with("keyway_") || name.starts_with("sandbox_");
    is_ours && !LOOKS.contains(&name)
}

/// Methods of keyway's own that only look at what transactions did.
const LOOKS: [&str; 4] =
    ["keyway_keys_history", "keyway_trace_call", "keyway_trace_transaction", "keyway_what_if"];

/// The position of `name` in [`METHODS`].
pub(crate) fn position(name: &str) -> Option<usize> {
    METHODS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()
}

#[cfg(test)]
mod tests {
    mod documented;

    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_names_are_found() {
        for (position_in_table, (name, _)) in METHODS.iter().enumerate() {
            assert_eq!(position(name), Some(position_in_table), "{name}");
        }
        assert_eq!(position("no_such_method"), None);
    }
}
