//! Forks of a node that answers as it should: what is read, how often, and what is kept.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{
    RECORDING, account, amount, data, fork, id, network, node, node_with, options_with_cache, read,
    reads_the_truth,
};
use keyway_fork::{Fork, ForkBlock, ForkError, ForkMissing, ForkOptions, Progress};
use keyway_test_kit::recording::error;
use keyway_test_kit::upstream::{Reply, Upstream};
use near_crypto::{KeyType, PublicKeyHandle, SecretKey};
use near_primitives::account::AccessKey;
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::trie_key::TrieKey;
use near_primitives::trie_key::trie_key_parsers::get_raw_prefix_for_access_keys;
use near_primitives::views::AccessKeyView;
use serde_json::json;
use std::thread;
use std::time::Duration;

#[test]
fn a_fork_reads_what_the_network_has_and_asks_once() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    reads_the_truth(&fork);
    let asked = node.count();
    reads_the_truth(&fork);
    assert_eq!(node.count(), asked, "the same again without a request");
    assert_eq!(fork.status().counts.requests as usize, asked);
    let of_data = node.asked().into_iter().filter(|asked| {
        asked.params["request_type"] == "view_state"
            && asked.params["account_id"] == "data-fork.root"
    });
    assert_eq!(of_data.count(), 1, "a small contract comes whole");
}

#[test]
fn a_fork_asks_of_one_block_and_never_sends() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    reads_the_truth(&fork);
    for asked in node.asked() {
        match asked.method.as_str() {
            "query" => assert_eq!(asked.params["block_id"], RECORDING.block_hash()),
            "block" | "status" | "validators" => {}
            "EXPERIMENTAL_genesis_config" | "EXPERIMENTAL_protocol_config" => {}
            other => panic!("{other} is no read"),
        }
    }
}

#[test]
fn a_fork_begins_where_the_network_is() {
    let node = node();
    let point = fork(&[&node]).unwrap().point();
    assert_eq!(point.block.header.height, 336);
    assert_eq!(point.block.header.hash.to_string(), RECORDING.block_hash());
    assert_eq!(
        (point.protocol_version, point.epoch_height, point.epoch_start_height),
        (86, 5, 301)
    );
    assert_eq!(point.genesis.chain_id, "test-chain-4J6mm");
    assert_eq!(point.genesis_hash.to_string(), "HgqBcGcfK7zVToCZfj2eZnyAr4qK9NxDFpkgeCMv5ciq");
    assert_eq!(point.validators.len(), 1);
    assert!(node.count() <= 5, "{} requests to begin", node.count());
}

#[test]
fn a_block_that_is_not_final_is_refused() {
    let node = node();
    let at = |block| {
        let options = ForkOptions { block, ..ForkOptions::default() };
        Fork::of(&network(&[&node]), &options)
    };
    assert!(at(ForkBlock::Height(336)).is_ok());
    let newer = at(ForkBlock::Height(337)).unwrap_err();
    assert!(matches!(newer, ForkError::NotFinal { newest: 336, .. }), "{newer}");
    let unknown = at(ForkBlock::Hash(CryptoHash([1; 32]))).unwrap_err();
    assert!(matches!(unknown, ForkError::NoBlock { .. }), "{unknown}");
}

#[test]
fn all_keys_of_an_account_are_listed_with_the_nonces_of_gas_keys() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    let page = |name: &str| {
        let page = fork.base().page(&get_raw_prefix_for_access_keys(&id(name)), None).unwrap();
        assert!(page.complete && page.entries.is_sorted());
        page.entries.len()
    };
    assert_eq!(page("user-fork.root"), 8 + 3 + 2);
    assert_eq!(page("many-fork.root"), 131);
    assert_eq!((page("locked-fork.root"), page("nobody-fork.root")), (0, 0));
    let asked = node.count();
    assert_eq!(page("many-fork.root"), 131);
    let handle: PublicKeyHandle =
        "ml-dsa-65-hash:BHCBgLZPkTZsWm89HurVf6fyUQV4WKiRNFn9nxCoHRQu".parse().unwrap();
    let row = TrieKey::AccessKey { account_id: id("user-fork.root"), key_handle: handle }.to_vec();
    let key: AccessKey = borsh::from_slice(&read(&fork, &row).unwrap().unwrap()).unwrap();
    assert_eq!((key.nonce, node.count()), (52_000_000, asked));
}

#[test]
fn a_post_quantum_key_is_found_by_its_hash() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    let row = |hash: &str| {
        let key_handle = format!("ml-dsa-65-hash:{hash}").parse().unwrap();
        TrieKey::AccessKey { account_id: id("user-fork.root"), key_handle }.to_vec()
    };
    let known = row("BHCBgLZPkTZsWm89HurVf6fyUQV4WKiRNFn9nxCoHRQu");
    assert!(read(&fork, &known).unwrap().is_some());
    assert_eq!(read(&fork, &row(&CryptoHash([8; 32]).to_string())), Ok(None));
}

#[test]
fn contract_data_is_listed_in_pages() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    for name in ["big-fork.root", "data-fork.root"] {
        let (prefix, mut keys, mut after) = (data(name, b""), Vec::new(), None::<Vec<u8>>);
        loop {
            let page = fork.base().page(&prefix, after.as_deref()).unwrap();
            keys.extend(page.entries.into_iter().map(|(key, _)| key));
            if page.complete {
                break;
            }
            after = keys.last().cloned();
        }
        let recorded: Vec<_> = RECORDING
            .data()
            .filter(|(account_id, _, _)| *account_id == name)
            .map(|(_, key, _)| data(name, key))
            .collect();
        assert_eq!(keys, recorded, "{name}");
    }
    let asked = node.count();
    assert_eq!(read(&fork, &data("big-fork.root", b"nothing here")), Ok(None));
    let page = fork.base().page(&data("big-fork.root", b"big/00"), None).unwrap();
    assert_eq!((page.entries.len(), page.complete), (10, true));
    assert_eq!(node.count(), asked, "what was listed is known");
}

#[test]
fn nodes_before_2_13_ignore_pages_and_are_read_right() {
    let recording = RECORDING.clone();
    let old = Upstream::start(move |asked| {
        Reply::Say(recording.answer(&asked.method, &asked.params, false))
    });
    let fork = fork(&[&old]).unwrap();
    for (account_id, key, _) in RECORDING.data().filter(|(id, _, _)| *id == "data-fork.root") {
        assert!(read(&fork, &data(account_id, key)).unwrap().is_some());
    }
    assert_eq!(read(&fork, &data("data-fork.root", b"row/9999")), Ok(None));
    // Its storage usage says that the account has no data: nobody needs to show it.
    assert_eq!(read(&fork, &data("uses-fork.root", b"a")), Ok(None));
    let error = read(&fork, &data("big-fork.root", b"big/003")).unwrap_err();
    assert!(error.contains("TOO_LARGE_CONTRACT_STATE") && error.contains("big/003"), "{error}");
    let newer = node();
    let both = common::fork(&[&old, &newer]).unwrap();
    assert!(read(&both, &data("big-fork.root", b"big/003")).unwrap().is_some());
}

#[test]
fn code_is_checked_against_its_hash_and_read_once_for_all_accounts() {
    let node = node();
    let fork = fork(&[&node]).unwrap();
    let code =
        |name: &str| read(&fork, &TrieKey::ContractCode { account_id: id(name) }.to_vec()).unwrap();
    let name = hash(&code("data-fork.root").unwrap());
    assert_eq!(hash(&code("locked-fork.root").unwrap()), name);
    assert_eq!(code("uses-fork.root"), None, "it uses a global contract");
    let views =
        node.asked().into_iter().filter(|asked| asked.params["request_type"] == "view_code");
    assert_eq!(views.count(), 1, "both have the same code");
}

#[test]
fn many_readers_make_one_request() {
    let node = node_with(|asked| {
        if asked.method == "query" {
            thread::sleep(Duration::from_millis(200));
        }
        None
    });
    let fork = fork(&[&node]).unwrap();
    let before = node.count();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| assert!(amount(&fork, "root").unwrap().is_some()));
        }
    });
    assert_eq!(node.count(), before + 1);
}

#[test]
fn a_later_fork_of_the_block_needs_no_request() {
    let (node, dir) = (node(), tempfile::tempdir().unwrap());
    let first = Fork::of(&network(&[&node]), &options_with_cache(dir.path())).unwrap();
    reads_the_truth(&first);
    let asked = node.count();
    // While the first one still runs, as another process would.
    let second = Fork::of(&network(&[&node]), &options_with_cache(dir.path())).unwrap();
    reads_the_truth(&second);
    assert_eq!(node.count(), asked);
    // What one reads while both run, the other knows.
    assert!(amount(&first, "many-fork.root").unwrap().is_some());
    assert!(amount(&second, "many-fork.root").unwrap().is_some());
    assert_eq!(node.count(), asked + 1);
    assert_eq!(second.status().counts.requests, 0);
}

#[test]
fn damage_in_the_cache_is_read_again() {
    let (node, dir) = (node(), tempfile::tempdir().unwrap());
    reads_the_truth(&Fork::of(&network(&[&node]), &options_with_cache(dir.path())).unwrap());
    let path = dir.path().join(format!("{}.rows", RECORDING.block_hash()));
    let whole = std::fs::read(&path).unwrap();
    for at in [20, whole.len() / 3, whole.len() - 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        std::fs::write(&path, damaged).unwrap();
        reads_the_truth(&Fork::of(&network(&[&node]), &options_with_cache(dir.path())).unwrap());
    }
    for code in std::fs::read_dir(dir.path().join("code")).unwrap().flatten() {
        std::fs::write(code.path(), "no code").unwrap();
    }
    let fork = Fork::of(&network(&[&node]), &options_with_cache(dir.path())).unwrap();
    let code = TrieKey::ContractCode { account_id: id("data-fork.root") }.to_vec();
    assert!(read(&fork, &code).unwrap().unwrap().starts_with(b"\0asm"));
}

#[test]
fn a_fork_file_needs_no_network() {
    let (node, dir) = (node(), tempfile::tempdir().unwrap());
    let path = dir.path().join("ref.fork");
    let online = fork(&[&node]).unwrap();
    reads_the_truth(&online);
    online.save(&path).unwrap();
    drop(node);
    let options = ForkOptions { offline: true, ..ForkOptions::default() };
    let offline = Fork::from_file(&path, None, &options).unwrap();
    reads_the_truth(&offline);
    assert_eq!(offline.point().block.header.hash, online.point().block.header.hash);
    let error = read(&offline, &account("many-fork.root")).unwrap_err();
    assert!(error.contains("ref.fork does not have account many-fork.root"), "{error}");
    let saved = std::fs::read(&path).unwrap();
    offline.save(&path).unwrap();
    assert!(std::fs::read(&path).unwrap() == saved, "the same file again");
    assert!(!String::from_utf8_lossy(&saved).contains("127.0.0.1"), "no address is in the file");

    let with = |network| Fork::from_file(&path, network, &ForkOptions::default());
    let whom = with(None).unwrap_err();
    assert!(matches!(whom, ForkError::NoNetwork { .. }), "{whom}");
    let again = common::node();
    let going_on = with(Some(&network(&[&again]))).unwrap();
    assert!(amount(&going_on, "many-fork.root").unwrap().is_some());
    assert_eq!(again.count(), 1);
}

#[test]
fn a_damaged_fork_file_is_refused() {
    let (node, dir) = (node(), tempfile::tempdir().unwrap());
    let path = dir.path().join("ref.fork");
    let fork = fork(&[&node]).unwrap();
    amount(&fork, "root").unwrap();
    fork.save(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let options = ForkOptions { offline: true, ..ForkOptions::default() };
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Fork::from_file(&path, None, &options)
    };
    for at in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        let found = open(&damaged);
        assert!(matches!(found, Err(ForkError::BadFile { .. })), "byte {at}");
        assert!(matches!(open(&whole[..at]), Err(ForkError::BadFile { .. })), "cut at {at}");
    }
    assert!(open(&whole).is_ok());
}

/// A node that knows nothing of an account, and says so in words of its own.
fn node_that_never_heard_of(account_id: &'static str) -> Upstream {
    node_with(move |asked| {
        (asked.params["account_id"] == account_id)
            .then(|| Reply::Say(error("NOT_RECORDED", json!({}), "not recorded")))
    })
}

#[test]
fn a_node_that_does_not_know_proves_no_absence() {
    let node = node_that_never_heard_of("new.root");
    let fork = fork(&[&node]).unwrap();
    let error = read(&fork, &account("new.root")).unwrap_err();
    assert!(error.contains("no endpoint can answer account new.root"), "{error}");
    assert_eq!(fork.status().assumed_absent, 0);
}

#[test]
fn what_is_missing_counts_as_absent_for_whom_wants_that() {
    let directory = tempfile::tempdir().unwrap();
    let node = node_that_never_heard_of("new.root");
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hear = {
        let heard = heard.clone();
        move |event: &keyway_fork::Event| heard.lock().unwrap().push(event.to_string())
    };
    let options = ForkOptions {
        missing: ForkMissing::Absent,
        progress: Progress::new(hear),
        ..options_with_cache(directory.path())
    };
    let fork = Fork::of(&network(&[&node]), &options).unwrap();
    let key = SecretKey::from_seed(KeyType::ED25519, "k").public_key();
    let key = TrieKey::AccessKey { account_id: id("new.root"), key_handle: key.into() }.to_vec();
    assert_eq!(read(&fork, &key), Ok(None), "a key before its account");
    assert_eq!(read(&fork, &account("new.root")), Ok(None));
    assert_eq!(read(&fork, &data("new.root", b"k")), Ok(None));
    let keys = get_raw_prefix_for_access_keys(&id("new.root"));
    assert!(fork.base().page(&keys, None).unwrap().entries.is_empty());
    assert_eq!(fork.status().assumed_absent, 1);
    let said = ["assumed absent: account new.root (--fork-missing absent)".to_owned()];
    assert_eq!(*heard.lock().unwrap(), said, "once for an account");
    reads_the_truth(&fork);
    let file = directory.path().join("a.fork");
    fork.save(&file).unwrap();

    let strict = Fork::of(&network(&[&node]), &options_with_cache(directory.path())).unwrap();
    assert!(read(&strict, &account("new.root")).is_err(), "no cache says that it is absent");
    let offline = ForkOptions { offline: true, ..ForkOptions::default() };
    let strict = Fork::from_file(&file, None, &offline).unwrap();
    assert!(read(&strict, &account("new.root")).is_err(), "no file says that it is absent");
    let lenient = ForkOptions { missing: ForkMissing::Absent, ..offline };
    let lenient = Fork::from_file(&file, None, &lenient).unwrap();
    assert_eq!(read(&lenient, &account("new.root")), Ok(None));
}

#[test]
fn nothing_counts_as_absent_of_an_account_that_was_read() {
    let node = node_with(|asked| {
        (asked.params["account_id"] == "data-fork.root"
            && asked.params["request_type"] != "view_account")
            .then(|| Reply::Say(error("NOT_RECORDED", json!({}), "not recorded")))
    });
    let options = ForkOptions { missing: ForkMissing::Absent, ..ForkOptions::default() };
    let fork = Fork::of(&network(&[&node]), &options).unwrap();
    assert!(read(&fork, &data("data-fork.root", b"row/1")).is_err());
    assert_eq!(fork.status().assumed_absent, 0);
}

#[test]
fn errors_with_a_known_meaning_prove_no_absence_either() {
    for name in ["METHOD_NOT_FOUND", "GARBAGE_COLLECTED_BLOCK", "TOO_LARGE_CONTRACT_STATE"] {
        let node = node_with(move |asked| {
            (asked.params["account_id"] == "root").then(|| Reply::Say(error(name, json!({}), "no")))
        });
        let options = ForkOptions { missing: ForkMissing::Absent, ..ForkOptions::default() };
        let fork = Fork::of(&network(&[&node]), &options).unwrap();
        assert!(read(&fork, &account("root")).is_err(), "{name}");
    }
}

#[test]
fn an_offline_fork_has_what_its_file_has_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let node = node();
    let options = options_with_cache(directory.path());
    let fork = Fork::of(&network(&[&node]), &options).unwrap();
    let file = directory.path().join("empty.fork");
    fork.save(&file).unwrap();
    assert!(amount(&fork, "root").unwrap().is_some(), "the cache has it now");
    let offline = ForkOptions { offline: true, ..options };
    let error = amount(&Fork::from_file(&file, None, &offline).unwrap(), "root").unwrap_err();
    assert!(error.contains("does not have account root"), "{error}");
}

/// Keys could not be listed of an account with a post-quantum gas key, and its nonces never be read.
#[test]
fn the_nonces_of_a_post_quantum_gas_key_are_read_once_it_is_named() {
    let key = SecretKey::from_seed(KeyType::MLDSA65, "gas").public_key();
    let handle = PublicKeyHandle::from(key.clone());
    let view = AccessKeyView::from(AccessKey::gas_key_full_access(2));
    let block_hash = RECORDING.block_hash().to_owned();
    let (handle_text, key_text) = (handle.to_string(), key.to_string());
    let node = node_with(move |asked| {
        let result = match asked.params["request_type"].as_str()? {
            "view_access_key_list" => {
                json!({"keys": [{"public_key": handle_text, "access_key": view}]})
            }
            "view_gas_key_nonces" if asked.params["public_key"] == key_text => {
                json!({"nonces": [7, 8]})
            }
            _ => return None,
        };
        let mut answer = json!({"result": result});
        answer["result"]["block_hash"] = block_hash.clone().into();
        answer["result"]["block_height"] = 336.into();
        Some(Reply::Say(answer))
    });
    let fork = fork(&[&node]).unwrap();
    let keys = get_raw_prefix_for_access_keys(&id("root"));
    assert_eq!(fork.base().page(&keys, None).unwrap().entries.len(), 1);
    let nonce = |index| {
        let (account_id, key_handle) = (id("root"), handle.clone());
        read(&fork, &TrieKey::GasKeyNonce { account_id, key_handle, index }.to_vec())
    };
    let error = nonce(1).unwrap_err();
    assert!(error.contains("nodes look up nonces by the public key"), "{error}");
    assert_eq!(nonce(2), Ok(None), "the key has two nonces");
    fork.learn_key(&key);
    assert_eq!(nonce(1), Ok(Some(borsh::to_vec(&8_u64).unwrap())));
    let asked = node.count();
    assert_eq!(nonce(0), Ok(Some(borsh::to_vec(&7_u64).unwrap())));
    assert_eq!(node.count(), asked, "both came with one answer");
}
