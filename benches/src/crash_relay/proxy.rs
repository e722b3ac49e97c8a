//! A proxy in front of a node, which loses a part of what passes.

use keyway_bench::{Problem, scatter};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A proxy that runs until the process ends.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Where the node is; none while it is down.
    node: Mutex<Option<SocketAddr>>,
    /// Decides what is lost.
    chance: AtomicU64,
    /// How many of 100 answers, and of 100 requests, are lost.
    lost_answers: u64,
    lost_requests: u64,
    /// How many were lost.
    lost: AtomicU64,
}

impl Proxy {
    /// Starts a proxy that loses so many of 100.
    ///
    /// # Errors
    /// If there is no free port.
    pub(crate) fn start(lost_answers: u64, lost_requests: u64, seed: u64) -> Result<Self, Problem> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let (node, chance, lost) = (Mutex::new(None), AtomicU64::new(seed), AtomicU64::new(0));
        let shared = Arc::new(Shared { node, chance, lost_answers, lost_requests, lost });
        let serving = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = serving.clone();
                // A connection that ends, ends here, too.
                thread::spawn(move || pass_on(stream, &shared));
            }
        });
        Ok(Self { addr, shared })
    }

    /// How many answers and requests were lost on purpose.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Tells where the node is from now on.
    pub(crate) fn point_at(&self, node: Option<SocketAddr>) {
        *self.shared.node.lock().expect("no thread panics with the lock") = node;
    }
}

impl Shared {
    fn loses(&self, of_100: u64) -> bool {
        let number = self.chance.fetch_add(1, Ordering::Relaxed);
        let loses = scatter(number) % 100 < of_100;
        self.lost.fetch_add(u64::from(loses), Ordering::Relaxed);
        loses
    }

    fn node(&self) -> Option<SocketAddr> {
        *self.node.lock().expect("no thread panics with the lock")
    }
}

/// Passes requests on until one side ends, or something is lost.
fn pass_on(stream: TcpStream, shared: &Shared) -> Result<(), Problem> {
    stream.set_nodelay(true)?;
    let mut client = BufReader::new(stream);
    let mut node: Option<(SocketAddr, BufReader<TcpStream>)> = None;
    loop {
        let request = message(&mut client)?;
        if shared.loses(shared.lost_requests) {
            return Ok(());
        }
        let Some(addr) = shared.node() else { return Ok(()) };
        let open = match node.take().filter(|(open, _)| *open == addr) {
            Some(open) => open,
            None => {
                let stream = TcpStream::connect(addr)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER_WITHIN))?;
                (addr, BufReader::new(stream))
            }
        };
        let (_, upstream) = node.insert(open);
        upstream.get_mut().write_all(&request)?;
        let answer = message(upstream)?;
        if shared.loses(shared.lost_answers) {
            return Ok(());
        }
        client.get_mut().write_all(&answer)?;
    }
}

/// One message with its head and its body.
fn message(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>, Problem> {
    let (mut message, mut length) = (Vec::new(), 0);
    loop {
        let start = message.len();
        if stream.read_until(b'\n', &mut message)? == 0 {
            return Err("the connection ended".into());
        }
        let line = String::from_utf8_lossy(&message[start..]).to_ascii_lowercase();
        if line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    let start = message.len();
    message.resize(start + length, 0);
    stream.read_exact(&mut message[start..])?;
    Ok(message)
}

const ANSWER_WITHIN: Duration = Duration::from_secs(60);
