//! Where a request that writes comes from.
//!
//! Any page can let a browser send a form to this machine. A browser says so in `Sec-Fetch-Site`, or, where the
//! address is not one of this machine, in `Origin`. A cookie cannot tell: pages on other ports of the
//! same host get it sent along, even if it is `SameSite=Strict`.

use crate::failure::Failure;
use crate::visit::Visit;
use axum::extract::Request;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::Response;

/// Refuses a request that may write and does not come from a page of this console.
pub(crate) async fn check(visit: Visit, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_own_page(request.headers()) {
        return next.run(request).await;
    }
    visit.fail(Failure::forbidden(
        "this form does not come from a page of this console",
        "Open the console itself and send the form from there. A program that sends it must name the console's address in `Origin`.",
    ))
    .await
}

/// Whether a browser says that a page of the same origin has sent this.
fn is_own_page(headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE);
    if site.is_some_and(|site| site != "same-origin") {
        return false;
    }
    let mut origins = headers.get_all(ORIGIN).iter().peekable();
    if origins.peek().is_none() {
        return site.is_some();
    }
    origins.all(|origin| names(origin, headers.get(HOST)))
}

/// Whether an origin is that of the host of the request.
fn names(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
        return false;
    };
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let same =
        |authority: &axum::http::uri::Authority| authority.as_str().eq_ignore_ascii_case(host);
    matches!(origin.scheme_str(), Some("http" | "https")) && origin.authority().is_some_and(same)
}

/// What a browser says of the page that sends a request.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(site: Option<&'static str>, origin: Option<&'static str>, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost:3030"));
        if let Some(site) = site {
            headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(site));
        }
        if let Some(origin) = origin {
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
        }
        assert_eq!(is_own_page(&headers), expected, "{site:?} {origin:?}");
    }

    #[test]
    fn only_pages_of_the_same_origin_write() {
        check(Some("same-origin"), Some("http://localhost:3030"), true);
        check(Some("same-origin"), None, true);
        check(None, Some("http://localhost:3030"), true);
        check(None, Some("HTTP://LocalHost:3030"), true);
        // Another port of this machine is the same site, and gets the cookie.
        check(Some("same-site"), Some("http://localhost:8080"), false);
        check(None, Some("http://localhost:8080"), false);
        check(Some("cross-site"), Some("https://evil.example"), false);
        check(Some("none"), None, false);
        check(Some("same-origin"), Some("null"), false);
        check(Some("same-origin"), Some("https://evil.example"), false);
        check(None, None, false);
        check(None, Some("null"), false);
        check(None, Some("http://localhost:3030@evil.example"), false);
        check(None, Some("http://evil.example/http://localhost:3030"), false);
    }
}
