//! The HTTP API: routes, authentication, limits.

mod answer;
mod body;
mod intents;
mod openapi;
mod requests;
mod wait;

pub use openapi::openapi;

use crate::clock;
use crate::error::Refused;
use crate::relay::Relay;
use crate::view::LanesView;
use crate::{AppName, IdempotencyKey};
use answer::{ErrorAnswer, ErrorBody};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use keyway_rpc::ServerOptions;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The routes of the API.
pub fn router(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/v1/relay", post(requests::relay))
        .route("/v1/intents", post(intents::intents))
        .route("/v1/requests/{id}", get(requests::show).delete(requests::cancel))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/lanes", get(lanes))
        .route("/openapi.json", get(description))
        .with_state(relay)
}

/// Serves the API until `shutdown`, and finishes the answers that are under way, for 5 seconds at most.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    relay: Arc<Relay>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let connections = relay.config.limits.connections;
    let options = ServerOptions { connections, grace: GRACE, ..ServerOptions::default() };
    keyway_rpc::serve_router(listener, router(relay), &options, shutdown).await
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health", tag = "instance", responses((status = 200, description = "The process runs")))]
async fn health() -> &'static str {
    "ok\n"
}

/// Whether the instance can accept requests: it holds a lane, and the store and the chain answer.
#[utoipa::path(get, path = "/ready", tag = "instance", responses(
    (status = 200, description = "It can accept requests"),
    (status = 503, description = "It cannot; the body says why"),
))]
async fn ready(State(relay): State<Arc<Relay>>) -> Response {
    match relay.is_ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(why) => {
            tracing::warn!(%why, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response()
        }
    }
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "instance", responses((status = 200, description = "Prometheus text")))]
async fn metrics(State(relay): State<Arc<Relay>>) -> Response {
    ([(CONTENT_TYPE, PROMETHEUS)], relay.metrics.text()).into_response()
}

/// The keys that this instance signs with, what it spent with them, and all lanes of the account.
#[utoipa::path(get, path = "/lanes", tag = "instance", responses(
    (status = 200, description = "`keys`: those of this instance; `lanes`: `lane`, `leased`, `unproved` of each, of all instances; `spending`: `public_key`, `requests`, `burnt`, `cost`, `seconds` of this instance, in the last hour at most"),
    (status = 503, description = "The store cannot be used", body = ErrorBody),
))]
async fn lanes(State(relay): State<Arc<Relay>>) -> Result<Json<LanesView>, ErrorAnswer> {
    Ok(Json(relay.lanes().await?))
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", tag = "instance", responses((status = 200, description = "OpenAPI 3.1")))]
async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], openapi()).into_response()
}

/// The app that asks, if its rate allows it.
fn authenticate(relay: &Relay, headers: &HeaderMap) -> Result<AppName, ErrorAnswer> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key =
        header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refused::Unauthorized)?;
    let (name, app) = relay.app_of(key.trim()).ok_or(Refused::Unauthorized)?;
    app.rate.take(clock::now()).map_err(|after| {
        let per_second = app.config.requests_per_second;
        Refused::TooOften { per_second, after }
    })?;
    Ok(name.clone())
}

/// The request's `Idempotency-Key`, if it has one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ErrorAnswer> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    Ok(Some(text.parse().map_err(Refused::Name)?))
}

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long answers may take after the shutdown began.
const GRACE: Duration = Duration::from_secs(5);
