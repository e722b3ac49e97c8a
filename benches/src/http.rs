//! As much of an HTTP client as a benchmark needs: one connection, kept alive, and little of its own
//! cost in the figures.

use keyway_bench::Problem;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection to a node.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

/// The answer to one request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) fn open(addr: SocketAddr) -> Result<Self, Problem> {
        Self::open_for(addr, ANSWER_WITHIN)
    }

    /// The same, and each answer must come within this time.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub(crate) fn open_for(addr: SocketAddr, within: Duration) -> Result<Self, Problem> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(within))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// `GET path`.
    ///
    /// # Errors
    /// When the connection ends or what comes is no HTTP.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer, Problem> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
    }

    /// The bytes of a JSON-RPC request, ready for [`Connection::send`].
    pub(crate) fn request(method: &str, params: &Value) -> Vec<u8> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        Self::post(body.to_string().as_bytes())
    }

    /// The bytes of a request with this body, ready for [`Connection::send`].
    pub(crate) fn post(body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }

    /// Calls a method and reads its result.
    ///
    /// # Errors
    /// The node's error, or what is wrong with the connection.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Result<Value, Problem> {
        result(&self.send(&Self::request(method, params))?)
    }

    /// Sends a whole request and reads a whole answer.
    ///
    /// # Errors
    /// When the connection ends or what comes is no HTTP.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Answer, Problem> {
        self.ask(request)?;
        self.answer()
    }

    /// Sends a whole request.
    ///
    /// # Errors
    /// When the connection ends.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<(), Problem> {
        Ok(self.stream.get_mut().write_all(request)?)
    }

    /// Reads a whole answer.
    ///
    /// # Errors
    /// When the connection ends or what comes is no HTTP.
    pub(crate) fn answer(&mut self) -> Result<Answer, Problem> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).ok_or("an answer without a status")?.parse()?;
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }

    fn line(&mut self) -> Result<String, Problem> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the node closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// The result in a JSON-RPC answer.
///
/// # Errors
/// The node's error.
pub(crate) fn result(answer: &Answer) -> Result<Value, Problem> {
    let mut body: Value = serde_json::from_slice(&answer.body)?;
    match body.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(format!("the node answered {}: {body}", answer.status).into()),
    }
}

/// A node that takes longer than this for one answer hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
