//! A request that may write.

use crate::failure::Failure;
use crate::powers::Own;
use crate::token::same;
use crate::visit::Visit;
use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use zeroize::Zeroizing;

/// A browser that has the token of the node: it may write. Nothing that writes works without one.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    /// What each form of a page carries, so that it must have been made for this browser.
    form: Zeroizing<String>,
}

impl Writer {
    /// The writer whose cookie these headers have, if there is one.
    pub(crate) fn of(own: &Own, headers: &HeaderMap) -> Option<Self> {
        let expected = own.token.derived(COOKIE_PURPOSE);
        let (name, mut found) = (cookie_name(own), false);
        for value in headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pairs = value.split(';').filter_map(|pair| pair.trim().split_once('='));
            found |= pairs.filter(|(given, _)| *given == name).any(|(_, it)| same(it, &expected));
        }
        found.then(|| Self { form: own.token.derived(FORM_PURPOSE) })
    }

    /// The value of the hidden field [`FORM_FIELD`] of a form.
    pub(crate) fn form_value(&self) -> &str {
        &self.form
    }
}

impl<S: Sync> FromRequestParts<S> for Writer
where
    Visit: FromRequestParts<S, Rejection = Infallible>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, state).await;
        match visit.writer.clone() {
            Some(writer) => Ok(writer),
            None => Err(visit.fail(not_a_writer(&visit)).await),
        }
    }
}

/// A form from a page that was made for this browser.
#[derive(Debug)]
pub(crate) struct Act<T>(
    /// What was filled in.
    pub(crate) T,
);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequest<S> for Act<T>
where
    Visit: FromRequestParts<S, Rejection = Infallible>,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let writer = Writer::from_request_parts(&mut parts, state).await?;
        let Ok(visit) = Visit::from_request_parts(&mut parts, state).await;
        let request = Request::from_parts(parts, body);
        let fields = match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(fields)) => fields,
            Err(rejection) => return Err(rejection.into_response()),
        };
        let given = fields.iter().find(|(name, _)| name == FORM_FIELD).map(|(_, it)| it.as_str());
        if !given.is_some_and(|given| same(given, writer.form_value())) {
            let text = "this form was not made for this browser";
            return Err(visit
                .fail(Failure::forbidden(text, "Load its page again and send it from there."))
                .await);
        }
        match from_fields(fields) {
            Ok(filled) => Ok(Self(filled)),
            Err(why) => {
                Err(visit.fail(Failure::bad_request(why, "Go back and check the form.")).await)
            }
        }
    }
}

/// Reads the fields of a form; each is text, and empty ones count as missing.
fn from_fields<T: DeserializeOwned>(fields: Vec<(String, String)>) -> Result<T, String> {
    let fields = fields.into_iter().filter(|(name, value)| name != FORM_FIELD && !value.is_empty());
    let fields: std::collections::BTreeMap<String, String> = fields.collect();
    let fields =
        serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(fields.into_iter());
    T::deserialize(fields).map_err(|error| error.to_string())
}

/// Why a browser may not write.
fn not_a_writer(visit: &Visit) -> Failure {
    if visit.console.shared.powers.own().is_none() {
        return Failure::forbidden(
            "this console only looks at a node",
            "To act, run a chain of your own: `keyway run`, or `keyway run --fork testnet`.",
        );
    }
    Failure::forbidden(
        "this browser has not shown the node's token",
        "Open the link that the node printed when it started, or enter its token at “Sign in”.",
    )
}

/// The cookie that a browser keeps for this console. Its name is of this process, because the ports of one
/// host share their cookies.
pub(crate) fn cookie(own: &Own) -> HeaderValue {
    let (name, value) = (cookie_name(own), own.token.derived(COOKIE_PURPOSE));
    set_cookie(&format!("{name}={}", &*value))
}

/// A cookie that ends it.
pub(crate) fn no_cookie(own: &Own) -> HeaderValue {
    set_cookie(&format!("{}=; Max-Age=0", cookie_name(own)))
}

fn set_cookie(pair: &str) -> HeaderValue {
    let text = format!("{pair}; Path={}; HttpOnly; SameSite=Strict", crate::HOME);
    HeaderValue::from_str(&text).expect("invariant: names and hexadecimal digits are printable")
}

fn cookie_name(own: &Own) -> String {
    format!("keyway-{}", &own.token.derived(NAME_PURPOSE)[..8])
}

/// The hidden field that shows that a form was made for this browser.
pub(crate) const FORM_FIELD: &str = "form_token";

const COOKIE_PURPOSE: &str = "console cookie";
const FORM_PURPOSE: &str = "console form";
const NAME_PURPOSE: &str = "console cookie name";
