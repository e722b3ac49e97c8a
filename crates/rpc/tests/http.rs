//! The server on a real socket, spoken to in plain bytes.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail, and wait")]

mod common;

use common::service;
use keyway_node::Ticker;
use keyway_rpc::{ServerOptions, Service, bind, serve};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Running {
    addr: SocketAddr,
    service: Service,
    ticker: Option<Ticker>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn start(tick: Option<Duration>) -> Running {
    let service = service();
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = listener.local_addr().unwrap();
    let options = ServerOptions { body_limit: 1_000, ..ServerOptions::default() };
    let ticker = tick.map(|period| service.node().tick_every(period));
    let (stop, stopped) = oneshot::channel::<()>();
    let server =
        tokio::spawn(serve(listener, service.clone(), options, async { drop(stopped.await) }));
    Running { addr, service, ticker, stop, server }
}

/// Sends one request and reads to the end of the connection: head and body.
async fn exchange(addr: SocketAddr, head: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request =
        format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

#[tokio::test]
async fn every_route_has_its_status() {
    let running = start(None).await;
    let json = "content-type: application/json";
    let health = r#"{"jsonrpc":"2.0","id":1,"method":"health"}"#;
    let long = "x".repeat(2_000);
    let cases = [
        (
            format!("POST / HTTP/1.1\r\n{json}"),
            health,
            200,
            r#"{"jsonrpc":"2.0","result":null,"id":1}"#,
        ),
        (
            format!("POST / HTTP/1.1\r\n{json}; charset=utf-8"),
            health,
            200,
            r#"{"jsonrpc":"2.0","result":null,"id":1}"#,
        ),
        (
            format!("POST / HTTP/1.1\r\n{json}"),
            "[]",
            400,
            r#""error":{"name":"REQUEST_VALIDATION_ERROR""#,
        ),
        (
            format!("POST / HTTP/1.1\r\n{json}"),
            "nonsense",
            400,
            "Failed to parse the request body as JSON",
        ),
        (format!("POST / HTTP/1.1\r\n{json}"), &long, 413, "length limit exceeded"),
        ("POST / HTTP/1.1".to_owned(), health, 415, "Content-Type: application/json"),
        ("POST / HTTP/1.1\r\ncontent-type: text/plain".to_owned(), health, 415, "Content-Type"),
        ("GET / HTTP/1.1".to_owned(), "", 405, ""),
        ("GET /nowhere HTTP/1.1".to_owned(), "", 404, ""),
        ("GET /openapi.json HTTP/1.1".to_owned(), "", 404, ""),
        ("GET /debug HTTP/1.1".to_owned(), "", 404, ""),
        ("GET /status HTTP/1.1".to_owned(), "", 200, r#""chain_id":"test-chain-keyway""#),
        ("HEAD /status HTTP/1.1".to_owned(), "", 200, ""),
        ("GET /health HTTP/1.1".to_owned(), "", 200, "null"),
        ("HEAD /health HTTP/1.1".to_owned(), "", 200, ""),
        ("GET /network_info HTTP/1.1".to_owned(), "", 200, r#""num_active_peers":0"#),
        ("GET /metrics HTTP/1.1".to_owned(), "", 200, "keyway_block_height_head 2\n"),
        (
            "OPTIONS / HTTP/1.1\r\norigin: http://a.b\r\naccess-control-request-method: POST"
                .to_owned(),
            "",
            200,
            "",
        ),
    ];
    for (head, body, status, part) in cases {
        let (answer, text) = exchange(running.addr, &head, body).await;
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{head}: {answer}");
        assert!(text.contains(part), "{head}: {text}");
        assert!(answer.contains("access-control-allow-origin: *"), "{head}: {answer}");
    }
    let (head, _) = exchange(running.addr, "GET /status HTTP/1.1", "").await;
    assert!(head.contains("content-type: application/json"), "{head}");
}

#[tokio::test]
async fn requests_are_counted_by_method() {
    let running = start(None).await;
    for _ in 0..3 {
        exchange(running.addr, "GET /status HTTP/1.1", "").await;
    }
    let unknown = r#"{"jsonrpc":"2.0","id":1,"method":"made-up\"} 1"}"#;
    exchange(running.addr, "POST / HTTP/1.1\r\ncontent-type: application/json", unknown).await;
    let (_, text) = exchange(running.addr, "GET /metrics HTTP/1.1", "").await;
    assert!(text.contains("keyway_rpc_requests_total{method=\"status\"} 3\n"), "{text}");
    assert!(text.contains("keyway_rpc_requests_total{method=\"unknown\"} 1\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_come_by_themselves() {
    let running = start(Some(Duration::from_millis(10))).await;
    let start = Instant::now();
    while running.service.node().snapshot().head().height() < 6 {
        assert!(start.elapsed() < Duration::from_secs(10), "no blocks");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_is_quick_though_somebody_waits_and_the_port_is_free_after_it() {
    let running = start(Some(Duration::from_millis(10))).await;
    let mut idle = TcpStream::connect(running.addr).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut seen = [0; 16];
    idle.read_exact(&mut seen).await.unwrap();
    let begun = Instant::now();
    running.stop.send(()).unwrap();
    running.server.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    drop(running.ticker);
    let height = running.service.node().snapshot().head().height();
    bind(running.addr).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(running.service.node().snapshot().head().height() <= height + 1, "still ticking");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fast_forward_ends_at_its_target_and_finality_follows_with_the_blocks() {
    let running = start(Some(Duration::from_secs(3_600))).await;
    let before = running.service.node().snapshot().head().height();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"sandbox_fast_forward","params":{"delta_height":10000}}"#;
    let head = "POST / HTTP/1.1\r\ncontent-type: application/json";
    let (_, answer) = exchange(running.addr, head, body).await;
    assert_eq!(answer, r#"{"jsonrpc":"2.0","result":{},"id":1}"#);
    let chain = running.service.node().snapshot();
    assert_eq!(chain.head().height(), before + 10_000);
    assert!(chain.final_head().height() < before + 10_000);
    running.service.node().tick().unwrap();
    running.service.node().tick().unwrap();
    assert_eq!(running.service.node().snapshot().final_head().height(), before + 10_000);
}
