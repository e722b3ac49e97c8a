//! Connections: so many at a time, and none for longer than it does something.
//!
//! Whoever holds a connection without asking costs the others nothing but its room. When that runs
//! out, those who ask nothing have to leave; they can come back. Who is being answered stays, for
//! as long as it takes what it is sent.

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
    calls: watch::Sender<Call>,
}

/// What every connection is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Somebody needs room: who asks nothing leaves.
    MakeRoom,
    /// The server ends: everybody leaves, with an answer if one is under way.
    Stop,
}

impl Connections {
    pub(super) fn new(router: Router, options: &ServerOptions) -> Self {
        let mut http = Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(options.idle);
        let most = options.connections.clamp(1, Semaphore::MAX_PERMITS);
        let calls = watch::Sender::new(Call::MakeRoom);
        let room = Arc::new(Semaphore::new(most));
        Self { router, http, idle: options.idle, room, most, calls }
    }

    /// Accepts until `stop`; then until everybody has been answered.
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
                // Most often too many open files: they are ours, so some have to go.
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    self.calls.send_replace(Call::MakeRoom);
                    sleep(MOMENT).await;
                }
            }
        }
        drop(listener);
        self.calls.send_replace(Call::Stop);
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
            self.calls.send_replace(Call::MakeRoom);
            patience = 2 * MOMENT;
        }
    }

    fn spawn(&self, stream: TcpStream, room: OwnedSemaphorePermit) {
        let (http, calls) = (self.http.clone(), self.calls.subscribe());
        let visitor = Visitor { router: self.router.clone(), seen: Arc::default() };
        let socket = Socket::new(stream, Arc::clone(&visitor.seen.sending), self.idle);
        tokio::spawn(async move {
            visitor.serve(http, socket, calls).await;
            drop(room);
        });
    }
}

/// Whether a connection was not accepted because of who made it. That says nothing about the room
/// for others.
fn is_of_the_other_end(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Who is at the other end of a connection.
#[derive(Clone)]
struct Visitor {
    router: Router,
    seen: Arc<Seen>,
}

/// What was seen of a visitor.
#[derive(Debug, Default)]
struct Seen {
    requests: AtomicU64,
    working: AtomicBool,
    sending: Arc<AtomicBool>,
}

impl Seen {
    /// Whether an answer is being made or is on its way.
    fn is_owed(&self) -> bool {
        self.working.load(Ordering::Relaxed) || self.sending.load(Ordering::Relaxed)
    }
}

/// Goes with each request: tells the connection that an answer is owed.
#[derive(Clone, Debug)]
pub(super) struct Owed(Arc<Seen>);

impl Owed {
    /// The request is here as a whole.
    pub(super) fn begin(&self) {
        self.0.working.store(true, Ordering::Relaxed);
    }
}

impl Visitor {
    /// Serves one connection to its end.
    async fn serve(self, http: Builder, socket: Socket, mut calls: watch::Receiver<Call>) {
        let seen = Arc::clone(&self.seen);
        let service = hyper::service::service_fn(move |request| self.clone().answer(request));
        let mut connection = pin!(http.serve_connection(TokioIo::new(socket), service));
        loop {
            tokio::select! {
                _ended = connection.as_mut() => return,
                _called = calls.changed() => {}
            }
            let stop = *calls.borrow_and_update() == Call::Stop;
            if stop {
                connection.as_mut().graceful_shutdown();
            }
            // Who has just come may be about to ask.
            let before = seen.requests.load(Ordering::Relaxed);
            if timeout(MOMENT, connection.as_mut()).await.is_ok() {
                return;
            }
            let asked = seen.requests.load(Ordering::Relaxed) != before;
            if !seen.is_owed() && (stop || !asked) {
                return;
            }
        }
    }

    async fn answer(self, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
        self.seen.requests.fetch_add(1, Ordering::Relaxed);
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Owed(Arc::clone(&self.seen)));
        let answer = TowerToHyperService::new(self.router).call(request).await;
        self.seen.working.store(false, Ordering::Relaxed);
        answer
    }
}

/// How long a visitor may take to ask something when others need the room.
const MOMENT: Duration = Duration::from_millis(100);

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
