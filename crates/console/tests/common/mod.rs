//! A console over a sandbox, without a port.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part of it, and may fail")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use keyway::client::PublicKeyHandle;
use keyway::protocol::CryptoHash;
use keyway::{KeyPair, NearLiteral, Sandbox, SandboxAccount};
use keyway_console::{Console, Own, Token};
use tower::ServiceExt;

/// A chain and its console.
pub(crate) struct Site {
    pub(crate) sandbox: Sandbox,
    pub(crate) routes: Router,
    /// The secret of the console.
    pub(crate) token: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::of(Sandbox::new())
    }

    pub(crate) fn of(sandbox: Sandbox) -> Self {
        let token = Token::random();
        let text = token.expose_secret().to_owned();
        let routes = Console::own(sandbox.service().clone(), Own::new(token)).routes();
        Self { sandbox, routes, token: text }
    }

    /// A console that only looks.
    pub(crate) fn looking(sandbox: Sandbox) -> Self {
        let routes = Console::looking_at(sandbox.client(), "somewhere").routes();
        Self { sandbox, routes, token: String::new() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("host", "localhost").body(Body::empty()).unwrap()).await
    }

    /// A page that must be there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.text
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A form sent from a page with these headers.
    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let request = Request::post(path)
            .header("host", "localhost:3030")
            .header("content-type", "application/x-www-form-urlencoded");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

/// An account with 100 NEAR.
pub(crate) fn account(sandbox: &Sandbox, name: &str) -> SandboxAccount {
    sandbox.create_account(name).balance(100.near()).create().unwrap()
}

/// A key for calls of `play` of game.near, with a quarter of a NEAR.
pub(crate) fn add_app_key(owner: &SandboxAccount) -> (KeyPair, CryptoHash) {
    let key = KeyPair::random_ed25519();
    let grant = keyway::add_function_call_key(key.public_key(), "game.near")
        .functions(["play"])
        .gas_budget(keyway::GasBudget::limit(250.millinear()));
    let hash = owner.execute(grant).unwrap().transaction_hash();
    (key, hash)
}

/// A key as pages write it.
pub(crate) fn handle(key: &KeyPair) -> String {
    PublicKeyHandle::from(key.public_key()).to_string()
}

/// A contract whose methods do what its name says.
pub(crate) fn contract(sandbox: &Sandbox, name: &str, wat: &str) -> SandboxAccount {
    let wasm = wat::parse_str(wat).unwrap();
    sandbox.create_account(name).balance(100.near()).contract(wasm).create().unwrap()
}
