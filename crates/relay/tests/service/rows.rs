//! Nonce rows of a gas key as lanes.

use super::gift;
use super::kit::Kit;
use keyway::client::BlockReference;
use keyway::{Intent, KeyPair, NearLiteral, add_full_access_gas_key, fund_gas_key};
use keyway_relay::store::Store;
use keyway_relay::{Ending, RequestId, State};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const ROWS: u16 = 8;
const REQUESTS: usize = 20;

#[tokio::test]
async fn each_row_carries_one_transaction_and_each_nonce_is_used_once() {
    let mut kit = Kit::new().await;
    let gas_key = KeyPair::random_ed25519();
    let add = Intent::to("relay.near").then(add_full_access_gas_key(gas_key.public_key(), ROWS));
    let fund = fund_gas_key(gas_key.public_key(), 5.near());
    kit.signer("relay.near").execute(add.then(fund)).await.unwrap();
    kit.relay_key = gas_key;
    let relay = kit.start().await;
    let (_, figures) = kit.get_text(&relay, "/metrics").await;
    assert!(figures.contains("keyway_relay_lanes 8"), "{figures}");

    // Until a block is sealed, what is sent waits.
    let client = kit.sandbox.client();
    let sealing = async |mode: &str| {
        let params = json!({"mode": mode});
        let _shown: Value = client.request("keyway_sealing_set", params).await.unwrap();
    };
    let before = nonces(&kit).await;
    sealing("off").await;
    let mut ids = Vec::new();
    for _ in 0..REQUESTS {
        let (status, answer) = kit.post(&relay, "/v1/intents", &gift("5", "alice.near")).await;
        assert_eq!(status, 202, "{answer}");
        ids.push(answer["id"].as_str().unwrap().parse::<RequestId>().unwrap());
    }
    all_rows_are_sent(&kit).await;
    let mut rows = BTreeSet::new();
    for id in &ids {
        let request = kit.store.request(*id).await.unwrap().unwrap();
        if let State::Sent { lane, .. } = request.state {
            assert!(rows.insert(lane.row), "one transaction on a row");
        }
    }
    assert_eq!(rows, (0..ROWS).map(Some).collect(), "all rows at once");

    sealing("on").await;
    let mut hashes = BTreeSet::new();
    for id in &ids {
        let app = "game".parse().unwrap();
        let request = relay.request(&app, *id, Duration::from_secs(20)).await.unwrap();
        let Some(Ending::Succeeded { hash, .. }) = request.ending() else { panic!("{request:?}") };
        assert_eq!(request.signatures, 1, "nothing was signed again");
        hashes.insert(*hash);
    }
    assert_eq!(hashes.len(), REQUESTS);
    // The rows have moved on by as many nonces as there were transactions: none was left out, none used twice.
    let after = nonces(&kit).await;
    let used: u64 = before.iter().zip(&after).map(|(before, after)| after - before).sum();
    assert_eq!(usize::try_from(used).unwrap(), REQUESTS);
    assert!(before.iter().zip(&after).all(|(before, after)| before < after), "{after:?}");
}

/// The nonces of the rows in the newest final block.
async fn nonces(kit: &Kit) -> Vec<u64> {
    let client = kit.sandbox.client().at(BlockReference::Final);
    client.gas_key_nonces("relay.near", kit.relay_key.public_key()).await.unwrap()
}

/// Waits until as many transactions wait for a block as there are rows.
async fn all_rows_are_sent(kit: &Kit) {
    let client = kit.sandbox.client();
    for _ in 0..1_000 {
        let shown: Value = client.request("keyway_sealing_show", json!({})).await.unwrap();
        if shown["waiting"] == json!(ROWS) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the rows are not all in use");
}
