//! Any answer of a node and any text as an address lead to errors, never to a panic.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway::client::Patience;
use keyway::transport::{Endpoint, Exchange, Reply, Request, Transport};
use keyway::{Client, KeyPair, NearLiteral, Signer, WaitUntil, transfer};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A node that always answers the same.
#[derive(Debug)]
struct Says(Vec<u8>);

impl Transport for Says {
    fn send<'a>(&'a self, _: &'a Request) -> Exchange<'a> {
        let reply = Reply { body: self.0.clone(), repeated: false, endpoint: 0 };
        Box::pin(async move { Ok(reply) })
    }
}

/// Sends every query to a node that answers `body`; the results do not matter.
fn ask_everything(body: Vec<u8>) {
    let patience = Patience { rounds: 1, pause: Duration::ZERO };
    let client = Client::with_transport_and_patience(Says(body), patience);
    let key_pair = KeyPair::from_ed25519_seed(&[7; 32]);
    let key = key_pair.public_key().clone();
    let alice = Signer::new(client.clone(), "alice.near", key_pair).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let _ = client.account("alice.near").await;
        let _ = client.access_key("alice.near", &key).await;
        let _ = client.access_keys("alice.near").await;
        let _ = client.gas_key_nonces("alice.near", &key).await;
        let _ = client.view("alice.near", "any").call().await;
        let _ = client.view("alice.near", "any").json::<Value>().await;
        let _ = client.block().await;
        let _ = client.gas_price().await;
        let _ = client.protocol().await;
        let _ = client.status().await;
        let seen = client.transaction(Default::default(), "alice.near", WaitUntil::default()).await;
        if let Ok(outcome) = seen {
            let _ = (outcome.to_string(), outcome.gas_burnt(), outcome.tokens_burnt());
            let _ = (outcome.logs().count(), outcome.refunds().count());
            let _ = outcome.into_result().map_err(|error| (error.kind(), error.to_string()));
        }
        let _ = alice.check(transfer(1.near()).to("bob.near")).await;
    });
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u128>().prop_map(|number| Value::from(number.to_string())),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{0,12}", inner), 0..6)
                .prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A recorded answer of nearcore.
fn recorded() -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("data/nearcore.json")).unwrap();
    all.as_object().unwrap().values().map(|one| one["response"].clone()).collect()
}

/// Every value inside `answer`, and itself.
fn parts(answer: &mut Value) -> Vec<&mut Value> {
    fn leaves<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Value>) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| leaves(item, found)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| leaves(member, found));
            }
            leaf => found.push(leaf),
        }
    }
    let mut found = Vec::new();
    leaves(answer, &mut found);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        ask_everything(body);
    }

    #[test]
    fn any_result(result in any_json()) {
        ask_everything(json!({"jsonrpc": "2.0", "id": 1, "result": result}).to_string().into());
    }

    #[test]
    fn any_error(error in any_json()) {
        ask_everything(json!({"jsonrpc": "2.0", "id": 1, "error": error}).to_string().into());
    }

    #[test]
    fn recorded_answers_with_one_value_changed(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        value in any_json(),
    ) {
        let mut answers = recorded();
        let mut answer = answers.swap_remove(which.index(answers.len()));
        let mut places = parts(&mut answer);
        let place = place.index(places.len());
        *places.swap_remove(place) = value;
        ask_everything(answer.to_string().into());
    }

    #[test]
    fn any_address(text in ".{0,60}", scheme in "(https?://)?", name in ".{0,20}", secret in ".{8,40}") {
        let Ok(endpoint) = Endpoint::new(&format!("{scheme}{text}")) else { return Ok(()) };
        for held in [endpoint.clone().bearer(&secret), endpoint.header(&name, &secret)] {
            let shown = format!("{held:?}");
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }
}
