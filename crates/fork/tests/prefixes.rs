//! Contract data whose keys are prefixes of one another: a node's answer to the request for one row can
//! be a longer key, and pages begin and end between such keys.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use common::{RECORDING, data, honest, network, node_with, read};
use keyway_fork::{Fork, ForkOptions};
use keyway_test_kit::upstream::{Asked, Reply};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// What a node has, and how it pages.
#[derive(Clone, Debug, Default)]
struct Contract {
    rows: Rows,
    /// The most rows of a page, whatever was asked for.
    most: usize,
    /// Whether a page says after which key the next one begins.
    names_last: bool,
}

/// Short keys of two letters: most are prefixes of others.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0, b'a']), 0..5)
}

fn contract() -> impl Strategy<Value = Contract> {
    let rows = prop::collection::btree_map(key(), prop::collection::vec(any::<u8>(), 0..3), 0..20);
    (rows, 1_usize..6).prop_map(|(rows, most)| Contract { rows, most, names_last: true })
}

impl Contract {
    /// The answer of a node that pages, to `view_state`.
    fn state(&self, asked: &Asked) -> Reply {
        let bytes =
            |name: &str| asked.params[name].as_str().map(|text| BASE64.decode(text).unwrap());
        let (prefix, after) = (bytes("prefix_base64").unwrap(), bytes("after_key_base64"));
        let wanted = asked.params["limit"].as_u64().unwrap() as usize;
        let limit = if self.names_last { wanted.min(self.most) } else { wanted };
        let here = self.rows.iter().filter(|(key, _)| {
            key.starts_with(&prefix) && after.as_ref().is_none_or(|after| *key > after)
        });
        let here: Vec<_> = here.collect();
        let page = &here[..limit.min(here.len())];
        let values = page
            .iter()
            .map(|(key, value)| json!({"key": BASE64.encode(key), "value": BASE64.encode(value)}));
        let mut result = json!({
            "values": values.collect::<Vec<_>>(),
            "block_hash": RECORDING.block_hash(),
            "block_height": 336,
        });
        if let (true, true, Some((last, _))) =
            (self.names_last, here.len() > page.len(), page.last())
        {
            result["last_key"] = BASE64.encode(last).into();
        }
        Reply::Say(json!({"result": result}))
    }
}

/// Reads in any order, of rows and of whole prefixes.
fn reads() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
    prop::collection::vec((any::<bool>(), key()), 1..30)
}

/// All rows with a prefix, page by page.
fn listed(fork: &Fork, prefix: &[u8]) -> Rows {
    let (base, own) = (fork.base(), data("root", b"").len());
    let (prefix, mut rows, mut after) = (data("root", prefix), Rows::new(), None::<Vec<u8>>);
    loop {
        let page = base.page(&prefix, after.as_deref()).unwrap();
        after = page.entries.last().map(|(key, _)| key.clone()).or(after);
        for (key, value) in page.entries {
            let twice = rows.insert(key[own..].to_vec(), value.to_vec());
            assert_eq!(twice, None, "a row came twice");
        }
        if page.complete {
            return rows;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn rows_whose_keys_are_prefixes_of_others_are_told_apart(
        contract in contract(), names_last: bool, reads in reads(),
    ) {
        let contract = Contract { names_last, ..contract };
        let served = contract.clone();
        let node = node_with(move |asked| match asked.params["request_type"].as_str()? {
            "view_state" => Some(served.state(asked)),
            // Too much data to be read at once.
            "view_account" => {
                let mut answer = honest(asked);
                answer["result"]["storage_usage"] = 1_000_000.into();
                Some(Reply::Say(answer))
            }
            _ => None,
        });
        let fork = Fork::of(&network(&[&node]), &ForkOptions::default()).unwrap();
        for (one, key) in reads {
            if one {
                let found = read(&fork, &data("root", &key)).unwrap();
                prop_assert_eq!(found.as_ref(), contract.rows.get(&key), "{:?}", key);
            } else {
                let there = contract.rows.iter().filter(|(found, _)| found.starts_with(&key));
                let there: Rows = there.map(|(key, value)| (key.clone(), value.clone())).collect();
                prop_assert_eq!(listed(&fork, &key), there, "{:?}", key);
            }
        }
    }
}
