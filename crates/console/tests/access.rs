//! Who may read, who may write, and what keeps others out.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::Site;
use keyway::Sandbox;

/// The cookie that a token gets.
async fn signed_in(site: &Site) -> String {
    let answer = site.get(&format!("/console?token={}", site.token)).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/console"));
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(cookie.contains("Path=/console"), "{cookie}");
    assert!(!cookie.contains(&site.token), "the token itself stays where it was entered");
    cookie.split(';').next().unwrap().to_owned()
}

/// What the page's forms carry.
async fn form_value(site: &Site, cookie: &str) -> String {
    let request = axum::http::Request::get("/console").header("cookie", cookie);
    let page = site.send(request.body(axum::body::Body::empty()).unwrap()).await.text;
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_keeps_other_pages_out() {
    let site = Site::new();
    for path in ["/console", "/console/nope", "/console/account/near", "/console/live"] {
        let answer = site.get(path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn pages_have_no_inline_script_or_style() {
    let site = Site::new();
    let page = site.page("/console/account/near").await;
    assert!(!page.contains("style=") && !page.contains("<style") && !page.contains("onclick"));
    assert_eq!(page.matches("<script").count(), 1, "the embedded one");
    for link in page.split("href=\"").skip(1).chain(page.split("src=\"").skip(1)) {
        assert!(link.starts_with("/console") || link.starts_with('#'), "{}", &link[..40]);
    }
}

#[tokio::test]
async fn what_is_embedded_may_be_kept_for_good() {
    let site = Site::new();
    let page = site.page("/console").await;
    let (_, rest) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = site.get(rest.split('"').next().unwrap()).await;
    assert_eq!(
        (style.status.as_u16(), style.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    assert!(style.header("cache-control").contains("immutable"));
    assert_eq!(site.get("/console/assets/console-0.css").await.status, 404);
}

#[tokio::test]
async fn the_token_signs_in_and_nothing_else_does() {
    let site = Site::new();
    for wrong in ["", "0", &"0".repeat(32), &site.token[1..]] {
        let answer = site.get(&format!("/console?token={wrong}")).await;
        assert_eq!(answer.status, 403, "{wrong}");
        assert_eq!(answer.header("set-cookie"), "");
        assert!(answer.text.contains("not the token of this node"), "{}", answer.text);
    }
    assert!(site.page("/console").await.contains("Sign in"));
    let cookie = signed_in(&site).await;
    assert!(!form_value(&site, &cookie).await.is_empty());
    let own = [("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3030")];
    let form = format!("token={}", site.token);
    assert_eq!(site.post("/console/sign-in", &own, &form).await.status, 303);
}

#[tokio::test]
async fn a_form_from_another_page_is_refused_even_with_the_cookie() {
    let site = Site::new();
    let cookie = signed_in(&site).await;
    let form = format!("form_token={}", form_value(&site, &cookie).await);
    let from = async |site: &Site, headers: &[(&str, &str)], form: &str| {
        let headers = [&[("cookie", cookie.as_str())], headers].concat();
        site.post("/console/sign-out", &headers, form).await
    };
    for elsewhere in [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")][..],
        // Another port of this machine gets the cookie sent along.
        &[("sec-fetch-site", "same-site"), ("origin", "http://localhost:8080")],
        &[("origin", "http://localhost:8080")],
        &[("origin", "null")],
        &[],
    ] {
        let answer = from(&site, elsewhere, &form).await;
        assert_eq!(answer.status, 403, "{elsewhere:?}");
        assert!(answer.text.contains("does not come from a page of this console"));
    }
    let own = [("sec-fetch-site", "same-origin"), ("origin", "http://localhost:3030")];
    for wrong in ["", "form_token=", "form_token=0123456789abcdef0123456789abcdef"] {
        let answer = from(&site, &own, wrong).await;
        assert_eq!(answer.status, 403, "{wrong}");
        assert!(answer.text.contains("not made for this browser"), "{}", answer.text);
    }
    let without = site.post("/console/sign-out", &own, &form).await;
    assert_eq!(without.status, 403);
    assert!(
        without.text.contains("has not shown the node’s token")
            || without.text.contains("has not shown the node")
    );
    let done = from(&site, &own, &form).await;
    assert_eq!(done.status, 303);
    assert!(done.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_first_page() {
    let answer = Site::new().get("/console/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/console"));
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
}

#[tokio::test]
async fn the_cookie_of_one_node_is_nothing_to_another() {
    let (site, other) = (Site::new(), Site::new());
    let cookie = signed_in(&site).await;
    let request = axum::http::Request::get("/console").header("cookie", &cookie);
    let page = other.send(request.body(axum::body::Body::empty()).unwrap()).await.text;
    assert!(page.contains("Sign in") && !page.contains("Sign out"));
}

#[tokio::test]
async fn a_console_that_only_looks_lets_nobody_in() {
    let site = Site::looking(Sandbox::new());
    let page = site.page("/console").await;
    assert!(page.contains("read-only") && !page.contains("Sign in"), "{page}");
    assert_eq!(site.get("/console?token=0123456789abcdef0123456789abcdef").await.status, 403);
    let own = [("sec-fetch-site", "same-origin")];
    assert_eq!(site.post("/console/sign-out", &own, "").await.status, 403);
}
