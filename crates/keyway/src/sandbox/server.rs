//! Serves a sandbox over HTTP.

use super::Sandbox;
use super::clock::SandboxClock;
use crate::error::{Error, SandboxError};
use keyway_rpc::{ServerOptions, Service};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// JSON-RPC over HTTP to a sandbox, on a free port of 127.0.0.1. It stops when it is dropped.
#[derive(Debug)]
pub struct SandboxServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    clock: Option<SandboxClock>,
}

impl Sandbox {
    /// Serves this chain over HTTP, on a free port of this machine. Clients there and handles here use the same chain.
    /// Blocks are sealed only for inputs.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::TcpStream;
    ///
    /// let sandbox = keyway::Sandbox::new();
    /// let server = sandbox.listen()?;
    /// let mut stream = TcpStream::connect(server.address())?;
    /// stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    /// let mut answer = String::new();
    /// stream.read_to_string(&mut answer)?;
    /// assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::Listen`] if there is no free port or thread.
    pub fn listen(&self) -> Result<SandboxServer, Error> {
        serve(self.service(), None).map_err(|error| SandboxError::Listen(Arc::new(error)).into())
    }

    /// As [`Sandbox::listen`], for clients that expect a live chain: while the server exists, time advances from
    /// [`Sandbox::now`], and an empty block is sealed every 500 ms.
    ///
    /// ```
    /// use keyway::{Client, Sandbox};
    ///
    /// let sandbox = Sandbox::new();
    /// let server = sandbox.listen_live()?;
    /// let client = Client::http(&server.url())?;
    /// assert!(format!("{client:?}").contains("127.0.0.1"));
    /// # Ok::<(), keyway::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Sandbox::listen`].
    pub fn listen_live(&self) -> Result<SandboxServer, Error> {
        let clock = self.core.clock();
        clock.run(&self.chain());
        let mut server = serve(self.service(), Some(TICK)).map_err(|error| {
            clock.stop();
            SandboxError::Listen(Arc::new(error))
        })?;
        server.clock = Some(clock.clone());
        Ok(server)
    }
}

impl SandboxServer {
    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for SandboxServer {
    fn drop(&mut self) {
        if let Some(clock) = &self.clock {
            clock.stop();
        }
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _a_panic_was_told_by_its_thread = thread.join();
        }
    }
}

fn serve(service: &Service, tick: Option<Duration>) -> io::Result<SandboxServer> {
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = mpsc::sync_channel(1);
    let service = service.clone();
    let thread = thread::Builder::new().name("keyway-sandbox".to_owned()).spawn(move || {
        let failed = tell.clone();
        if let Err(error) = run(service, tick, tell, stopped) {
            // After the address was sent, nobody receives this.
            let _gone = failed.send(Err(error));
        }
    })?;
    let address = told.recv().unwrap_or_else(|_| Err(io::Error::other("its thread ended")))?;
    Ok(SandboxServer { address, stop: Some(stop), thread: Some(thread), clock: None })
}

fn run(
    service: Service,
    tick: Option<Duration>,
    tell: mpsc::SyncSender<io::Result<SocketAddr>>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = keyway_rpc::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let _gone = tell.send(Ok(listener.local_addr()?));
        drop(tell);
        let _ticker = tick.map(|period| service.node().tick_every(period));
        let options = ServerOptions::default();
        keyway_rpc::serve(listener, service, options, async { drop(stopped.await) }).await
    })
}

/// How often a live chain seals an empty block.
const TICK: Duration = Duration::from_millis(500);
