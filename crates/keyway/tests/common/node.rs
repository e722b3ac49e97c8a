//! A node that misbehaves by a script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A node's reaction to one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Answers with a body of this many bytes.
    Long(usize),
    /// Reads the request and hangs up.
    HangUp,
    /// Reads the request and does not answer.
    Silence,
    /// Redirects the caller.
    Redirect(String),
    /// Asks for a pause of this many seconds.
    Later(u64),
}

/// A node on a port of its own.
#[derive(Debug)]
pub(crate) struct Node {
    addr: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Node {
    /// Reacts in these ways, one for each request, and repeats the last for ever.
    pub(crate) async fn that(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut acts: VecDeque<Act> = acts.into_iter().collect();
        let act = move |_: &str| {
            let act = if acts.len() > 1 { acts.pop_front() } else { acts.front().cloned() };
            act.expect("a node does something")
        };
        let task = tokio::spawn(accept(listener, act, heard.clone()));
        Node { addr, heard, task }
    }

    /// Reacts as a function decides.
    pub(crate) async fn by(act: impl FnMut(&str) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(accept(listener, act, heard.clone()));
        Node { addr, heard, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The requests that it has read, heads and bodies.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// A good answer.
pub(crate) fn good() -> Act {
    Act::Answer(200, r#"{"jsonrpc":"2.0","id":1,"result":"well"}"#.to_owned())
}

/// A node's error.
pub(crate) fn bad(name: &str) -> Act {
    let error = format!(
        r#"{{"name":"HANDLER_ERROR","cause":{{"name":"{name}","info":{{"block_height":7}}}},
        "code":-32000,"message":"Server error","data":"words"}}"#
    );
    Act::Answer(200, format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#))
}

async fn accept(
    listener: TcpListener,
    act: impl FnMut(&str) -> Act + Send + 'static,
    heard: Arc<Mutex<Vec<String>>>,
) {
    let act = Arc::new(Mutex::new(act));
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, act.clone(), heard.clone()));
    }
}

/// One request on a connection.
async fn serve(
    mut stream: TcpStream,
    act: Arc<Mutex<impl FnMut(&str) -> Act + Send + 'static>>,
    heard: Arc<Mutex<Vec<String>>>,
) {
    let Some(request) = read(&mut stream).await else { return };
    let act = (act.lock().unwrap())(&request);
    heard.lock().unwrap().push(request);
    let (head, body) = match act {
        Act::HangUp => return,
        Act::Silence => return tokio::time::sleep(Duration::from_secs(60)).await,
        Act::Answer(status, body) => (format!("HTTP/1.1 {status} X"), body),
        Act::Long(length) => ("HTTP/1.1 200 OK".to_owned(), "x".repeat(length)),
        Act::Later(seconds) => {
            (format!("HTTP/1.1 429 X\r\nretry-after: {seconds}"), "slow down".to_owned())
        }
        Act::Redirect(to) => (format!("HTTP/1.1 307 X\r\nlocation: {to}"), String::new()),
    };
    let length = body.len();
    let answer = format!("{head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    // A caller that has read enough may be gone.
    drop(stream.write_all(answer.as_bytes()).await);
}

/// Reads a head and as many bytes as it announces.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length?.parse().ok()? {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await.ok()? {
            0 => return None,
            count => text.push_str(std::str::from_utf8(&buffer[..count]).ok()?),
        }
    }
}
