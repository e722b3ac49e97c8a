//! What the tests share: the recording of a nearcore node, and what a fork of it must read.
#![allow(dead_code, reason = "each test uses a part")]

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use keyway_fork::{Fork, ForkBlock, ForkError, ForkOptions, Network};
use keyway_test_kit::recording::Recording;
use keyway_test_kit::upstream::{Asked, Reply, Upstream};
use near_primitives::account::Account;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::AccountId;
use std::sync::{Arc, LazyLock};

pub(crate) static RECORDING: LazyLock<Arc<Recording>> = LazyLock::new(|| {
    let text = include_str!("../../../../tests/conformance/data/fork.json");
    Arc::new(Recording::read(text))
});

/// The recorded node, but for requests that `mischief` replies to.
pub(crate) fn node_with(
    mischief: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> Upstream {
    let recording = RECORDING.clone();
    Upstream::start(move |asked| {
        let honest = || Reply::Say(recording.answer(&asked.method, &asked.params, true));
        mischief(asked).unwrap_or_else(honest)
    })
}

pub(crate) fn node() -> Upstream {
    node_with(|_| None)
}

/// What the recorded node says to a request.
pub(crate) fn honest(asked: &Asked) -> serde_json::Value {
    RECORDING.answer(&asked.method, &asked.params, true)
}

pub(crate) fn network(nodes: &[&Upstream]) -> Network {
    let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
    Network::parse(&urls.join(",")).unwrap()
}

pub(crate) fn fork(nodes: &[&Upstream]) -> Result<Fork, ForkError> {
    Fork::of(&network(nodes), &ForkOptions::default())
}

/// Of the recorded block, so that the first requests are about its state.
pub(crate) fn options_with_cache(dir: &std::path::Path) -> ForkOptions {
    let block = ForkBlock::Hash(RECORDING.block_hash().parse().unwrap());
    ForkOptions { block, cache: Some(dir.to_owned()), ..ForkOptions::default() }
}

pub(crate) fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

pub(crate) fn data(account_id: &str, key: &[u8]) -> Vec<u8> {
    TrieKey::ContractData { account_id: id(account_id), key: key.to_vec() }.to_vec()
}

pub(crate) fn account(account_id: &str) -> Vec<u8> {
    TrieKey::Account { account_id: id(account_id) }.to_vec()
}

pub(crate) fn read(fork: &Fork, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let value = fork.base().get(key).map_err(|error| error.to_string())?;
    Ok(value.map(|value| value.to_vec()))
}

/// The amount of an account, yoctoNEAR.
pub(crate) fn amount(fork: &Fork, account_id: &str) -> Result<Option<u128>, String> {
    let value = read(fork, &account(account_id))?;
    Ok(value.map(|value| borsh::from_slice::<Account>(&value).unwrap().amount().as_yoctonear()))
}

/// Reads what was recorded of two contracts, and things that do not exist.
#[track_caller]
pub(crate) fn reads_the_truth(fork: &Fork) {
    let mut rows = 0;
    for (account_id, key, value) in RECORDING.data() {
        // Of the contract that is too large to be shown whole, some rows will do.
        if account_id == "big-fork.root" && rows % 10 != 0 {
            rows += 1;
            continue;
        }
        let value = BASE64.decode(value.as_str().unwrap()).unwrap();
        assert_eq!(read(fork, &data(account_id, key)), Ok(Some(value)), "{account_id} {key:?}");
        rows += 1;
    }
    assert!(rows > 300, "{rows} rows");
    for absent in [
        data("data-fork.root", b"row/9999"),
        data("big-fork.root", b"big/0"),
        data("nobody-fork.root", b"STATE"),
        account("nobody-fork.root"),
        TrieKey::ContractCode { account_id: id("user-fork.root") }.to_vec(),
        TrieKey::PromiseYieldIndices.to_vec(),
    ] {
        assert_eq!(read(fork, &absent), Ok(None), "{absent:?}");
    }
    assert_eq!(amount(fork, "root"), Ok(Some(999_999_729_950_195_073_237_500_000_000_000)));
}
