//! What a store gives back: packed blocks, trie rows, names, epochs, branches, snapshots and the head of a chain.
//!
//! One entry of a sound archive is replaced by any bytes, with a checksum that fits. Whatever stands
//! there, a chain is opened and questioned, or the damage is an error.

#![no_main]

use keyway_chain::{Chain, ChainOptions, Input};
use keyway_fuzz::archive::{Entries, SNAPSHOT};
use keyway_fuzz::checksum;
use keyway_property_tests::{keys, world};
use keyway_state::{read, records};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static SOUND: LazyLock<Entries> = LazyLock::new(Entries::sound);

fuzz_target!(|bytes: &[u8]| {
    let [kind, at, bytes @ ..] = bytes else { return };
    let mut entries = SOUND.clone();
    let mut bytes = bytes.to_vec();
    if kind & 0x80 == 0 {
        bytes.extend(checksum(&bytes));
    }
    entries.replace(kind % 8, usize::from(*at), bytes);
    let genesis = keyway_fuzz::genesis(88).config;
    let shelf = entries.into_cached();
    let options = ChainOptions::default();
    let Ok(mut chain) = Chain::resume(&genesis, options, world::contracts(), &shelf) else {
        return;
    };
    question(&chain);
    let _ = chain.apply(Input::Tick, world::NOW);
    question(&chain);
    for input in [Input::Revert { name: SNAPSHOT.to_owned() }, Input::Tick, Input::Reset] {
        let _ = chain.apply(input, world::NOW);
        question(&chain);
    }
});

/// Asks whatever reads blocks, names and states.
fn question(chain: &Chain) {
    for height in 0..=chain.head().height().min(40) {
        let Ok(Some(block)) = chain.block_by_height(height) else { continue };
        let _ = chain.block_by_hash(block.hash());
        let _ = chain.next_block(&block);
        let _ = chain.validators(Some(block.header.epoch_id()));
        for tx in &block.transactions {
            let _ = chain.transaction(&tx.get_hash());
        }
        for outcome in &block.outcomes {
            let _ = chain.outcome(&outcome.id);
            let _ = chain.receipt(&outcome.id);
            let _ = chain.transaction_of_receipt(&outcome.id);
        }
    }
    for number in 0..keys::ACCOUNTS {
        let _ = read::account(&chain.head().state, keys::account_id(number));
    }
    let _ = chain.earliest_block();
    records(&chain.head().state).for_each(drop);
}
