//! Clients that are slow, idle or gone do not hold up the others.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::{call, service};
use keyway_rpc::{ServerOptions, Service, bind, serve};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A server that runs as long as the test.
fn start(options: ServerOptions) -> SocketAddr {
    start_with(service(), options)
}

fn start_with(service: Service, options: ServerOptions) -> SocketAddr {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, service, options, std::future::pending()));
    addr
}

/// A server on a chain whose first block changed more than the system buffers for a connection.
async fn start_large(options: ServerOptions) -> SocketAddr {
    let service = service();
    let data = json!({ "account_id": "alice.near", "data_key": "", "value": "A".repeat(LARGE) });
    let patch = json!({ "records": [{ "Data": data }] });
    assert_eq!(call(&service, "sandbox_patch_state", patch).await.0, 200);
    start_with(service, options)
}

/// Asks for that change, with little room for the answer, and waits until it begins to come.
async fn ask_large(addr: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(addr).await.unwrap();
    let params = json!({
        "changes_type": "data_changes", "account_ids": ["alice.near"],
        "key_prefix_base64": "", "block_id": 3,
    });
    let method = "EXPERIMENTAL_changes";
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let head = format!("{POST}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    stream.readable().await.unwrap();
    stream
}

/// Bytes of the change in base64.
const LARGE: usize = 24 << 20;

async fn connect(addr: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the connection ends, within half a minute.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    // A server that closes while we write resets the connection: what came before counts.
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut text));
    let _reset = read.await.expect("the server ends the connection");
    text
}

#[track_caller]
fn is(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
}

async fn is_served(addr: SocketAddr) {
    is(&rest(connect(addr, HEALTH).await).await, 200);
}

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

/// 500, or as many as `KEYWAY_IDLE` says: 9,500 by hand, a test at a time, with `ulimit -n` at 20,000.
fn many() -> usize {
    std::env::var("KEYWAY_IDLE").map_or(500, |number| number.parse().unwrap())
}

#[tokio::test]
async fn a_body_that_stops_on_its_way_is_given_up() {
    let addr =
        start(ServerOptions { body_within: Duration::from_millis(50), ..ServerOptions::default() });
    let slow = connect(addr, &format!("{POST}content-length: 100\r\n\r\n{{")).await;
    is(&rest(slow).await, 408);
}

#[tokio::test]
async fn a_head_that_stops_on_its_way_ends_the_connection() {
    let addr = start(ServerOptions { idle: Duration::from_millis(50), ..ServerOptions::default() });
    for begun in ["", "POST / HT", POST] {
        let answer = rest(connect(addr, begun).await).await;
        assert!(!answer.contains("200"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let addr = start(ServerOptions::default());
    let huge = connect(addr, &format!("{POST}content-length: 99999999999\r\n\r\n")).await;
    is(&rest(huge).await, 413);
    let mut endless = connect(addr, &format!("{POST}transfer-encoding: chunked\r\n\r\n")).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..1_000 {
        if endless.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    assert!(!rest(endless).await.contains("200"));
    is_served(addr).await;
}

#[tokio::test]
async fn bodies_have_a_size_together_and_small_ones_are_received_all_the_same() {
    // 150 bodies of 9.9 MB that came slowly took 1.7 GB.
    let options =
        ServerOptions { body_limit: 1 << 20, bodies: 1 << 20, ..ServerOptions::default() };
    let addr = start(options);
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(addr, &format!("{POST}content-length: 1000000\r\n\r\n")).await;
        let _refused = stream.write_all(" ".repeat(900_000).as_bytes()).await;
        held.push(stream);
    }
    let (first, second) = (held.swap_remove(0), held.swap_remove(0));
    let answers = tokio::select! {
        answer = rest(first) => answer,
        answer = rest(second) => answer,
    };
    is(&answers, 503);
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"health"}"#;
    let head = format!("{POST}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    is(&rest(connect(addr, &(head + body)).await).await, 200);
}

#[tokio::test]
async fn answers_that_nobody_takes_have_a_size_together() {
    let addr = start_large(ServerOptions { answers: 1 << 20, ..ServerOptions::default() }).await;
    let _deaf = ask_large(addr).await;
    let answer = rest(ask_large(addr).await).await;
    is(&answer, 503);
    is_served(addr).await;
}

#[tokio::test]
async fn who_asks_nothing_makes_room() {
    let addr = start(ServerOptions { connections: 64, ..ServerOptions::default() });
    let mut idle = Vec::new();
    for number in 0..many() {
        idle.push(connect(addr, ["", "GET /st", POST][number % 3]).await);
        if number % 100 == 0 {
            is_served(addr).await;
        }
    }
    is_served(addr).await;
    // The first ones have been closed; nobody was answered.
    assert_eq!(rest(idle.swap_remove(0)).await, "");
}

#[tokio::test]
async fn connections_with_room_are_left_alone() {
    let addr = start(ServerOptions { connections: many() + 3, ..ServerOptions::default() });
    let mut kept = connect(addr, "GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut idle = Vec::new();
    for number in 0..many() {
        let stopped = format!("{POST}content-length: 9\r\n\r\n");
        idle.push(connect(addr, ["", stopped.as_str()][number % 2]).await);
    }
    is_served(addr).await;
    kept.write_all(HEALTH.as_bytes()).await.unwrap();
    assert_eq!(rest(kept).await.matches("200 OK").count(), 2);
}

#[tokio::test]
async fn who_waits_for_an_answer_does_not_have_to_leave() {
    let addr = start(ServerOptions { connections: 2, ..ServerOptions::default() });
    let hash = "11111111111111111111111111111111";
    let body =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tx","params":["{hash}","alice.near"]}}"#);
    let head = format!("{POST}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    let waiting = connect(addr, &(head + &body)).await;
    let _idle = connect(addr, "").await;
    is_served(addr).await;
    is_served(addr).await;
    let answer = rest(waiting).await;
    assert!(answer.contains("TIMEOUT_ERROR"), "{answer}");
}

#[tokio::test]
async fn who_is_being_answered_does_not_have_to_leave() {
    let addr = start_large(ServerOptions { connections: 2, ..ServerOptions::default() }).await;
    let slow = ask_large(addr).await;
    let _idle = connect(addr, "").await;
    is_served(addr).await;
    is_served(addr).await;
    let answer = rest(slow).await;
    assert!(answer.len() > LARGE && answer.ends_with('}'), "cut off after {}", answer.len());
}

#[tokio::test]
async fn who_does_not_take_an_answer_has_to_leave() {
    let idle = Duration::from_millis(300);
    let addr =
        start_large(ServerOptions { connections: 1, idle, ..ServerOptions::default() }).await;
    let deaf = ask_large(addr).await;
    // There is room only when the other one is gone.
    is_served(addr).await;
    assert!(rest(deaf).await.len() < LARGE);
}
