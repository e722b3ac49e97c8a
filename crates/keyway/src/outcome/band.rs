//! How far the gas of an outcome on a fork can be from the network's.

use super::{Execution, Outcome};
use near_primitives::hash::CryptoHash;
use near_primitives::types::Gas;
use serde::Deserialize;
use std::collections::HashMap;

/// The gas that an outcome on a fork would have burnt on the network: from `low`, what it burnt on the
/// fork, to `high`. Both are the same if the fork knows all that the outcome paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GasBand {
    /// What it burnt on the fork.
    pub low: Gas,
    /// The most that it would have burnt on the network.
    pub high: Gas,
}

impl Outcome {
    /// The band of all the gas that was burnt; none if the chain is no fork.
    pub fn gas_band(&self) -> Option<GasBand> {
        let mut bands = self.executions.iter().filter_map(Execution::gas_band).peekable();
        bands.peek()?;
        let high = bands.fold(Gas::ZERO, |sum, band| sum.saturating_add(band.high));
        Some(GasBand { low: self.gas_burnt(), high })
    }

    /// Sets what `of` knows of each execution by its id.
    pub(crate) fn with_ceilings(mut self, of: impl Fn(&CryptoHash) -> Option<Gas>) -> Self {
        for execution in &mut self.executions {
            execution.gas_burnt_at_most = of(&execution.id);
        }
        self
    }
}

impl Execution {
    /// The band of the gas that it burnt; none if the chain is no fork.
    pub fn gas_band(&self) -> Option<GasBand> {
        self.gas_burnt_at_most.map(|high| GasBand { low: self.gas_burnt, high })
    }
}

/// What the answer of a fork has besides a network's.
#[derive(Deserialize)]
pub(crate) struct Ceilings {
    transaction_outcome: Ceiling,
    receipts_outcome: Vec<Ceiling>,
}

#[derive(Deserialize)]
struct Ceiling {
    id: CryptoHash,
    outcome: AtMost,
}

#[derive(Deserialize)]
struct AtMost {
    gas_burnt_at_most: Option<Gas>,
}

impl Ceilings {
    /// The member of an answer without which it has none of this.
    pub(crate) const MEMBER: &str = "\"gas_burnt_at_most\"";

    /// The gas by the id of its execution.
    pub(crate) fn by_id(self) -> HashMap<CryptoHash, Gas> {
        let ran = std::iter::once(self.transaction_outcome).chain(self.receipts_outcome);
        ran.filter_map(|ran| Some((ran.id, ran.outcome.gas_burnt_at_most?))).collect()
    }
}
