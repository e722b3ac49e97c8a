//! The state: reads, writes and proofs among the keys of many accounts.

use crate::world::account_id;
use crate::{Hand, Problem, World, scatter};
use keyway_engine::Value;
use near_primitives::trie_key::TrieKey;

pub(super) fn take(hand: &mut impl Hand, world: &World) -> Result<(), Problem> {
    let trie = &world.chain.head().state;
    let mut next = keys()?.into_iter().cycle();
    let mut key = move || next.next().ok_or("there are keys");
    hand.take("trie/read a key", || trie.get(&key()?)?.ok_or_else(|| "a key is lost".into()))?;
    let one = keys()?.swap_remove(0);
    hand.take("trie/prove a key", || Ok(trie.prove_prefix(&one)?))?;
    hand.take_prepared("trie/write 100 keys", writes, |writes| Ok(trie.apply(writes.drain(..))?))
}

/// A key and its new value.
type Write = (Vec<u8>, Option<Value>);

/// New values for [`KEYS`] accounts.
fn writes() -> Result<Vec<Write>, Problem> {
    let value = || Some(Value::from(vec![7; ACCOUNT_BYTES]));
    Ok(keys()?.into_iter().map(|key| (key, value())).collect())
}

/// The state's keys of some accounts far from each other.
fn keys() -> Result<Vec<Vec<u8>>, Problem> {
    let key = |number| {
        let account_id = account_id(scatter(number) % World::ACCOUNTS)?;
        Ok(TrieKey::Account { account_id }.to_vec())
    };
    (0..KEYS).map(key).collect()
}

const KEYS: u64 = 100;

/// How long an account's value is.
const ACCOUNT_BYTES: usize = 72;
