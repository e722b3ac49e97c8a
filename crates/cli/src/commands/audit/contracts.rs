//! The contracts that keys may call, each read once.

use crate::tools::Context;
use keyway::guard::{AccountFacts, Callable};
use keyway::{AccountId, Client};
use std::collections::BTreeMap;

/// The maximum number of contracts read in one audit.
const MOST: usize = 100;

/// The contracts that the keys of `accounts` may call, as of `then`. A contract that cannot be read
/// gets a note and stays unknown.
pub(super) async fn callable(
    context: &Context,
    then: &Client,
    accounts: &[AccountFacts],
) -> BTreeMap<String, Callable> {
    let (wanted, mut known) = (wanted(accounts), BTreeMap::new());
    let all = wanted.len();
    if all > MOST {
        let left = all - MOST;
        let note =
            format!("note: {left} of the {all} contracts that keys may call are not checked");
        context.notes.say(note);
    }
    for (receiver, methods) in wanted.into_iter().take(MOST) {
        let found = then.callable(&receiver, methods).await.unwrap_or_else(|error| {
            context.notes.say(format!("note: the contract {receiver} cannot be read: {error}"));
            Callable::Unknown
        });
        known.insert(receiver.to_string(), found);
    }
    known
}

/// The receivers of all keys, and whether a key for each one lists methods.
fn wanted(accounts: &[AccountFacts]) -> BTreeMap<AccountId, bool> {
    let mut wanted = BTreeMap::new();
    for key in accounts.iter().flat_map(|account| &account.keys) {
        let Some(call) = key.access_key.permission.function_call_permission() else { continue };
        if let Ok(receiver) = call.receiver_id.parse() {
            *wanted.entry(receiver).or_default() |= !call.method_names.is_empty();
        }
    }
    wanted
}
