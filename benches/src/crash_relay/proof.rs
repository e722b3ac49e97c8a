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
    ended: Vec<Ended>,
) -> Result<String, Problem> {
    let mut node = world.node()?;
    let after = settled(&mut node)?;
    let mut told = Told::new(plan, ended)?;
    each_gift(&mut node, |gift, hash| told.meet(gift, hash))?;
    let Told { to_find, ran, refused, cost, given } = &told;
    if let Some((number, hash)) = to_find.first_key_value() {
        return Err(format!("request {number}: the chain does not have {hash}").into());
    }
    let spent = before.checked_sub(after).ok_or("the relayer has become richer")?;
    if spent != *cost {
        return Err(format!("{cost} yoctoNEAR were reported, {spent} were spent").into());
    }
    let received = balance_of(&mut node, RECEIVER)?.checked_sub(RECEIVER_BEFORE);
    if received != Some(*given) {
        return Err(format!("{given} yoctoNEAR were given, {received:?} arrived").into());
    }
    let budget = super::setup::budget(plan);
    if spent > budget {
        return Err(format!("{spent} yoctoNEAR were spent, and {budget} is the budget").into());
    }
    let all = plan.transactions;
    Ok(format!(
        "{all} requests: {ran} ran once, {refused} refused by the budget, 0 lost, 0 ran twice; \
         {spent} of {budget} yoctoNEAR spent, as reported"
    ))
}

/// What callers were told.
#[derive(Debug)]
struct Told {
    /// The transactions of requests that ran, by the request's number, until they are found on the chain.
    to_find: BTreeMap<u32, String>,
    ran: usize,
    refused: usize,
    /// What those that ran cost, and gave, yoctoNEAR.
    cost: u128,
    given: u128,
}

impl Told {
    fn new(plan: Plan, ended: Vec<Ended>) -> Result<Self, Problem> {
        let mut told = Self { to_find: BTreeMap::new(), ran: 0, refused: 0, cost: 0, given: 0 };
        let mut numbers = vec![false; usize::try_from(plan.transactions)?];
        for Ended { number, way } in ended {
            let known = numbers.get_mut(usize::try_from(number)?).ok_or("a request too many")?;
            if std::mem::replace(known, true) {
                return Err(format!("request {number} ended twice").into());
            }
            match way {
                Outcome::OverBudget => told.refused += 1,
                Outcome::Ran { hash, cost } => {
                    told.ran += 1;
                    told.cost += cost;
                    told.given += u128::from(number) + 1;
                    told.to_find.insert(number, hash);
                }
            }
        }
        match numbers.iter().position(|known| !known) {
            Some(number) => Err(format!("nobody knows how request {number} ended").into()),
            None => Ok(told),
        }
    }

    /// Crosses off what a transaction on the chain did. One that ran twice, or that the caller was told not to have run, is
    /// not there to be crossed off.
    fn meet(&mut self, gift: u128, hash: &str) -> Result<(), Problem> {
        let number = u32::try_from(gift.saturating_sub(1))?;
        match self.to_find.remove(&number) {
            Some(told) if told == hash => Ok(()),
            told => {
                Err(format!("request {number}: told {told:?}, and the chain has {hash}").into())
            }
        }
    }
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

/// Each gift of the relayer on chain, with the hash of its transaction, block after block.
fn each_gift(
    node: &mut Connection,
    mut meet: impl FnMut(u128, &str) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let head = node.call("block", &json!({ "finality": "optimistic" }))?;
    let head = head["header"]["height"].as_u64().ok_or("a block without a height")?;
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
            meet(gift, transaction["hash"].as_str().unwrap_or_default())?;
        }
    }
    Ok(())
}

fn balance_of(node: &mut Connection, account: &str) -> Result<u128, Problem> {
    let asked =
        json!({ "request_type": "view_account", "finality": "final", "account_id": account });
    let answer = node.call("query", &asked)?;
    Ok(answer["amount"].as_str().ok_or("an account without a balance")?.parse()?)
}

/// The receiver has so much, yoctoNEAR, before the first gift.
const RECEIVER_BEFORE: u128 = 10_u128.pow(24);
