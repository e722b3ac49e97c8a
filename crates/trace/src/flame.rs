//! Gas as stacks: folded lines for flame graphs, and a profile for speedscope.

use crate::frame::Frame;
use crate::gas::merge_costs;
use crate::value::Trace;
use near_primitives::hash::CryptoHash;
use serde_json::{Value, json};
use std::collections::HashMap;

/// One line for each receipt and cost: its stack from the transaction down, separated by `;`, and
/// the gas. The format of `flamegraph.pl` and inferno.
#[must_use]
pub fn folded(trace: &Trace) -> String {
    let mut text = String::new();
    for (stack, gas) in stacks(trace) {
        text.push_str(&stack.join(";"));
        text.push_str(&format!(" {gas}\n"));
    }
    text
}

/// A file for <https://www.speedscope.app>: gas in place of time.
#[must_use]
pub fn speedscope(trace: &Trace) -> Value {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let (mut samples, mut weights, mut end) = (Vec::new(), Vec::new(), 0_u64);
    for (stack, gas) in stacks(trace) {
        let stack = stack.into_iter().map(|name| {
            *known.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                names.len() - 1
            })
        });
        samples.push(stack.collect::<Vec<_>>());
        weights.push(gas);
        end = end.saturating_add(gas);
    }
    let frames: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    json!({
        "$schema": "https://www.speedscope.app/file-format-schema.json",
        "name": trace.transaction.hash,
        "exporter": "keyway",
        "activeProfileIndex": 0,
        "shared": {"frames": frames},
        "profiles": [{
            "type": "sampled",
            "name": "gas",
            "unit": "none",
            "startValue": 0,
            "endValue": end,
            "samples": samples,
            "weights": weights,
        }],
    })
}

/// Every stack with gas of its own: the transaction, the receipts down to one, and a cost of it.
fn stacks(trace: &Trace) -> Vec<(Vec<String>, u64)> {
    let root =
        clean(&format!("{} → {}", trace.transaction.signer_id, trace.transaction.receiver_id));
    let mut stacks = Vec::new();
    let mut add = |stack: &[String], costs: Vec<crate::gas::GasCost>| {
        for cost in costs {
            let leaf = format!("{}: {}", cost.category.word(), clean(&cost.cost));
            stacks.push(([stack, &[leaf]].concat(), cost.gas.as_gas()));
        }
    };
    add(std::slice::from_ref(&root), merge_costs(&trace.conversion.costs));
    let mut above: HashMap<CryptoHash, Vec<String>> = HashMap::new();
    for frame in &trace.frames {
        let mut stack = above.get(&frame.parent).cloned().unwrap_or_else(|| vec![root.clone()]);
        if stack.len() < DEEPEST {
            stack.push(clean(&frame.name()));
        }
        add(&stack, frame_costs(frame));
        above.insert(frame.receipt_id, stack);
    }
    stacks
}

fn frame_costs(frame: &Frame) -> Vec<crate::gas::GasCost> {
    merge_costs(frame.all_costs())
}

/// A name that cannot be mistaken for the format's own characters, or a terminal's.
fn clean(name: &str) -> String {
    name.chars().map(|c| if c == ';' || c.is_control() { '_' } else { c }).collect()
}

/// Deeper receipts are counted at this depth, so that the text stays bounded.
const DEEPEST: usize = 64;
