use super::dump::dumped;
use crate::chain::Chain;
use crate::dump::{DumpReader, LoadError};
use crate::inputs::edit::{Deletion, Edit};
use crate::inputs::input::Input;
use crate::spec::ChainOptions;
use crate::tests::chain::{Drive, NOW, data_record, id, signed_chain, transfer};
use keyway_state::{BaseState, Trie};
use near_primitives::hash::CryptoHash;
use near_primitives::trie_key::TrieKey;
use near_vm_runner::NoContractRuntimeCache;
use std::sync::Arc;

/// A fork on which rows were written and deleted, its network's state, and the block where it began.
fn forked() -> (Chain, Arc<Trie>, CryptoHash) {
    let (mut network, _) = signed_chain();
    for _ in 0..70 {
        network.tick(NOW).unwrap();
    }
    network.patch(vec![data_record("near", b"key", b"value")], NOW).unwrap();
    let base = Arc::new(network.head().state.clone());
    let point = network.fork_point(network.head());
    let cache = Arc::new(NoContractRuntimeCache);
    let mut fork = Chain::fork(&point, base.clone(), ChainOptions::default(), cache).unwrap();
    fork.submit(transfer(1, *network.head().hash()), NOW + 1).unwrap();
    let delete = vec![Deletion::Data { account_id: id("near"), key: b"key".to_vec() }];
    fork.apply(Input::Edit(Edit { delete, ..Edit::default() }), NOW + 2).unwrap();
    (fork, base, *network.head().hash())
}

fn loaded(bytes: &[u8], hash: CryptoHash, base: &Arc<Trie>) -> Result<Chain, LoadError> {
    let cache = Arc::new(NoContractRuntimeCache);
    let fork: (_, Arc<dyn BaseState>) = (hash, base.clone());
    Chain::load_fork(DumpReader::open(bytes)?, fork, ChainOptions::default(), cache)
}

#[test]
fn a_loaded_fork_goes_on_as_the_dumped_one_does() {
    let (mut first, base, hash) = forked();
    let bytes = dumped(&first);
    let mut second = loaded(&bytes, hash, &base).unwrap();
    assert_eq!(second.genesis_hash(), first.genesis_hash());
    for chain in [&mut first, &mut second] {
        chain.submit(transfer(2, *chain.head().hash()), NOW + 3).unwrap();
        chain.jump(200, NOW + 4).unwrap();
    }
    assert_eq!(second.head().hash(), first.head().hash());
    let data = TrieKey::ContractData { account_id: id("near"), key: b"key".to_vec() };
    assert_eq!(second.head().state.get(&data.to_vec()), Ok(None), "what was deleted stays so");
}

/// A reset of a loaded fork went back to a chain without a network, on which most accounts did not exist.
#[test]
fn a_loaded_fork_keeps_its_network_after_a_reset() {
    let (first, base, hash) = forked();
    let mut chain = loaded(&dumped(&first), hash, &base).unwrap();
    chain.submit(transfer(2, *chain.head().hash()), NOW + 3).unwrap();
    chain.apply(Input::Reset, NOW + 4).unwrap();
    assert_eq!(chain.head().hash(), first.head().hash());
    let near = TrieKey::Account { account_id: id("near") }.to_vec();
    assert_eq!(chain.head().state.get(&near), first.head().state.get(&near));
    assert!(chain.head().state.get(&near).unwrap().is_some());
    chain.submit(transfer(2, *chain.head().hash()), NOW + 5).unwrap();
}

#[test]
fn a_fork_is_not_loaded_without_its_network_or_on_another_block() {
    let (fork, base, hash) = forked();
    let bytes = dumped(&fork);
    let cache = || Arc::new(NoContractRuntimeCache);
    let dump = || DumpReader::open(bytes.as_slice()).unwrap();
    // A home was made from such a dump, and did not start.
    dump().verify_fork(&hash).unwrap();
    let error = dump().verify_fork(&CryptoHash::default()).unwrap_err();
    assert!(matches!(error, LoadError::OtherFork { .. }), "{error}");
    let error = dump().verify().unwrap_err();
    assert!(matches!(error, LoadError::NeedsNetwork { hash: found, .. } if found == hash));
    let dump = dump();
    let error = Chain::load(dump, ChainOptions::default(), cache()).unwrap_err();
    assert!(matches!(error, LoadError::NeedsNetwork { hash: found, .. } if found == hash));
    let error = loaded(&bytes, CryptoHash::default(), &base).unwrap_err().to_string();
    assert!(error.contains(&format!("the fork began at block {hash}")), "{error}");
    let own = dumped(&crate::tests::chain::chain());
    let error = loaded(&own, hash, &base).unwrap_err().to_string();
    assert!(error.contains("a chain that is no fork"), "{error}");
}
