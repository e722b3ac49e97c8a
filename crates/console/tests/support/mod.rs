//! A browser without a screen: it keeps its cookie, and fills forms.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Request, Response};
use keyway::{AccountId, KeyPair, Sandbox};
use keyway_console::{Console, HOME, Own, Token};
use keyway_rpc::Service;
use std::sync::Arc;
use tower::ServiceExt;

type FindKey = dyn Fn(&AccountId) -> Option<KeyPair> + Send + Sync;

/// A browser with one console.
#[derive(Clone)]
pub(crate) struct Browser {
    service: Service,
    keys: Arc<FindKey>,
    router: Router,
    cookie: Option<String>,
    form_token: String,
    origin: &'static str,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) location: String,
}

impl Browser {
    /// Signed in to the console of a sandbox.
    pub(crate) async fn signed_in(sandbox: &Sandbox) -> Self {
        Self::with_keys(sandbox, |_| None).await
    }

    /// The same, for a node with development keys.
    pub(crate) async fn with_keys(
        sandbox: &Sandbox,
        keys: impl Fn(&AccountId) -> Option<KeyPair> + Send + Sync + 'static,
    ) -> Self {
        Self::new(sandbox.service().clone(), Arc::new(keys), true).await
    }

    /// Signed in to a node without chain control.
    pub(crate) async fn without_control(&self) -> Self {
        Self::new(self.service.clone(), self.keys.clone(), false).await
    }

    async fn new(service: Service, keys: Arc<FindKey>, control: bool) -> Self {
        let token = Token::random();
        let link = format!("{HOME}?token={}", token.expose_secret());
        let find = keys.clone();
        let own = Own::new(token).keys(move |account| find(account)).control(control);
        let router = Console::own(service.clone(), own).routes();
        let (cookie, form_token) = (None, String::new());
        let origin = "http://127.0.0.1:3030";
        let mut browser = Self { service, keys, router, cookie, form_token, origin };
        let answer = browser.send(browser.request("GET", &link).body(Body::empty()).unwrap()).await;
        browser.cookie = cookie_of(answer.headers());
        let page = browser.get("/act/send").await;
        browser.form_token = page.value("form_token").unwrap_or_default().to_owned();
        browser
    }

    /// One that knows what a form needs, and has no cookie.
    pub(crate) fn signed_out(&self) -> Self {
        Self { cookie: None, ..self.clone() }
    }

    /// One whose forms come from a page of another origin.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { origin: "http://127.0.0.1:8080", ..self.clone() }
    }

    /// Loads a page below the console.
    pub(crate) async fn get(&self, path: &str) -> Page {
        let request = self.request("GET", &format!("{HOME}{path}"));
        Page::of(self.send(request.body(Body::empty()).unwrap()).await).await
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = [("form_token", self.form_token.as_str())];
        let pairs = token.iter().chain(fields);
        let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        let request = self
            .request("POST", &format!("{HOME}{path}"))
            .header(ORIGIN, self.origin)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Page::of(self.send(request.body(Body::from(body)).unwrap()).await).await
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(HOST, "127.0.0.1:3030");
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }
}

impl Page {
    async fn of(answer: Response<Body>) -> Self {
        let status = answer.status().as_u16();
        let location = answer.headers().get(LOCATION).and_then(|it| it.to_str().ok());
        let location = location.unwrap_or_default().to_owned();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Self { status, text: String::from_utf8(body.to_vec()).unwrap(), location }
    }

    /// What stands between two texts, the first time.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> &str {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| panic!("{}", self.text));
        rest.split_once(after).unwrap().0
    }

    /// The hidden fields of the review's form.
    #[track_caller]
    pub(crate) fn hidden(&self) -> Vec<(&str, &str)> {
        let form = self.between("<form class=\"card order\"", "</form>");
        let hidden = form.split("<input type=\"hidden\" name=\"").skip(1);
        let pairs = hidden.map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            (name, rest.split_once('"').unwrap().0)
        });
        pairs.filter(|(name, _)| *name != "form_token").collect()
    }

    fn value(&self, name: &str) -> Option<&str> {
        let rest = self.text.split_once(&format!("name=\"{name}\" value=\""))?.1;
        Some(rest.split_once('"')?.0)
    }
}

fn cookie_of(headers: &HeaderMap) -> Option<String> {
    let cookie = headers.get(SET_COOKIE)?.to_str().ok()?;
    Some(cookie.split(';').next()?.to_owned())
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
