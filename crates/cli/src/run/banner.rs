//! What a node says about itself when it is ready.

use super::node::{Kind, Node};
use crate::dev_accounts::{BALANCE_NEAR, NAMES, unsafe_secret_key};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The lines for a node that listens on `addr`.
pub(super) fn text(node: &Node, addr: SocketAddr) -> String {
    let (own, url) = (env!("CARGO_PKG_VERSION"), url(addr));
    let (chain, height) = (node.chain.genesis(), node.chain.head().height());
    let (chain_id, protocol) = (&chain.chain_id, node.chain.protocol().version);
    let head =
        format!("keyway {own} at {url}: chain {chain_id}, protocol {protocol}, height {height}");
    match &node.kind {
        Kind::Home { dir } => format!("{head}, home {}", dir.display()),
        Kind::Memory => format!("{head}, in memory\n{}", development(&url)),
    }
}

/// The accounts of a chain in memory, and what to do with them.
fn development(url: &str) -> String {
    let mut text = format!(
        "\nDevelopment accounts, {BALANCE_NEAR} NEAR and one full-access key each.\n\
         UNSAFE: everybody knows these secret keys. Use them on this machine only.\n\n"
    );
    for name in NAMES {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<11} {}", unsafe_secret_key(name));
    }
    let _ = write!(
        text,
        "\nTry, in another terminal:\n\n  {}\n\nCtrl-C ends the node, and its chain with it.",
        request(url)
    );
    text
}

/// A request that shows the keys of the first account.
fn request(url: &str) -> String {
    let params =
        r#"{"request_type":"view_access_key_list","finality":"final","account_id":"alice.near"}"#;
    let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"query","params":{params}}}"#);
    format!("curl -s {url} -H 'Content-Type: application/json' -d '{body}'")
}

/// Where clients on this machine find the node.
fn url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        any if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_everybody_is_shown_as_one_for_this_machine() {
        let shown = |addr: &str| url(addr.parse().unwrap());
        assert_eq!(shown("0.0.0.0:3030"), "http://127.0.0.1:3030");
        assert_eq!(shown("127.0.0.1:4000"), "http://127.0.0.1:4000");
        assert_eq!(shown("[::1]:4000"), "http://[::1]:4000");
    }

    #[test]
    fn the_accounts_are_called_unsafe() {
        let text = development("http://127.0.0.1:3030");
        assert!(text.contains("UNSAFE"), "{text}");
        assert_eq!(text.matches("ed25519:").count(), 10, "{text}");
    }
}
