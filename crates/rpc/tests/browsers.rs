//! What pages in a browser may do, spoken in plain bytes.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::service;
use keyway_rpc::{ServerOptions, Service, bind, serve};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn start(origins: &[&str], hosts: &[&str]) -> (SocketAddr, Service) {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let service = service();
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let addr = listener.local_addr().unwrap();
    let (origins, hosts) = (own(origins), own(hosts));
    let options = ServerOptions { origins, hosts, ..ServerOptions::default() };
    tokio::spawn(serve(listener, service.clone(), options, std::future::pending()));
    (addr, service)
}

/// Status and lowercase head, and the body.
async fn exchange(addr: SocketAddr, head: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// A POST with further headers.
async fn post(addr: SocketAddr, headers: &str, body: &str) -> (u16, String, String) {
    let head = format!("POST / HTTP/1.1\r\ncontent-type: application/json\r\n{headers}");
    exchange(addr, &head, body).await
}

const FORWARD: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"sandbox_fast_forward","params":{"delta_height":1}}"#;
const PATCH: &str =
    r#"{"jsonrpc":"2.0","id":7,"method":"sandbox_patch_state","params":{"records":[]}}"#;
const BLOCK: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"block","params":{"finality":"optimistic"}}"#;

#[tokio::test]
async fn a_page_from_somewhere_reads_and_sends_but_does_not_rewrite_the_chain() {
    // Any page that somebody visited could patch the state of the node on their machine.
    let (addr, service) = start(&["*"], &[]);
    let before = service.node().snapshot().head().height();
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let headers = format!("host: localhost\r\norigin: {origin}\r\n");
        for body in [FORWARD, PATCH] {
            let (status, head, text) = post(addr, &headers, body).await;
            assert_eq!(status, 403, "{origin}: {text}");
            assert!(text.contains(r#""cause":{"info":{"error_message""#), "{text}");
            assert!(text.contains(r#""name":"ORIGIN_NOT_ALLOWED""#), "{text}");
            // The page's author is told why.
            assert!(head.contains("access-control-allow-origin: *"), "{head}");
        }
        let (status, head, text) = post(addr, &headers, BLOCK).await;
        assert_eq!(status, 200, "{text}");
        assert!(head.contains("access-control-allow-origin: *"), "{head}");
    }
    assert_eq!(service.node().snapshot().head().height(), before);
}

#[tokio::test]
async fn programs_pages_of_this_machine_and_named_pages_may_do_everything() {
    let (addr, service) = start(&["*", "https://wallet.example"], &[]);
    for origin in [
        "",
        "origin: http://localhost:5173\r\n",
        "origin: http://127.0.0.1:8080\r\n",
        "origin: http://[::1]:8080\r\n",
        "origin: https://app.localhost\r\n",
        "origin: https://wallet.example\r\n",
    ] {
        let before = service.node().snapshot().head().height();
        let (status, _, text) = post(addr, &format!("host: localhost\r\n{origin}"), FORWARD).await;
        assert_eq!(status, 200, "{origin}: {text}");
        assert!(service.node().snapshot().head().height() > before, "{origin}");
    }
}

#[tokio::test]
async fn the_configured_origins_are_obeyed() {
    // config.json's rpc.cors_allowed_origins was written by `init` and ignored.
    let (addr, _) = start(&["https://wallet.example"], &[]);
    let preflight = |origin: &str| {
        format!(
            "OPTIONS / HTTP/1.1\r\nhost: localhost\r\norigin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n"
        )
    };
    let (status, head, _) = exchange(addr, &preflight("https://wallet.example"), "").await;
    assert_eq!(status, 200);
    assert!(head.contains("access-control-allow-origin: https://wallet.example"), "{head}");
    assert!(head.contains("access-control-allow-headers: *"), "{head}");
    for origin in ["https://evil.example", "https://wallet.example.evil.example", "null"] {
        let (_, head, _) = exchange(addr, &preflight(origin), "").await;
        assert!(!head.contains("access-control-allow-origin"), "{origin}: {head}");
        let headers = format!("host: localhost\r\norigin: {origin}\r\n");
        let (_, head, _) = post(addr, &headers, BLOCK).await;
        assert!(!head.contains("access-control-allow-origin"), "{origin}: {head}");
    }
}

#[tokio::test]
async fn a_name_that_a_page_leads_here_is_not_the_nodes() {
    let (addr, _) = start(&["*"], &["node.example"]);
    for route in ["GET /status", "GET /health", "GET /metrics", "GET /network_info", "GET /nowhere"]
    {
        let head = |host: &str| format!("{route} HTTP/1.1\r\nhost: {host}\r\n");
        let (status, _, text) = exchange(addr, &head("evil.example:3030"), "").await;
        assert_eq!(status, 403, "{route}: {text}");
        assert!(text.contains("rpc.allowed_hosts"), "{text}");
        let fine = ["localhost", "127.0.0.1:3030", "[::1]", "keyway:3030", "node.example:3030"];
        for host in fine {
            assert_ne!(exchange(addr, &head(host), "").await.0, 403, "{route} {host}");
        }
    }
    let (status, ..) = post(addr, "host: evil.example\r\n", BLOCK).await;
    assert_eq!(status, 403);
}
