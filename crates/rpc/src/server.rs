//! HTTP around a [`Service`]: routes, limits, CORS, the ticking of empty blocks, shutdown.

mod connections;
mod socket;

use crate::envelope::{Answer, JSON, TEXT};
use crate::service::Service;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use connections::{Connections, Owed};
use serde_json::Value;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;

/// Limits and timers of a server.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The largest request body, bytes; larger ones are answered with 413.
    pub body_limit: usize,
    /// How long a request's body may take to arrive; slower ones are answered with 408.
    pub body_within: Duration,
    /// How long a connection may stand open without a whole request head, or without taking a byte
    /// of the answer that waits for it.
    pub idle: Duration,
    /// How many connections may stand open. When there are more, those that ask nothing are closed.
    pub connections: usize,
    /// How often an empty block is sealed; none: only inputs seal blocks.
    pub tick: Option<Duration>,
    /// How long requests under way may go on after the shutdown began.
    pub grace: Duration,
}

impl Default for ServerOptions {
    /// 10 MiB within 10 seconds, a minute of idleness, 4,096 connections, an empty block every 500
    /// ms, a tenth of a second of grace.
    fn default() -> Self {
        ServerOptions {
            body_limit: 10 * 1024 * 1024,
            body_within: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            connections: 4_096,
            tick: Some(Duration::from_millis(500)),
            grace: Duration::from_millis(100),
        }
    }
}

/// Listens on `addr`, also when a server that is gone has left connections behind.
///
/// # Errors
/// When the address is taken or not ours.
pub fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown` is done, and for at most the options' grace after it.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    options: ServerOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = oneshot::channel::<()>();
    let router = routes(service.clone(), options.body_limit, options.body_within);
    let connections = Connections::new(router, &options);
    let mut server = pin!(connections.serve(listener, async { drop(stopping.await) }));
    // A task of its own: sealing must not hold up accepting connections.
    let _ticker = AbortOnDrop(tokio::spawn(tick(service, options.tick)));
    tokio::select! {
        () = &mut server => return Ok(()),
        () = shutdown => {}
    }
    drop(stop);
    let _out_of_grace = timeout(options.grace, server).await;
    Ok(())
}

/// The routes, without a socket: for tests, and for servers that have routes of their own.
pub fn router(service: Service, body_limit: usize) -> Router {
    routes(service, body_limit, ServerOptions::default().body_within)
}

fn routes(service: Service, body_limit: usize, body_within: Duration) -> Router {
    let json_rpc = move |state, request| json_rpc(state, request, body_within);
    Router::new()
        .route("/", post(json_rpc))
        .route("/status", get(status))
        .route("/health", get(health))
        .route("/network_info", get(network_info))
        .route("/metrics", get(metrics))
        .layer(RequestBodyLimitLayer::new(body_limit))
        .layer(DefaultBodyLimit::disable())
        .layer(CorsLayer::permissive())
        .with_state(service)
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Seals an empty block every `period`; never without one. An error may pass, so it stops nothing.
async fn tick(service: Service, period: Option<Duration>) {
    let Some(period) = period.filter(|period| !period.is_zero()) else { return };
    service.begin_ticking();
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let mut trouble = None;
    loop {
        ticks.tick().await;
        let now = service.tick().err().map(|error| error.to_string());
        // Said once: reads go on, and the service says on every write what is wrong.
        if let Some(error) = now.as_ref().filter(|_| now != trouble) {
            tracing::error!(%error, "no empty block was sealed");
        }
        trouble = now;
    }
}

async fn json_rpc(
    State(service): State<Service>,
    request: Request,
    body_within: Duration,
) -> Response {
    if !is_json(request.headers()) {
        let reason = "Expected request with `Content-Type: application/json`";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, reason).into_response();
    }
    let owed = request.extensions().get::<Owed>().cloned();
    match timeout(body_within, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => {
            owed.iter().for_each(Owed::begin);
            response(service.answer(&body).await)
        }
        Ok(Err(rejection)) => rejection.into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the body took too long").into_response(),
    }
}

async fn status(State(service): State<Service>) -> Response {
    page(&service, "status").await
}

async fn health(State(service): State<Service>) -> Response {
    page(&service, "health").await
}

async fn network_info(State(service): State<Service>) -> Response {
    page(&service, "network_info").await
}

async fn metrics(State(service): State<Service>) -> Response {
    ([(CONTENT_TYPE, TEXT)], service.metrics()).into_response()
}

/// A method without parameters as a page of its own.
async fn page(service: &Service, method: &str) -> Response {
    match service.call(method, Value::Null).await {
        Ok(result) => ([(CONTENT_TYPE, JSON)], result.0).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, answer.content_type)], Body::from(answer.body)).into_response()
}

/// `application/json` or `application/…+json`, whatever parameters follow.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &'static str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        assert_eq!(is_json(&headers), expected, "{content_type}");
    }

    #[test]
    fn json_goes_by_several_names() {
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("application/problem+json", true);
        check("text/plain", false);
        check("application/jsonp", false);
        assert!(!is_json(&HeaderMap::new()));
    }
}
