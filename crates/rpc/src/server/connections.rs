//! Connections: a bounded number at a time.
//!
//! Idle connections are kept until the limit is reached; then they are closed first. A connection
//! with a request in flight, or a response on its way, is never closed for another.

use super::ServerOptions;
use super::socket::Socket;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

/// All connections of a server.
pub(super) struct Connections {
    router: Router,
    http: Builder,
    idle: Duration,
    room: Arc<Semaphore>,
    most: usize,
    signals: watch::Sender<Signal>,
}

/// A request of the server to every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// The limit is reached: close if no request is in flight.
    CloseIdle,
    /// The server stops: close once the response in flight is sent.
    Stop,
}

impl Connections {
    pub(super) fn new(router: Router, options: &ServerOptions) -> Self {
        let mut http = Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(options.idle);
        let most = options.connections.clamp(1, Semaphore::MAX_PERMITS);
        let signals = watch::Sender::new(Signal::CloseIdle);
        let room = Arc::new(Semaphore::new(most));
        Self { router, http, idle: options.idle, room, most, signals }
    }

    /// Accepts connections until `stop`, then finishes the responses in flight.
    pub(super) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&listener) => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, room)) => self.spawn(stream, room),
                Err(error) if is_of_the_other_end(&error) => {
                    tracing::debug!(%error, "a connection ended before it was accepted");
                }
                // Usually too many open files, most of them our connections: close idle ones.
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    self.signals.send_replace(Signal::CloseIdle);
                    sleep(IDLE_GRACE).await;
                }
            }
        }
        drop(listener);
        self.signals.send_replace(Signal::Stop);
        let all = u32::try_from(self.most).unwrap_or(u32::MAX);
        let _everybody_has_left = self.room.acquire_many(all).await;
    }

    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let (stream, _) = listener.accept().await?;
        if let Err(error) = stream.set_nodelay(true) {
            // It has ended already, or its answers go out a little later.
            tracing::debug!(%error, "a connection takes no option");
        }
        let mut patience = Duration::ZERO;
        loop {
            let room = Arc::clone(&self.room).acquire_owned();
            if let Ok(room) = timeout(patience, room).await {
                return Ok((stream, room.map_err(io::Error::other)?));
            }
            self.signals.send_replace(Signal::CloseIdle);
            patience = 2 * IDLE_GRACE;
        }
    }

    fn spawn(&self, stream: TcpStream, room: OwnedSemaphorePermit) {
        let (http, signals) = (self.http.clone(), self.signals.subscribe());
        let connection = Connection { router: self.router.clone(), activity: Arc::default() };
        let socket = Socket::new(stream, Arc::clone(&connection.activity.sending), self.idle);
        tokio::spawn(async move {
            connection.serve(http, socket, signals).await;
            drop(room);
        });
    }
}

/// Whether a connection failed because of the client that made it, which says nothing about the
/// room for other connections.
fn is_of_the_other_end(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// One accepted connection.
#[derive(Clone)]
struct Connection {
    router: Router,
    activity: Arc<Activity>,
}

/// The state of a connection.
#[derive(Debug, Default)]
struct Activity {
    requests: AtomicU64,
    working: AtomicBool,
    sending: Arc<AtomicBool>,
}

impl Activity {
    /// Whether a response is being made or sent.
    fn is_in_flight(&self) -> bool {
        self.working.load(Ordering::Relaxed) || self.sending.load(Ordering::Relaxed)
    }
}

/// Goes with each request: marks it as in flight on its connection.
#[derive(Clone, Debug)]
pub struct InFlight(Arc<Activity>);

impl InFlight {
    /// The whole request has arrived.
    pub fn begin(&self) {
        self.0.working.store(true, Ordering::Relaxed);
    }
}

impl Connection {
    /// Serves one connection to its end.
    async fn serve(self, http: Builder, socket: Socket, mut signals: watch::Receiver<Signal>) {
        let activity = Arc::clone(&self.activity);
        let service = hyper::service::service_fn(move |request| self.clone().answer(request));
        let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
        loop {
            tokio::select! {
                _ended = connection.as_mut() => return,
                _signalled = signals.changed() => {}
            }
            let stop = *signals.borrow_and_update() == Signal::Stop;
            if stop {
                connection.as_mut().graceful_shutdown();
            }
            // A new connection may be about to send its first request.
            let before = activity.requests.load(Ordering::Relaxed);
            if timeout(IDLE_GRACE, connection.as_mut()).await.is_ok() {
                return;
            }
            let asked = activity.requests.load(Ordering::Relaxed) != before;
            if !activity.is_in_flight() && (stop || !asked) {
                return;
            }
        }
    }

    async fn answer(self, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
        self.activity.requests.fetch_add(1, Ordering::Relaxed);
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(InFlight(Arc::clone(&self.activity)));
        let answer = TowerToHyperService::new(self.router).call(request).await;
        self.activity.working.store(false, Ordering::Relaxed);
        answer
    }
}

/// How long an idle connection has to send a request before it is closed for another.
const IDLE_GRACE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_hangs_up_early_costs_nobody_else_a_connection() {
        // Any error was taken for "too many open files", and every idle connection was closed.
        assert!(is_of_the_other_end(&io::ErrorKind::ConnectionAborted.into()));
        assert!(is_of_the_other_end(&io::ErrorKind::ConnectionReset.into()));
        let too_many_files = io::Error::from_raw_os_error(24);
        assert!(!is_of_the_other_end(&too_many_files));
    }
}
