//! What requests from browser pages may do.
//!
//! A browser lets any page send requests to this machine. It names the page in `Origin`, and in
//! `Host` the name under which it found the server. Programs need to send neither.

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};
use std::net::IpAddr;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};

/// The pages and names that a server was told to accept.
#[derive(Clone, Debug)]
pub(super) struct Visitors {
    origins: Vec<String>,
    hosts: Vec<String>,
}

impl Visitors {
    pub(super) fn new(origins: &[String], hosts: &[String]) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { origins: lower(origins), hosts: lower(hosts) }
    }

    /// Tells browsers which pages may read answers.
    pub(super) fn cors(&self) -> CorsLayer {
        let layer = CorsLayer::new().allow_methods(Any).allow_headers(Any).expose_headers(Any);
        if self.origins.iter().any(|origin| origin == ANY) {
            return layer.allow_origin(Any);
        }
        let known = self.clone();
        layer.allow_origin(AllowOrigin::predicate(move |origin, _| known.lists(origin)))
    }

    /// Whether a request may change the chain as no transaction could: it comes from a program, from
    /// a page of this machine, or from a page that was named.
    pub(super) fn may_change_chain(&self, headers: &HeaderMap) -> bool {
        headers.get_all(ORIGIN).iter().all(|origin| is_loopback(origin) || self.lists(origin))
    }

    /// Whether `Host` is a name that no page from outside can have made its own: an address, a name
    /// that public DNS does not have, or one that was configured. Without that, a page could let its
    /// own name lead here and read as if it came from here.
    ///
    /// # Errors
    /// The name that is not.
    pub(super) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
        let mut named = headers.get_all(HOST).iter().map(HeaderValue::to_str);
        let authority = uri.authority().map(|authority| Ok(authority.as_str()));
        match authority.into_iter().chain(&mut named).find(|host| !self.accepts(host)) {
            None => Ok(()),
            Some(host) => Err(host.unwrap_or_default().to_owned()),
        }
    }

    fn accepts<E>(&self, host: &Result<&str, E>) -> bool {
        let Ok(authority) = host.as_ref().map_err(drop).and_then(|host| parse(host)) else {
            return false;
        };
        let whole = authority.as_str().to_ascii_lowercase();
        let name = authority.host().to_ascii_lowercase();
        let known = |host: &String| *host == ANY || *host == name || *host == whole;
        is_private(&name) || self.hosts.iter().any(known)
    }

    fn lists(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        let origin = origin.to_ascii_lowercase();
        self.origins.contains(&origin)
    }
}

fn parse(host: &str) -> Result<Authority, ()> {
    // This server has no users or passwords.
    host.parse::<Authority>().ok().filter(|host| !host.as_str().contains('@')).ok_or(())
}

/// `http` or `https` and a name or address of this machine, whatever the port.
fn is_loopback(origin: &HeaderValue) -> bool {
    let Ok(uri) = Uri::try_from(origin.as_bytes()) else { return false };
    // A browser never writes a user before the host.
    let Some(host) = uri.authority().filter(|it| !it.as_str().contains('@')).map(|it| it.host())
    else {
        return false;
    };
    let scheme = uri.scheme_str();
    matches!(scheme, Some("http" | "https")) && uri.path() == "/" && is_this_machine(host)
}

fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == LOCALHOST || ends(&name, LOCALHOST) || address(host).is_some_and(is_loopback_address)
}

fn is_loopback_address(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// An address, a name of one word, or one below a name that is set aside for private use.
fn is_private(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    address(host).is_some()
        || !name.is_empty() && !name.contains('.')
        || PRIVATE.iter().any(|private| ends(name, private))
}

fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

fn ends(name: &str, private: &str) -> bool {
    name.strip_suffix(private).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
}

const ANY: &str = "*";

const LOCALHOST: &str = "localhost";

/// Names that nobody can have in public DNS: RFC 6761, 6762, 8375, and ICANN's `internal`.
const PRIVATE: [&str; 5] = ["localhost", "local", "internal", "test", "home.arpa"];

#[cfg(test)]
mod tests {
    use super::*;

    fn visitors(origins: &[&str], hosts: &[&str]) -> Visitors {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Visitors::new(&own(origins), &own(hosts))
    }

    fn with(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[track_caller]
    fn check_origin(origins: &[&str], origin: &'static str, expected: bool) {
        let allowed = visitors(origins, &[]).may_change_chain(&with(ORIGIN, origin));
        assert_eq!(allowed, expected, "{origin}");
    }

    #[test]
    fn pages_of_this_machine_and_named_ones_may_change_the_chain() {
        let own = [
            "http://localhost:5173",
            "https://localhost",
            "http://app.localhost:3000",
            "http://127.0.0.1:8080",
            "http://127.1.2.3",
            "http://[::1]:3000",
            "http://[::ffff:127.0.0.1]",
            "HTTP://LOCALHOST",
        ];
        for origin in own {
            check_origin(&["*"], origin, true);
        }
        assert!(visitors(&[], &[]).may_change_chain(&HeaderMap::new()));
        let others = [
            "https://evil.example",
            "http://localhost.evil.example",
            "http://evil-localhost",
            "http://192.168.1.7",
            "http://127.0.0.1.evil.example",
            "http://localhost@evil.example",
            "http://evil@localhost",
            "http://a:b@127.0.0.1:8080",
            "null",
            "",
            "file://",
            "localhost",
            "chrome-extension://localhost",
        ];
        for origin in others {
            check_origin(&["*"], origin, false);
        }
        check_origin(&["https://wallet.example"], "https://wallet.example", true);
        check_origin(&["https://wallet.example"], "https://wallet.example:444", false);
        check_origin(&["null"], "null", true);
    }

    #[test]
    fn every_origin_that_is_named_counts() {
        let mut two = with(ORIGIN, "http://localhost");
        two.append(ORIGIN, HeaderValue::from_static("https://evil.example"));
        assert!(!visitors(&["*"], &[]).may_change_chain(&two));
    }

    #[track_caller]
    fn check_host(hosts: &[&str], host: &'static str, expected: bool) {
        let found = visitors(&["*"], hosts).check_host(&Uri::from_static("/"), &with(HOST, host));
        assert_eq!(found.is_ok(), expected, "{host}");
    }

    #[test]
    fn names_that_a_page_from_outside_can_have_are_refused() {
        let fine = [
            "localhost:3030",
            "127.0.0.1:3030",
            "[::1]:3030",
            "192.168.1.7",
            "LocalHost",
            "localhost.",
            "node.localhost",
            // A service of a compose file, a machine of a cluster, the host of a container.
            "keyway:3030",
            "keyway.default.svc.cluster.local",
            "host.docker.internal:3030",
        ];
        for host in fine {
            check_host(&[], host, true);
        }
        let foreign = [
            "evil.example",
            "evil.example:3030",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example.",
            ".local",
            "",
            "a b",
        ];
        for host in foreign {
            check_host(&[], host, false);
        }
        check_host(&["node.example"], "Node.example:3030", true);
        check_host(&["node.example:3030"], "node.example:3030", true);
        check_host(&["node.example:3030"], "node.example:4040", false);
        check_host(&["*"], "anything.example", true);
    }

    #[test]
    fn a_request_without_a_host_is_from_no_browser() {
        let uri = Uri::from_static("/");
        assert!(visitors(&[], &[]).check_host(&uri, &HeaderMap::new()).is_ok());
        let absolute = Uri::from_static("http://evil.example/");
        assert!(visitors(&[], &[]).check_host(&absolute, &HeaderMap::new()).is_err());
    }
}
