//! The file of an earlier look at the same accounts.

use crate::error::CliError;
use crate::tools::{Context, read_document, some_of};
use keyway::error::QueryError;
use keyway::guard::{AccountFacts, Observed};
use keyway::{AccountId, BlockReference, Error};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What `--remember` wrote to the file at `path`. Another chain may have the same accounts, keys
/// and heights, and its nonces would make keys in use look idle, so the chain is checked.
///
/// # Errors
/// If the file cannot be read, or is of another chain or of other accounts; if the chain cannot be
/// queried.
pub(super) async fn read(
    context: &Context,
    path: &Path,
    facts: &[AccountFacts],
) -> Result<BTreeMap<AccountId, Observed>, CliError> {
    let earlier: BTreeMap<AccountId, Observed> = read_document(FLAG, path)?;
    see_that_it_is_of(context, &earlier, facts)?;
    let named = earlier.values().any(|seen| seen.chain_id.is_some());
    let chain_id = if named { context.client.status().await?.chain_id } else { String::new() };
    let other = earlier.values().filter_map(|seen| seen.chain_id.as_ref());
    if let Some(other) = other.into_iter().find(|other| **other != chain_id) {
        return Err(misfit(format!("it is from the chain {other}, and this one is {chain_id}")));
    }
    let blocks: BTreeSet<_> =
        earlier.values().filter_map(|seen| Some((seen.height, seen.block_hash?))).collect();
    for (height, hash) in blocks {
        let then = context.client.at(BlockReference::Height(height));
        match then.block().await {
            Ok(block) if block.hash == hash => {}
            // A pruned block proves nothing either way.
            Err(Error::Query(QueryError::UnknownBlock { .. }))
                if height <= context.client.block().await?.height => {}
            Ok(_) | Err(Error::Query(QueryError::UnknownBlock { .. })) => {
                let why = format!("this chain has no block {height} with the hash {hash}");
                return Err(misfit(format!("it is from another chain: {why}")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(earlier)
}

/// Refuses a look at other accounts, which proves nothing about these.
fn see_that_it_is_of(
    context: &Context,
    earlier: &BTreeMap<AccountId, Observed>,
    facts: &[AccountFacts],
) -> Result<(), CliError> {
    let accounts = || facts.iter().map(|account| &account.account_id);
    let missing: Vec<_> = accounts().filter(|account| !earlier.contains_key(*account)).collect();
    if missing.len() == facts.len() {
        let seen: Vec<_> = earlier.keys().map(ToString::to_string).collect();
        let seen = if seen.is_empty() { "no account".to_owned() } else { some_of(&seen) };
        return Err(misfit(format!(
            "it covers {seen}, and none of the accounts that are audited now"
        )));
    }
    if !missing.is_empty() {
        let missing: Vec<_> = missing.into_iter().map(ToString::to_string).collect();
        let missing = some_of(&missing);
        context.notes.fail(format!(
            "warning: {FLAG} does not cover {missing}: whether their keys were used is unknown"
        ));
    }
    Ok(())
}

fn misfit(why: String) -> CliError {
    CliError::Value { flag: FLAG, why: format!("{why}; write a new one with --remember") }
}

const FLAG: &str = "--earlier";
