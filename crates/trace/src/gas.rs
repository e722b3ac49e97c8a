//! Gas by cost.

use near_primitives::types::Gas;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Gas burnt for one cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasCost {
    /// The kind of cost.
    pub category: CostCategory,
    /// The protocol's name of the cost, such as `STORAGE_WRITE_BASE`. A fee for the action itself
    /// ends in `_EXECUTION` or `_SENDING`.
    pub cost: String,
    /// The gas.
    pub gas: Gas,
}

/// The kinds of costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostCategory {
    /// Fees of actions and receipts: those executed, and those that a contract sends.
    Action,
    /// The contract's own instructions.
    Wasm,
    /// Reading and writing the contract's storage.
    Storage,
    /// Other host functions, and loading the contract.
    Host,
}

impl CostCategory {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Action => "actions",
            Self::Wasm => "wasm",
            Self::Storage => "storage",
            Self::Host => "host functions",
        }
    }
}

/// Adds up the gas of equal costs, largest first.
pub fn merge_costs<'a>(costs: impl IntoIterator<Item = &'a GasCost>) -> Vec<GasCost> {
    let mut sums: BTreeMap<(CostCategory, &str), Gas> = BTreeMap::new();
    for cost in costs {
        let sum = sums.entry((cost.category, &cost.cost)).or_insert(Gas::ZERO);
        *sum = sum.saturating_add(cost.gas);
    }
    let merged = sums.into_iter();
    let mut merged: Vec<_> = merged
        .map(|((category, cost), gas)| GasCost { category, cost: cost.to_owned(), gas })
        .collect();
    merged.sort_by_key(|cost| Reverse(cost.gas));
    merged
}

/// The gas of each category that has any, largest first.
pub fn by_category<'a>(costs: impl IntoIterator<Item = &'a GasCost>) -> Vec<(CostCategory, Gas)> {
    let mut sums: BTreeMap<CostCategory, Gas> = BTreeMap::new();
    for cost in costs {
        let sum = sums.entry(cost.category).or_insert(Gas::ZERO);
        *sum = sum.saturating_add(cost.gas);
    }
    let mut sums: Vec<_> = sums.into_iter().filter(|(_, gas)| *gas != Gas::ZERO).collect();
    sums.sort_by_key(|(_, gas)| Reverse(*gas));
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_costs_are_added_up_and_sorted() {
        let cost = |category, cost: &str, gas| GasCost {
            category,
            cost: cost.to_owned(),
            gas: Gas::from_gas(gas),
        };
        let all = [
            cost(CostCategory::Host, "BASE", 1),
            cost(CostCategory::Wasm, "WASM_INSTRUCTION", 5),
            cost(CostCategory::Host, "BASE", 2),
        ];
        let merged = merge_costs(&all);
        assert_eq!(merged, [all[1].clone(), cost(CostCategory::Host, "BASE", 3)]);
        let gas = |gas| Gas::from_gas(gas);
        assert_eq!(by_category(&all), [(CostCategory::Wasm, gas(5)), (CostCategory::Host, gas(3))]);
    }
}
