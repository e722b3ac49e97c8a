//! What the library can do without a sandbox: queries, the choice of a key, the check of an intent and the analyses. The
//! node here answers from a table.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use keyway::guard::{explain, unsigned};
use keyway::protocol::AccessKeyPermission;
use keyway::transport::{Exchange, Reply, Request, Transport};
use keyway::{
    Client, Error, GasLiteral, Intent, KeyPair, NearLiteral, NearToken, Refusal, Signer, call,
    transfer,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A node that knows Alice and her keys.
#[derive(Clone, Debug)]
struct Table {
    keys: Arc<Vec<Value>>,
}

const HASH: &str = "11111111111111111111111111111111";

impl Table {
    fn answer(&self, request: &Value) -> Value {
        let params = &request["params"];
        match (request["method"].as_str().unwrap(), params["request_type"].as_str()) {
            ("EXPERIMENTAL_protocol_config", _) => json!({
                "protocol_version": 86,
                "chain_id": "mainnet",
                "transaction_validity_period": 86_400,
                "epoch_length": 43_200,
                "min_gas_price": "100000000",
                "runtime_config": {"storage_amount_per_byte": "10000000000000000000"},
            }),
            ("gas_price", _) => json!({"gas_price": "100000000"}),
            ("block", _) => json!({"author": "node", "header": {
                "height": 50, "hash": HASH, "prev_hash": HASH, "epoch_id": HASH,
                "timestamp": 1, "gas_price": "100000000", "total_supply": "1",
            }}),
            (_, Some("view_account")) => json!({
                "amount": NearToken::from_near(10), "locked": "0", "storage_usage": 1_000,
                "code_hash": HASH, "block_height": 50, "block_hash": HASH,
            }),
            (_, Some("view_access_key")) => {
                let wanted = |key: &&Value| key["public_key"] == params["public_key"];
                let mut key = self.keys.iter().find(wanted).unwrap()["access_key"].clone();
                key["block_height"] = json!(50);
                key["block_hash"] = json!(HASH);
                key
            }
            (_, Some("view_access_key_list")) => {
                json!({"keys": *self.keys, "block_height": 50, "block_hash": HASH})
            }
            other => panic!("nobody answers {other:?}"),
        }
    }
}

impl Transport for Table {
    fn send<'a>(&'a self, request: &'a Request) -> Exchange<'a> {
        let request: Value = serde_json::from_slice(&request.body).unwrap();
        let answer =
            json!({"jsonrpc": "2.0", "id": request["id"], "result": self.answer(&request)});
        let body = answer.to_string().into_bytes();
        Box::pin(async move { Ok(Reply { body, repeated: false, endpoint: 0 }) })
    }

    fn is_one_node(&self) -> bool {
        true
    }
}

/// Alice's full-access key, and one for `play` of game.near with 0.25 NEAR left.
struct Alice {
    owner: KeyPair,
    app: KeyPair,
    client: Client,
    signer: Signer,
}

fn alice() -> Alice {
    let (owner, app) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    let calls = json!({"FunctionCall": {
        "allowance": 250.millinear(), "receiver_id": "game.near", "method_names": ["play"],
    }});
    let key = |pair: &KeyPair, permission: Value| json!({"public_key": pair.public_key(), "access_key": {"nonce": 7, "permission": permission}});
    let keys = Arc::new(vec![key(&owner, json!("FullAccess")), key(&app, calls)]);
    let client = Client::with_transport(Table { keys });
    let signer = Signer::new(client.clone(), "alice.near", [owner.clone(), app.clone()]).unwrap();
    Alice { owner, app, client, signer }
}

#[tokio::test]
async fn an_account_is_read_with_its_storage_stake() {
    let account = alice().client.account("alice.near").await.unwrap();
    assert_eq!((account.total, account.storage_locked), (10.near(), 10.millinear()));
}

#[tokio::test]
async fn the_least_powerful_key_that_can_pay_is_chosen_at_exact_prices() {
    let Alice { owner, app, signer, .. } = alice();
    let play = |tgas: u16| call("game.near", "play").gas(tgas.tgas());
    let small = signer.check(play(200)).await.unwrap();
    assert_eq!((&small.public_key, small.refusal), (app.public_key(), None));
    // 0.25 NEAR of allowance pays for less gas than this.
    let large = signer.check(play(260)).await.unwrap();
    assert_eq!((&large.public_key, large.refusal), (owner.public_key(), None));
    let cost = small.cost.unwrap();
    assert!(cost.gas_cost < 250.millinear() && cost.deposit == 0.near(), "{cost:?}");
}

#[tokio::test]
async fn a_check_reports_the_rule_that_is_broken() {
    let refusal = alice().signer.check(transfer(99.near()).to("bob.near")).await.unwrap().refusal;
    let Some(Refusal::BalanceNotEnough { balance, .. }) = refusal else { panic!("{refusal:?}") };
    assert_eq!(balance, 10.near());
}

#[tokio::test]
async fn without_a_key_that_can_sign_the_reason_of_each_is_told() {
    let Alice { app, client, .. } = alice();
    let signer = Signer::new(client, "alice.near", app).unwrap();
    let error = signer.check(call("game.near", "quit")).await.unwrap_err();
    assert!(matches!(error, Error::Pool(_)), "{error:?}");
    assert!(error.to_string().contains("`play`, not for `quit`"), "{error}");
}

#[tokio::test]
async fn the_analyses_explain_a_refusal_and_offer_the_other_key() {
    let Alice { app, client, .. } = alice();
    let (chain, account) =
        (client.chain_facts().await.unwrap(), client.account_facts("alice.near").await.unwrap());
    let handle = app.public_key().into();
    let key = account.key(&handle);
    assert!(matches!(key.unwrap().access_key.permission, AccessKeyPermission::FunctionCall(_)));
    let id = &account.account_id;
    let (receiver, actions) = Intent::from(call("game.near", "quit")).resolve(id).unwrap();
    let transaction = unsigned(id, app.public_key(), key, &receiver, actions);
    let explanation = explain(&chain, Some(&account), &transaction);
    assert_eq!(explanation.broken().map(|rule| rule.name()).collect::<Vec<_>>(), ["method"]);
    assert_eq!(explanation.remedies.len(), 1, "the owner's key can");
}
