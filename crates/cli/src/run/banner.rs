//! What a node prints when it is ready.

mod development;
mod fork;

use super::node::Kind;
use development::Development;
use keyway_chain::Chain;
use keyway_console::{HOME, Token};
use near_crypto::PublicKey;
use near_primitives::account::AccessKeyPermission;
use near_primitives::types::AccountId;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Where a node listens.
pub(super) struct At<'a> {
    /// The address.
    pub(super) addr: SocketAddr,
    /// The token of its console, if it has one.
    pub(super) token: Option<&'a Token>,
}

/// The lines for a node, for a terminal with this many `columns`, if it is one.
pub(super) fn text(chain: &Chain, kind: &Kind, at: &At<'_>, columns: Option<u16>) -> String {
    let addr = at.addr;
    let (own, url) = (env!("CARGO_PKG_VERSION"), url(addr));
    let (chain_id, height) = (&chain.genesis().chain_id, chain.head().height());
    let protocol = chain.protocol().version;
    let mut text =
        format!("keyway {own} at {url}: chain {chain_id}, protocol {protocol}, height {height}");
    match kind {
        Kind::Home { dir, .. } => text.push_str(&format!(", home {}", dir.display())),
        Kind::Memory => text.push_str(", in memory"),
        Kind::Fork(status, dir) => text.push_str(&fork::origin(status, dir.as_deref())),
    }
    if let Some(token) = at.token {
        text.push_str(&format!("\nconsole: {url}{HOME}?token={}", token.expose_secret()));
    }
    if !addr.ip().is_loopback() {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nlistening on {addr}: reachable from the network, and anyone who can reach it can rewrite the chain"
        );
    }
    if let Kind::Fork(status, dir) = kind {
        text.push_str(&fork::text(status, dir.is_some(), &find(&url)));
        return text;
    }
    let accounts = Development::on(chain);
    if let Some(accounts) = &accounts {
        text.push_str(&accounts.text(columns));
    }
    let tries = match kind {
        Kind::Home { validator, .. } => tries_on_home(chain, validator),
        Kind::Memory | Kind::Fork(..) => accounts.map(|accounts| accounts.tries(&url)),
    };
    if let Some(tries) = tries {
        let gap = if text.ends_with('\n') { "" } else { "\n" };
        text.push_str(&format!("{gap}\nTry, in another terminal:\n\n{}{tries}\n", find(&url)));
    }
    if matches!(kind, Kind::Memory) {
        text.push_str("\nCtrl-C stops the node and discards its chain.");
    }
    text
}

/// The development accounts of `chain`, if it is for development.
pub(super) fn development_accounts(chain: &Chain) -> Vec<AccountId> {
    Development::on(chain).map(|accounts| accounts.ids()).unwrap_or_default()
}

/// A transaction of the account whose key `init` created, if the chain has it.
fn tries_on_home(
    chain: &Chain,
    (account_id, public_key, file): &(AccountId, PublicKey, PathBuf),
) -> Option<String> {
    let known =
        keyway_state::read::access_key(&chain.head().state, account_id, public_key).ok()??;
    let file = word(file);
    (known.permission == AccessKeyPermission::FullAccess).then(|| {
        format!("  keyway tx send {account_id} near --transfer '1 NEAR' --key-file {file}")
    })
}

/// How to set the node's address for the tools, if it is not the default.
fn find(url: &str) -> String {
    match url {
        USUAL => String::new(),
        url => format!("  export NEAR_ENV={url}\n"),
    }
}

/// A path quoted for a shell.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// The URL of the node for clients on this machine.
fn url(addr: SocketAddr) -> String {
    let ip = match addr.ip() {
        any if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// The default address of the tools.
const USUAL: &str = "http://127.0.0.1:3030";

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
    fn the_tools_are_told_where_they_do_not_look() {
        assert_eq!(find("http://127.0.0.1:3030"), "");
        assert_eq!(find("http://127.0.0.1:4400"), "  export NEAR_ENV=http://127.0.0.1:4400\n");
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(word(Path::new("/tmp/a-b/key.json")), "/tmp/a-b/key.json");
        assert_eq!(word(Path::new("/my home/it's")), r"'/my home/it'\''s'");
    }
}
