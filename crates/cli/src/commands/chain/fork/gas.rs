//! `chain fork gas`: how far the gas of a transaction can be from the network's.

use crate::commands::chain::control;
use crate::error::CliError;
use crate::tools::{Context, counted};
use clap::Args;
use keyway::format_gas;
use keyway::protocol::CryptoHash;
use near_primitives::types::{AccountId, Gas};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;

/// Arguments of `chain fork gas`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  keyway chain fork gas 8Ct…

A contract that writes or removes a row pays for the nodes of the network's trie
on the way to the row. A fork knows some of them only: on the network, the
transaction would have burnt the gas that it burnt here, or more, up to the
second number.")]
pub(super) struct GasArgs {
    /// The transaction's hash
    #[arg(value_name = "HASH")]
    hash: CryptoHash,
}

/// What the node says.
#[derive(Debug, Deserialize, Serialize)]
struct Bands {
    gas_burnt: Gas,
    gas_burnt_at_most: Gas,
    unknown_trie_nodes: u64,
    outcomes: Vec<Band>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Band {
    id: CryptoHash,
    executor_id: AccountId,
    gas_burnt: Gas,
    gas_burnt_at_most: Gas,
    unknown_trie_nodes: u64,
}

impl GasArgs {
    /// Shows the gas of the transaction, and of each of its outcomes.
    ///
    /// # Errors
    /// If the node does not know the transaction; as [`control`].
    pub(super) async fn run(&self, context: &Context) -> Result<(), CliError> {
        let params = json!({"tx_hash": self.hash});
        let bands: Bands = control(context, "keyway_fork_gas", params).await?;
        context.answer.give(&bands)
    }
}

impl fmt::Display for Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = Shown(self.gas_burnt, self.gas_burnt_at_most, self.unknown_trie_nodes);
        writeln!(f, "gas burnt  {whole}")?;
        for Band { executor_id, gas_burnt, gas_burnt_at_most, unknown_trie_nodes, .. } in
            &self.outcomes
        {
            let shown = Shown(*gas_burnt, *gas_burnt_at_most, *unknown_trie_nodes);
            writeln!(f, "  {executor_id}: {shown}")?;
        }
        Ok(())
    }
}

/// The gas here, the most on the network, and the number of unknown nodes.
struct Shown(Gas, Gas, u64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(low, high, unknown) = *self;
        match unknown {
            0 => write!(f, "{}, as on the network", format_gas(low)),
            _ => {
                let nodes = counted(unknown, "unknown trie node");
                write!(f, "{} to {} ({nodes})", format_gas(low), format_gas(high))
            }
        }
    }
}
