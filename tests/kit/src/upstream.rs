//! A server on this machine that answers JSON-RPC as a test says, well or badly.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A running server. It ends with this value.
#[derive(Debug)]
pub struct Upstream {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// How many there were before it.
    pub nth: usize,
    /// The method.
    pub method: String,
    /// The parameters.
    pub params: Value,
}

/// How the server behaves towards a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends these members of the answer, `result` or `error`, in a right envelope.
    Say(Value),
    /// Sends exactly this: a status, headers, and a body.
    Raw(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Says that the body is whole and sends half of it.
    Half(Value),
    /// Sends the right answer, a few bytes at a time, with this pause between them.
    Drip(Value, Duration),
    /// Closes the connection.
    Close,
}

struct Shared {
    ended: AtomicBool,
    asked: Mutex<Vec<Asked>>,
    answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
}

impl Upstream {
    /// Starts a server that behaves as `answer` says.
    ///
    /// # Panics
    /// If the machine gives no port.
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            ended: AtomicBool::new(false),
            asked: Mutex::default(),
            answer: Box::new(answer),
        });
        let server = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if server.ended.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), server) = (stream, server.clone()) else { continue };
                thread::spawn(move || server.serve(&stream));
            }
        });
        Self { addr, shared }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Every request until now.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.asked().len()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _woken = TcpStream::connect_timeout(&self.addr, Duration::from_secs(1));
    }
}

impl Shared {
    /// Answers the requests of one connection.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read(&mut reader) {
            if self.ended.load(Ordering::Relaxed) {
                return;
            }
            let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
            let asked = {
                let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
                let (nth, params) = (all.len(), request["params"].clone());
                all.push(Asked { nth, method: text("method"), params });
                all[nth].clone()
            };
            if !send(stream, (self.answer)(&asked), &request["id"]) {
                return;
            }
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// The next request; none at the connection's end.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// Sends a reply; false if the connection ends with it.
fn send(mut stream: &TcpStream, reply: Reply, id: &Value) -> bool {
    let whole = |mut members: Value| {
        members["jsonrpc"] = "2.0".into();
        members["id"] = id.clone();
        members.to_string().into_bytes()
    };
    let head = |status: u16, headers: &[(&str, String)], length: usize| {
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n");
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head + "\r\n"
    };
    let mut write = |bytes: &[u8]| stream.write_all(bytes).is_ok();
    match reply {
        Reply::Say(members) => {
            let body = whole(members);
            write(head(200, &[], body.len()).as_bytes()) && write(&body)
        }
        Reply::Raw(status, headers, body) => {
            write(head(status, &headers, body.len()).as_bytes()) && write(&body)
        }
        Reply::Half(members) => {
            let body = whole(members);
            let _cut =
                write(head(200, &[], body.len()).as_bytes()) && write(&body[..body.len() / 2]);
            false
        }
        Reply::Drip(members, pause) => {
            let body = whole(members);
            let pieces = body.chunks(8);
            write(head(200, &[], body.len()).as_bytes())
                && pieces.map(|piece| (thread::sleep(pause), write(piece))).all(|(_, sent)| sent)
        }
        Reply::Close => false,
    }
}

/// Too many requests, with how many seconds to wait if there are any.
#[must_use]
pub fn too_many(retry_after: Option<u64>) -> Reply {
    let headers = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    let body = json!({"jsonrpc": "2.0", "id": null, "error": {"code": -429, "message": "no"}});
    Reply::Raw(429, headers.into_iter().collect(), body.to_string().into_bytes())
}
