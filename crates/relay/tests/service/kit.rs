//! A sandbox with a relayer's account, a store in memory, and requests without a socket.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::protocol::SignedDelegateAction;
use keyway::{Intent, KeyPair, NearLiteral, NearToken, Sandbox, Signer};
use keyway_relay::config::{Config, KeyHash};
use keyway_relay::policy::Policy;
use keyway_relay::store::EmbeddedStore;
use keyway_relay::{Relay, api};
use keyway_test_kit::relayer::Budgets;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use zeroize::Zeroizing;

pub(crate) const KEY: &str = "keyway_the-key-of-game";
pub(crate) const HOOK_SECRET: &str = "the secret of the webhooks of all apps";
pub(crate) const OTHER_KEY: &str = "keyway_the-key-of-other";

#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) sandbox: Sandbox,
    pub(crate) store: Arc<EmbeddedStore>,
    pub(crate) relay_key: KeyPair,
    users: Vec<(String, KeyPair)>,
}

impl Kit {
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::new();
        let relay_key = KeyPair::random_ed25519();
        let relayer = sandbox.create_account("relay.near").balance(100.near());
        relayer.key_pair(relay_key.clone()).create().unwrap();
        let mut users = vec![("relay.near".to_owned(), relay_key.clone())];
        for name in ["alice.near", "bob.near"] {
            let account = sandbox.create_account(name).balance(10.near()).create().unwrap();
            users.push((name.to_owned(), account.key_pair().clone()));
        }
        let store = Arc::new(EmbeddedStore::in_memory().unwrap());
        Kit { sandbox, store, relay_key, users }
    }

    /// An instance over the store.
    pub(crate) async fn start(&self) -> Arc<Relay> {
        self.start_with("").await
    }

    /// The same with more of a configuration.
    pub(crate) async fn start_with(&self, more: &str) -> Arc<Relay> {
        let secret = self.relay_key.expose_secret_text();
        let environment = move |name: &str| match name {
            "RELAY_KEY" => Some(Zeroizing::new(secret.to_string())),
            "HOOK" => Some(Zeroizing::new(HOOK_SECRET.to_owned())),
            _ => None,
        };
        let config = Config::read(&format!("{}{more}", config())).unwrap();
        let policy = Policy::read(&BUDGETS.for_transfers(&["game", "other"])).unwrap();
        let client = self.sandbox.client();
        Relay::start_on(client, config, policy, self.store.clone(), &environment).await.unwrap()
    }

    pub(crate) fn signer(&self, name: &str) -> Signer {
        let (_, key_pair) = self.users.iter().find(|(user, _)| user == name).unwrap();
        Signer::new(self.sandbox.client(), name, key_pair.clone()).unwrap()
    }

    pub(crate) async fn delegate(
        &self,
        name: &str,
        intent: impl Into<Intent>,
    ) -> SignedDelegateAction {
        self.signer(name).delegate(intent, 1_000).await.unwrap()
    }

    pub(crate) async fn balance(&self, name: &str) -> NearToken {
        self.sandbox.client().account(name).await.unwrap().total
    }

    pub(crate) async fn post(&self, relay: &Arc<Relay>, path: &str, body: &Value) -> (u16, Value) {
        self.post_as(relay, path, body, KEY, None).await
    }

    pub(crate) async fn post_as(
        &self,
        relay: &Arc<Relay>,
        path: &str,
        body: &Value,
        key: &str,
        named: Option<&str>,
    ) -> (u16, Value) {
        self.send(relay, "POST", path, body.to_string(), key, named).await
    }

    pub(crate) async fn get(&self, relay: &Arc<Relay>, path: &str) -> (u16, Value) {
        self.get_as(relay, path, KEY).await
    }

    pub(crate) async fn get_as(&self, relay: &Arc<Relay>, path: &str, key: &str) -> (u16, Value) {
        self.send(relay, "GET", path, String::new(), key, None).await
    }

    pub(crate) async fn get_text(&self, relay: &Arc<Relay>, path: &str) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = api::router(relay.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub(crate) async fn send(
        &self,
        relay: &Arc<Relay>,
        method: &str,
        path: &str,
        body: String,
        key: &str,
        named: Option<&str>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("authorization", format!("Bearer {key}"));
        if let Some(named) = named {
            request = request.header("idempotency-key", named);
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = api::router(relay.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}

pub(crate) fn delegate_body(signed: &SignedDelegateAction) -> Value {
    json!({"delegate": BASE64_STANDARD.encode(borsh::to_vec(signed).unwrap())})
}

fn config() -> String {
    let (game, other) = (KeyHash::of(KEY), KeyHash::of(OTHER_KEY));
    format!(
        r#"
        listen = "127.0.0.1:0"
        store = "unused.redb"
        policy = "unused.toml"
        [chain]
        endpoints = ["http://127.0.0.1:1"]
        [account]
        id = "relay.near"
        signer = {{ env = "RELAY_KEY" }}
        [apps.game]
        key_hashes = ["{game}"]
        [apps.other]
        key_hashes = ["{other}"]
        "#
    )
}

const BUDGETS: Budgets<'_> =
    Budgets { total: "1000 NEAR", per_day: "50 NEAR", per_app: "3 NEAR", per_user: "2 NEAR" };
