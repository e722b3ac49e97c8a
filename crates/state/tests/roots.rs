//! Genesis states whose roots, storage usage and proofs were recorded from nearcore.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use keyway_state::{Trie, genesis_state, read};
use near_crypto::PublicKey;
use near_parameters::RuntimeConfigStore;
use near_primitives::hash::hash;
use near_primitives::state_record::StateRecord;
use near_primitives::types::{AccountId, Balance};
use serde_json::Value as Json;

/// What `init --fast` gives the one validator.
const STAKE: Balance = Balance::from_near(50_000_000);

#[test]
fn genesis_states_have_nearcores_roots() {
    for set in sets() {
        let state = genesis(&set);
        assert_eq!(state.root().to_string(), set["state_root"], "{}", set["name"]);
    }
}

#[test]
fn storage_usage_is_as_nearcore_reports_it() {
    for set in sets() {
        let state = genesis(&set);
        for (account_id, usage) in set["storage_usage"].as_object().expect("an object") {
            let account = read::account(&state, &account_id.parse().expect("an account id"));
            let account = account.expect("decodes").expect("exists");
            assert_eq!(account.storage_usage(), usage.as_u64().expect("bytes"), "{account_id}");
        }
    }
}

#[test]
fn view_state_lists_and_proves_what_nearcore_does() {
    let with_data: Vec<_> =
        sets().into_iter().filter(|set| set.get("view_state").is_some()).collect();
    assert!(!with_data.is_empty());
    for set in with_data {
        let (state, expected) = (genesis(&set), &set["view_state"]);
        let account_id: AccountId = text(&expected["account_id"]).parse().expect("an account id");
        let prefix = BASE64.decode(text(&expected["prefix_base64"])).expect("base64");

        let page =
            read::contract_data(&state, &account_id, &prefix, None, read::DataLimit::NONE).unwrap();
        let values: Vec<_> = page
            .items
            .iter()
            .map(|(key, value)| {
                serde_json::json!({"key": BASE64.encode(key), "value": BASE64.encode(value)})
            })
            .collect();
        assert_eq!(Json::from(values), expected["values"]);

        let proof = read::contract_data_proof(&state, &account_id, &prefix).unwrap();
        assert_eq!(hash(&proof[0]), state.root());
        let proof: Vec<_> = proof.iter().map(|body| BASE64.encode(body)).collect();
        assert_eq!(Json::from(proof), expected["proof"]);
    }
}

fn sets() -> Vec<Json> {
    let all: Json = serde_json::from_str(include_str!("data/state_roots.json")).expect("json");
    let sets = all["genesis"].as_array().expect("a list").clone();
    assert_eq!(sets.len(), 4);
    sets
}

fn genesis(set: &Json) -> Trie {
    let records: Vec<StateRecord> =
        serde_json::from_value(set["records"].clone()).expect("records");
    let key: PublicKey =
        text(&set["records"][1]["AccessKey"]["public_key"]).parse().expect("a key");
    let validators = [("test.near".parse().expect("an account id"), key, STAKE)];
    let configs = RuntimeConfigStore::new(None);
    genesis_state(records, &validators, configs.get_config(86)).expect("a state")
}

fn text(value: &Json) -> &str {
    value.as_str().expect("a string")
}
