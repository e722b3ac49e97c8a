//! What became of each request, as the chain says.

use super::Plan;
use super::load::{Ended, Outcome};
use super::setup::{RECEIVER, RELAYER, World};
use crate::http::Connection;
use keyway_bench::Problem;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

/// The relayer's balance, yoctoNEAR.
///
/// # Errors
/// If the node does not answer.
pub(crate) fn balance(world: &World<'_>) -> Result<u128, Problem> {
    balance_of(&mut world.node()?, RELAYER)
}

/// Compares what callers were told with what the chain has: each request ran once or was refused, what it cost is what the
/// relayer paid, and that is within the budget.
///
/// # Errors
/// What was lost, ran twice, or does not add up.
pub(crate) fn prove(
    world: &World<'_>,
    plan: Plan,
    before: u128,
    ended: &[Ended],
) -> Result<String, Problem> {
    let mut node = world.node()?;
    let after = settled(&mut node)?;
    let on_chain = gifts(&mut node)?;
    let (mut ran, mut refused, mut told, mut given) = (0_u32, 0_u32, 0, 0);
    let mut known = BTreeMap::new();
    for Ended { number, way } in ended {
        if known.insert(*number, ()).is_some() {
            return Err(format!("request {number} ended twice").into());
        }
        let gift = u128::from(*number) + 1;
        let hashes = on_chain.get(&gift).map_or(&[][..], Vec::as_slice);
        match (way, hashes) {
            (Outcome::Ran { hash, cost }, [only]) if only == hash => {
                ran += 1;
                told += cost;
                given += gift;
            }
            (Outcome::OverBudget, []) => refused += 1,
            _ => {
                return Err(
                    format!("request {number}: {way:?}, but the chain has {hashes:?}").into()
                );
            }
        }
    }
    let all = u32::try_from(known.len())?;
    if all != plan.transactions || on_chain.len() != usize::try_from(ran)? {
        let found = on_chain.len();
        return Err(format!("{all} of {} ended, {found} are on chain", plan.transactions).into());
    }
    let spent = before.checked_sub(after).ok_or("the relayer has become richer")?;
    if spent != told {
        return Err(format!("{told} yoctoNEAR were reported, {spent} were spent").into());
    }
    let received = balance_of(&mut node, RECEIVER)?.checked_sub(RECEIVER_BEFORE);
    if received != Some(given) {
        return Err(format!("{given} yoctoNEAR were given, {received:?} arrived").into());
    }
    let budget = super::setup::budget(plan);
    if spent > budget {
        return Err(format!("{spent} yoctoNEAR were spent, and {budget} is the budget").into());
    }
    Ok(format!(
        "{all} requests: {ran} ran once, {refused} refused by the budget, 0 lost, 0 ran twice; \
         {spent} of {budget} yoctoNEAR spent, as reported"
    ))
}

/// The relayer's balance when no refund is on its way any more.
fn settled(node: &mut Connection) -> Result<u128, Problem> {
    let mut last = (0, 0);
    for _ in 0..200 {
        let now = balance_of(node, RELAYER)?;
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
        if last.1 == 10 {
            return Ok(now);
        }
        sleep(Duration::from_millis(300));
    }
    Err("the relayer's balance does not come to rest".into())
}

/// The hashes of the relayer's transactions on chain, by the size of the gift.
fn gifts(node: &mut Connection) -> Result<BTreeMap<u128, Vec<String>>, Problem> {
    let head = node.call("block", &json!({ "finality": "optimistic" }))?;
    let head = head["header"]["height"].as_u64().ok_or("a block without a height")?;
    let mut found: BTreeMap<u128, Vec<String>> = BTreeMap::new();
    for height in 1..=head {
        let chunk = node.call("chunk", &json!({ "block_id": height, "shard_id": 0 }))?;
        let of_relayer = |it: &&Value| it["signer_id"] == RELAYER;
        for transaction in chunk["transactions"].as_array().into_iter().flatten().filter(of_relayer)
        {
            let mut action = &transaction["actions"][0];
            if let Some(delegate) = action.get("Delegate") {
                action = &delegate["delegate_action"]["actions"][0];
            }
            let gift = action["Transfer"]["deposit"].as_str().ok_or("not a transfer")?.parse()?;
            let hash = transaction["hash"].as_str().unwrap_or_default().to_owned();
            found.entry(gift).or_default().push(hash);
        }
    }
    Ok(found)
}

fn balance_of(node: &mut Connection, account: &str) -> Result<u128, Problem> {
    let asked =
        json!({ "request_type": "view_account", "finality": "final", "account_id": account });
    let answer = node.call("query", &asked)?;
    Ok(answer["amount"].as_str().ok_or("an account without a balance")?.parse()?)
}

/// The receiver has so much, yoctoNEAR, before the first gift.
const RECEIVER_BEFORE: u128 = 10_u128.pow(24);
