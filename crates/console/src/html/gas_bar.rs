//! Gas by cost: a bar of its kinds, and a table of its costs.

use super::amount::gas;
use keyway::Gas;
use keyway::trace::{CostCategory, GasCost, by_category, merge_costs};
use maud::{Markup, html};

/// A bar with a legend; nothing if there are no costs.
pub(crate) fn gas_bar(costs: &[&GasCost]) -> Markup {
    let kinds = by_category(costs.iter().copied());
    let sum = kinds.iter().fold(0_u64, |sum, (_, gas)| sum.saturating_add(gas.as_gas())).max(1);
    let mut at = 0;
    let parts: Vec<_> = kinds
        .iter()
        .map(|(kind, gas)| {
            let width = share(gas.as_gas(), sum);
            let from = at;
            at += width;
            (class(*kind), from, width)
        })
        .collect();
    html! {
        @if !kinds.is_empty() {
            div.gas {
                svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                    @for (class, from, width) in &parts {
                        rect class=(class) x=(from) y="0" width=(width) height="10" {}
                    }
                }
                ul.legend {
                    @for (kind, amount) in &kinds {
                        li { span class={ "dot " (class(*kind)) } {} (kind.word()) " " (gas(*amount)) }
                    }
                }
            }
        }
    }
}

/// The largest costs by name.
pub(crate) fn gas_table(costs: &[&GasCost]) -> Markup {
    let merged = merge_costs(costs.iter().copied());
    let rest = merged.iter().skip(ROWS).fold(Gas::ZERO, |sum, cost| sum.saturating_add(cost.gas));
    html! {
        div.scroll {
            table.compact {
                caption.hidden { "Gas by cost, the largest first" }
                thead { tr {
                    th scope="col" { "Cost" }
                    th scope="col" { "Kind" }
                    th.right scope="col" { "Gas" }
                } }
                tbody {
                    @for cost in merged.iter().take(ROWS) {
                        tr {
                            td { code { (super::foreign(&cost.cost)) } }
                            td { (cost.category.word()) }
                            td.right { (gas(cost.gas)) }
                        }
                    }
                    @if merged.len() > ROWS {
                        tr { td { (merged.len() - ROWS) " more" } td {} td.right { (gas(rest)) } }
                    }
                }
            }
        }
    }
}

fn class(kind: CostCategory) -> &'static str {
    match kind {
        CostCategory::Action => "c1",
        CostCategory::Wasm => "c2",
        CostCategory::Storage => "c3",
        CostCategory::Host => "c4",
    }
}

/// Thousandths of a sum.
fn share(part: u64, sum: u64) -> u64 {
    let thousandths = u128::from(part) * 1_000 / u128::from(sum);
    u64::try_from(thousandths).unwrap_or(1_000)
}

/// Costs that a table names.
const ROWS: usize = 24;
