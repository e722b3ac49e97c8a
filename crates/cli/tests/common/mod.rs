//! A running `keyway`, and requests to it.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use serde_json::{Value, json};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;

/// Runs `keyway` to its end.
pub(crate) fn keyway(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    command(args).stdin(Stdio::null()).output().unwrap()
}

/// Creates a home at `dir` whose validator's key has the seed `test.near`.
#[track_caller]
pub(crate) fn init(dir: &Path) {
    let output = at(dir, ["init", "--fast", "--chain-id", "localnet", "--test-seed", "test.near"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

/// Runs `keyway --home dir …` to its end.
pub(crate) fn at<const N: usize>(dir: &Path, args: [&str; N]) -> Output {
    keyway(["--home", dir.to_str().unwrap()].into_iter().chain(args))
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn command(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyway"));
    command.args(args);
    command
}

/// A running node, stopped when it is dropped.
pub(crate) struct Node {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// The address that it serves.
    pub(crate) addr: SocketAddr,
    /// Its output until it was ready.
    pub(crate) said: String,
}

impl Node {
    /// Starts a node on the home at `dir`, on a free port, without empty blocks.
    #[track_caller]
    pub(crate) fn on(dir: &Path) -> Self {
        Self::start(["--home", dir.to_str().unwrap(), "run", "--no-ticks"])
    }

    /// Starts `keyway …` on a free port.
    #[track_caller]
    pub(crate) fn start(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::spawn(command(args))
    }

    /// Starts `keyway …` on another address.
    #[track_caller]
    pub(crate) fn start_at(addr: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        Self::spawn_at(addr, command(args))
    }

    /// Starts a node with a command that passes its additional arguments to `keyway`.
    #[track_caller]
    pub(crate) fn spawn(command: Command) -> Self {
        Self::spawn_at("127.0.0.1:0", command)
    }

    #[track_caller]
    fn spawn_at(addr: &str, mut command: Command) -> Self {
        command.args(["--rpc-addr", addr]).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let addr = SocketAddr::from(([0; 4], 0));
        let mut node = Self { child, stderr, addr, said: String::new() };
        node.addr = node.wait_until_ready();
        node
    }

    #[track_caller]
    fn wait_until_ready(&mut self) -> SocketAddr {
        loop {
            let from = self.said.len();
            assert_ne!(
                self.stderr.read_line(&mut self.said).unwrap(),
                0,
                "it ended: {}",
                self.said
            );
            if let Some((_, rest)) = self.said[from..].split_once("at http://") {
                return rest.split(": ").next().unwrap().parse().unwrap();
            }
        }
    }

    /// The result of a JSON-RPC method.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The result of a JSON-RPC method, or its error.
    pub(crate) fn try_call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (_status, answer) = post(self.addr, &body.to_string());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer.get("error").map_or_else(|| Ok(answer["result"].clone()), |error| Err(error.clone()))
    }

    #[track_caller]
    pub(crate) fn height(&self) -> u64 {
        self.call("status", json!([]))["sync_info"]["latest_block_height"].as_u64().unwrap()
    }

    /// Seals an empty block.
    #[track_caller]
    pub(crate) fn seal(&self) {
        self.call("sandbox_fast_forward", json!({ "delta_height": 1 }));
    }

    /// Sends a signal by name and waits for the end. Returns how the node ended and the rest of its
    /// output.
    pub(crate) fn signal(mut self, name: &str) -> (ExitStatus, String) {
        self.send(name);
        self.end()
    }

    fn send(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([format!("-{signal}"), pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end, up to ten seconds.
    fn end(&mut self) -> (ExitStatus, String) {
        for _ in 0..1_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                let mut rest = String::new();
                self.stderr.read_to_string(&mut rest).unwrap();
                return (status, rest);
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the node does not end");
    }

    /// Its stdout until the end.
    pub(crate) fn stdout_after_the_end(mut self) -> String {
        self.send("TERM");
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.send("TERM");
            let _ = self.child.wait();
        }
    }
}

/// The status line and body of the response to a POST.
pub(crate) fn post(addr: SocketAddr, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(addr).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}
