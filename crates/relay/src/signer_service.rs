//! A signing service: keeps the relayer's keys on another machine, and signs what its own policy allows.
//!
//! It speaks the protocol of docs/remote-signer.md, whose client is [`keyway::RemoteKeys`]. It knows no chain and no store: it
//! judges each transaction by itself, so it counts no budgets.

mod config;
mod verdict;

pub use config::ServiceConfig;
pub use verdict::NotSigned;

use crate::StartError;
use crate::config::{Environment, KeyHash};
use crate::policy::{Among, Policy};
use crate::signing::Signing;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{Extensions, HeaderMap};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use borsh::BorshDeserialize;
use keyway::AccountId;
use keyway::keys::KeyService;
use keyway::remote_keys::{KeyList, SignOrder, Signed};
use keyway_rpc::{InFlight, ServerOptions};
use near_primitives::transaction::Transaction;
use serde::Deserialize;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// A signing service for one account.
#[derive(Debug)]
pub struct SigningService {
    account_id: AccountId,
    signing: Signing,
    key_hashes: Vec<KeyHash>,
    policy: Policy,
    /// The same for intents: a transaction does not say for which user an app asked.
    policy_of_intents: Policy,
}

impl SigningService {
    /// A service with the keys that the configuration names.
    ///
    /// # Errors
    /// If the place of the keys cannot be used, or has no key of the account.
    pub async fn open(
        config: &ServiceConfig,
        policy: Policy,
        environment: Environment<'_>,
    ) -> Result<Arc<Self>, StartError> {
        let keys = config.account.signer.open(&config.account.id, environment)?;
        let service = Self::new(config, policy, keys);
        let has = service.signing.public_keys().await.map_err(keyway::Error::from)?;
        if has.is_empty() {
            let (place, account_id) = (service.signing.place(), config.account.id.clone());
            return Err(StartError::NoKey { place, account_id });
        }
        Ok(service)
    }

    /// The same with a key service of the caller's.
    #[must_use]
    pub fn new(config: &ServiceConfig, policy: Policy, keys: Arc<dyn KeyService>) -> Arc<Self> {
        let account_id = config.account.id.clone();
        let mut policy_of_intents = policy.clone();
        let apps = policy_of_intents.apps.values_mut();
        apps.flat_map(|app| &mut app.rules).for_each(|rule| rule.users = Among::Any);
        Arc::new(Self {
            signing: Signing::new(account_id.clone(), keys, config.account.keys.clone()),
            account_id,
            key_hashes: config.key_hashes.clone(),
            policy,
            policy_of_intents,
        })
    }

    /// Signs what is ordered, if the policy allows it.
    ///
    /// # Errors
    /// Why it is not signed.
    pub async fn sign(&self, order: &SignOrder) -> Result<Signed, NotSigned> {
        let transaction = self.transaction(order)?;
        let rule = verdict::judge(self, &transaction)?;
        let receiver = transaction.receiver_id().clone();
        let signed = self.signing.sign(transaction).await?;
        let hash = signed.get_hash();
        tracing::info!(%hash, %receiver, key = %order.public_key, %rule, "signed");
        Ok(Signed { signature: signed.signature })
    }

    /// The transaction of an order, which must be one of this account and of the key that it names.
    fn transaction(&self, order: &SignOrder) -> Result<Transaction, NotSigned> {
        let no_key = || NotSigned::NoKey {
            account_id: order.account.clone(),
            public_key: Box::new(order.public_key.clone()),
        };
        if order.account != self.account_id {
            return Err(no_key());
        }
        let bytes = BASE64_STANDARD.decode(&order.transaction).ok();
        let bytes = bytes.ok_or_else(|| NotSigned::NotRead("its bytes are not base64".into()))?;
        let transaction = Transaction::try_from_slice(&bytes).map_err(|_| {
            NotSigned::NotRead(format!("these {} bytes are no transaction", bytes.len()))
        })?;
        let (signer, key) = (transaction.signer_id(), transaction.public_key());
        if *signer != order.account || *key != order.public_key {
            let why = "the transaction is of another account or key than the order";
            return Err(NotSigned::NotRead(why.into()));
        }
        Ok(transaction)
    }

    fn authenticate(&self, headers: &HeaderMap) -> Result<(), NotSigned> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        let hash = KeyHash::of(token.ok_or(NotSigned::Unauthorized)?.trim());
        // All are compared, so the time does not depend on which one it is.
        let known = self
            .key_hashes
            .iter()
            .fold(false, |known, key| known | bool::from(key.as_bytes().ct_eq(hash.as_bytes())));
        if known { Ok(()) } else { Err(NotSigned::Unauthorized) }
    }
}

/// The routes of the service.
pub fn router(service: Arc<SigningService>) -> Router {
    Router::new()
        .route("/v1/keys", get(keys))
        .route("/v1/sign", post(sign))
        .route("/health", get(|| async { "ok\n" }))
        .with_state(service)
}

/// Serves it until `shutdown`.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    service: Arc<SigningService>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let options =
        ServerOptions { connections: CONNECTIONS, grace: GRACE, ..ServerOptions::default() };
    keyway_rpc::serve_router(listener, router(service), &options, shutdown).await
}

#[derive(Deserialize)]
struct OfAccount {
    account: AccountId,
}

async fn keys(
    State(service): State<Arc<SigningService>>,
    headers: HeaderMap,
    Query(OfAccount { account }): Query<OfAccount>,
) -> Result<Json<KeyList>, NotSigned> {
    service.authenticate(&headers)?;
    let keys = match account == service.account_id {
        true => service.signing.public_keys().await?,
        false => Vec::new(),
    };
    Ok(Json(KeyList { keys }))
}

async fn sign(
    State(service): State<Arc<SigningService>>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Body,
) -> Result<Json<Signed>, NotSigned> {
    service.authenticate(&headers)?;
    let slow = || NotSigned::NotRead(format!("its body took longer than {} s", GRACE.as_secs()));
    let read = timeout(GRACE, to_bytes(body, BODY_BYTES)).await.map_err(|_| slow())?;
    let bytes = read.map_err(|_| {
        NotSigned::NotRead(format!("its body broke off, or is longer than {BODY_BYTES} bytes"))
    })?;
    // From now on the connection is not closed to make room for another.
    extensions.get::<InFlight>().into_iter().for_each(InFlight::begin);
    let order: SignOrder = serde_json::from_slice(&bytes).map_err(|error| {
        NotSigned::NotRead(keyway::keys::printable(&error.to_string()).into_owned())
    })?;
    let signed = service.sign(&order).await.inspect_err(|refused| {
        tracing::warn!(kind = refused.kind(), why = %refused, "not signed");
    })?;
    Ok(Json(signed))
}

/// The largest order, bytes: a transaction has 1.5 MiB at most.
const BODY_BYTES: usize = 4 << 20;
const CONNECTIONS: usize = 256;
const GRACE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
