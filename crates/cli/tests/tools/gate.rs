//! A proxy in front of a node that forwards a number of requests and stalls at the next.

use crate::common::post;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// Where the request stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stall {
    /// Before it reaches the node.
    Before,
    /// After the node has answered, before the response is forwarded.
    After,
}

/// The proxy.
pub(crate) struct Gate {
    pub(crate) addr: SocketAddr,
    /// Signals that the request stalls.
    pub(crate) stalled: Receiver<()>,
}

struct Shared {
    node: SocketAddr,
    seen: AtomicUsize,
    /// Counted from 1.
    nth: usize,
    stall: Stall,
    stalled: Mutex<Sender<()>>,
}

impl Gate {
    /// A proxy for `node` that stalls at the `nth` request.
    pub(crate) fn new(node: SocketAddr, nth: usize, stall: Stall) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, stalled) = channel();
        let (seen, stalled_at) = (AtomicUsize::new(0), Mutex::new(sender));
        let shared = Arc::new(Shared { node, seen, nth, stall, stalled: stalled_at });
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared) = (stream.unwrap(), shared.clone());
                thread::spawn(move || shared.serve(&stream));
            }
        });
        Self { addr, stalled }
    }
}

impl Shared {
    /// Serves one connection to its end.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(body) = request(&mut reader) {
            let nth = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
            if nth == self.nth && self.stall == Stall::Before {
                return self.hold();
            }
            let (status, answer) = post(self.node, &body);
            if nth == self.nth {
                return self.hold();
            }
            let head = "Content-Type: application/json\r\nContent-Length";
            let answer = format!("{status}\r\n{head}: {}\r\n\r\n{answer}", answer.len());
            // The client may be dead by now.
            if (&mut &*stream).write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn hold(&self) {
        let _nobody_waits = self.stalled.lock().unwrap().send(());
        thread::park();
    }
}

/// The body of the next request; `None` at the end.
fn request(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}
