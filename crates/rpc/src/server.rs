//! HTTP around a [`Service`]: routes, limits, browsers, shutdown.

mod body;
mod connections;
mod pages;
mod socket;
mod visitors;

use crate::envelope::{Answer, JSON, TEXT};
use crate::service::{Caller, Service};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use body::Budget;
#[cfg(test)]
pub(crate) use body::FREE;
use connections::Connections;
pub use connections::InFlight;
pub use pages::{Pages, serve_pages};
use serde_json::Value;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::time::timeout;
use visitors::Visitors;

/// Limits of a server.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The largest request body, bytes; larger ones are answered with 413.
    pub body_limit: usize,
    /// How long a request's body may take to arrive; slower ones are answered with 408.
    pub body_within: Duration,
    /// How many bytes of bodies may be held together, not counting the first 64 KiB of each; more
    /// are answered with 503. At least `body_limit`.
    pub bodies: usize,
    /// How many bytes of answers may be held together, counted in the same way; more are answered
    /// with 503.
    pub answers: usize,
    /// Whose pages may read answers in a browser: origins such as `https://wallet.example`, or `*`
    /// for all. Pages of this machine and those named here, but not all that `*` stands for, may
    /// also change the chain as only a sandbox lets one.
    pub origins: Vec<String>,
    /// Names by which the server may be called besides addresses and names of private networks:
    /// `node.example`, `node.example:3030`, or `*` for all.
    pub hosts: Vec<String>,
    /// How long a connection may stand open without a whole request head, or without taking a byte
    /// of the answer that waits for it.
    pub idle: Duration,
    /// How many connections may be open. When there are more, idle ones are closed.
    pub connections: usize,
    /// How long requests under way may go on after the shutdown began.
    pub grace: Duration,
    /// Pages for browsers beside JSON-RPC.
    pub pages: Option<Pages>,
}

impl Default for ServerOptions {
    /// 10 MiB within 10 seconds, 64 MiB of all bodies and 256 MiB of all answers, pages from
    /// everywhere, no further names, a minute of idleness, 4,096 connections, a tenth of a second of
    /// grace, no pages of its own.
    fn default() -> Self {
        ServerOptions {
            body_limit: 10 * MIB,
            body_within: Duration::from_secs(10),
            bodies: 64 * MIB,
            answers: 256 * MIB,
            origins: vec!["*".to_owned()],
            hosts: Vec::new(),
            idle: Duration::from_secs(60),
            connections: 4_096,
            grace: Duration::from_millis(100),
            pages: None,
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
    let router = routes(service, &options);
    serve_router(listener, router, &options, shutdown).await
}

/// The same for routes of another service: connections, idleness and shutdown are handled in the same way. A route calls
/// [`InFlight::begin`] when a request's body has arrived.
///
/// # Errors
/// When the listener fails.
pub async fn serve_router(
    listener: TcpListener,
    router: Router,
    options: &ServerOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = oneshot::channel::<()>();
    let connections = Connections::new(router, options);
    let mut server = pin!(connections.serve(listener, async { drop(stopping.await) }));
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
    routes(service, &ServerOptions { body_limit, ..ServerOptions::default() })
}

fn routes(service: Service, options: &ServerOptions) -> Router {
    let front = Arc::new(Front::new(options));
    let site = Arc::new(Site::new(service, options, front.clone()));
    let mut root = post(json_rpc);
    if let Some(pages) = &options.pages {
        let home = pages.home;
        root = root.get(move |headers: HeaderMap| async move { pages::to_home(home, &headers) });
    }
    let router = Router::new()
        .route("/", root)
        .route("/status", get(status))
        .route("/health", get(health))
        .route("/network_info", get(network_info))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(front.clone(), check_host))
        .layer(front.visitors.cors())
        .with_state(site);
    match options.pages.clone() {
        Some(pages) => router.merge(pages.behind(front)),
        None => router,
    }
}

/// What JSON-RPC and pages share.
struct Front {
    visitors: Visitors,
    answers: Budget,
}

impl Front {
    fn new(options: &ServerOptions) -> Self {
        let visitors = Visitors::new(&options.origins, &options.hosts);
        Self { visitors, answers: Budget::new(options.answers) }
    }
}

/// The state of the routes of JSON-RPC.
struct Site {
    service: Service,
    front: Arc<Front>,
    body_limit: usize,
    body_within: Duration,
    bodies: Budget,
}

impl Site {
    fn new(service: Service, options: &ServerOptions, front: Arc<Front>) -> Self {
        Self {
            service,
            front,
            body_limit: options.body_limit,
            body_within: options.body_within,
            bodies: Budget::new(options.bodies.max(options.body_limit)),
        }
    }
}

async fn check_host(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    match front.visitors.check_host(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(host) => {
            let host = host.escape_debug();
            let reason = format!(
                "this node does not go by the name `{host}`: use an address, or add the name to rpc.allowed_hosts of config.json"
            );
            (StatusCode::FORBIDDEN, reason).into_response()
        }
    }
}

async fn json_rpc(State(site): State<Arc<Site>>, request: Request) -> Response {
    if !is_json(request.headers()) {
        let reason = "Expected request with `Content-Type: application/json`";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, reason).into_response();
    }
    let trusted = site.front.visitors.may_change_chain(request.headers());
    let caller = if trusted { Caller::Program } else { Caller::Page };
    let in_flight = request.extensions().get::<InFlight>().cloned();
    let received = site.bodies.receive(request.into_body(), site.body_limit);
    match timeout(site.body_within, received).await {
        Ok(Ok(body)) => {
            in_flight.iter().for_each(InFlight::begin);
            response(&site.front.answers, site.service.answer_to(caller, body).await)
        }
        Ok(Err(none)) => none.into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the body took too long").into_response(),
    }
}

async fn status(State(site): State<Arc<Site>>) -> Response {
    page(&site, "status").await
}

async fn health(State(site): State<Arc<Site>>) -> Response {
    page(&site, "health").await
}

async fn network_info(State(site): State<Arc<Site>>) -> Response {
    page(&site, "network_info").await
}

async fn metrics(State(site): State<Arc<Site>>) -> Response {
    ([(CONTENT_TYPE, TEXT)], site.service.metrics()).into_response()
}

/// A method without parameters as a page of its own; its error as JSON with 503.
async fn page(site: &Site, method: &str) -> Response {
    let (status, body) = match site.service.call(method, Value::Null).await {
        Ok(result) => (200, result.0),
        Err(error) => (503, serde_json::to_string(&error).unwrap_or_default()),
    };
    response(&site.front.answers, Answer { status, content_type: JSON, body: body.into_bytes() })
}

fn response(answers: &Budget, answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match held(answers, answer.body) {
        Ok(body) => (status, [(CONTENT_TYPE, answer.content_type)], body).into_response(),
        Err(full) => full,
    }
}

/// A body that takes room among the answers until it is sent.
///
/// # Errors
/// The answer that there is no room.
#[expect(clippy::result_large_err, reason = "both are responses, and one of them is sent")]
fn held(answers: &Budget, body: Vec<u8>) -> Result<Body, Response> {
    let reason =
        "the node holds as many answers as it can that nobody has taken; try again in a moment";
    let held = answers.hold(body);
    held.map(|held| Body::from(Bytes::from_owner(held)))
        .ok_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, reason).into_response())
}

/// `application/json` or `application/…+json`, whatever parameters follow.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

const MIB: usize = 1024 * 1024;

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
