//! What must hold of the trace of any transaction.

use keyway_chain::Chain;
use keyway_trace::{Frame, GasCost, Trace};
use near_primitives::hash::CryptoHash;
use near_primitives::transaction::{ExecutionMetadata, ExecutionOutcome};
use near_primitives::types::Gas;

/// The trace of a transaction, after checking it against the transaction's outcomes: its gas by
/// cost adds up to theirs, exactly, and its money to zero.
///
/// # Panics
/// When anything differs.
#[must_use]
#[track_caller]
pub fn traced(chain: &Chain, hash: &CryptoHash) -> Trace {
    let trace = untallied(chain, hash);
    assert_eq!(trace.money.sum().0, 0, "{:#?}", trace.money);
    trace
}

/// As [`traced`], where a patch may have made or taken tokens.
///
/// # Panics
/// When anything differs.
#[must_use]
#[track_caller]
pub(crate) fn untallied(chain: &Chain, hash: &CryptoHash) -> Trace {
    let before = chain.head().state.root();
    let trace = chain.trace(hash).expect("a transaction of this chain can be traced");
    assert_eq!(chain.head().state.root(), before, "a trace changes nothing");
    let own = outcome(chain, hash).expect("it has an outcome");
    assert_eq!(sum(&trace.conversion.costs), own.gas_burnt);
    let mut total = own.gas_burnt;
    for frame in &trace.frames {
        let Some(outcome) = outcome(chain, &frame.receipt_id) else {
            assert_eq!(frame.block_height, None, "{frame:#?}");
            continue;
        };
        check(frame, &outcome);
        total = total.saturating_add(outcome.gas_burnt);
    }
    assert_eq!(trace.gas_burnt, total);
    trace
}

#[track_caller]
fn check(frame: &Frame, outcome: &ExecutionOutcome) {
    assert_eq!(frame.gas_burnt, outcome.gas_burnt);
    assert_eq!(sum(frame.all_costs()), outcome.gas_burnt, "{frame:#?}");
    assert_eq!(frame.tokens_burnt, outcome.tokens_burnt);
    let logs: Vec<_> = frame.actions.iter().flat_map(|action| &action.logs).collect();
    assert_eq!(
        logs.iter().map(|log| &log.text).collect::<Vec<_>>(),
        outcome.logs.iter().collect::<Vec<_>>()
    );
    let profile = match &outcome.metadata {
        ExecutionMetadata::V3(profile) => profile.clone(),
        ExecutionMetadata::V4(metadata) => Box::new(metadata.profile.clone()),
        _ => return,
    };
    let named = |name: &str| {
        let costs = frame.actions.iter().flat_map(|action| &action.costs);
        sum(costs.filter(|cost| cost.cost == name))
    };
    for (cost, gas) in &profile.wasm_ext_profile {
        assert_eq!(named(&format!("{cost:?}").to_uppercase()), *gas, "{cost:?}");
    }
    for (cost, gas) in &profile.actions_profile {
        assert_eq!(named(&format!("{cost:?}").to_uppercase()), *gas, "{cost:?}");
    }
    assert_eq!(named("WASM_INSTRUCTION"), profile.wasm_gas);
}

fn outcome(chain: &Chain, id: &CryptoHash) -> Option<ExecutionOutcome> {
    Some(chain.outcome(id).expect("it is in memory")?.outcome.outcome)
}

fn sum<'a>(costs: impl IntoIterator<Item = &'a GasCost>) -> Gas {
    costs.into_iter().fold(Gas::ZERO, |sum, cost| sum.checked_add(cost.gas).unwrap_or(Gas::MAX))
}
