//! The description of the API.

use super::answer::ErrorBody;
use super::intents::{self, IntentBody};
use super::requests::{self, RelayBody};
use crate::view::{ErrorView, RequestView, StateName};
use std::collections::BTreeMap;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi};

/// The description of the API in OpenAPI, as JSON.
#[must_use]
pub fn openapi() -> String {
    let mut text = Description::openapi()
        .to_pretty_json()
        .expect("the invariant that a description has string keys");
    text.push('\n');
    text
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Keyway relayer",
        description = "Signs and pays for what apps ask, exactly once, within a policy. docs/relayer.md describes it."
    ),
    paths(
        requests::relay, intents::intents, requests::show, requests::cancel,
        super::health, super::ready, super::metrics, super::lanes, super::description
    ),
    components(schemas(RequestView, StateName, ErrorView, ErrorBody, RelayBody, IntentBody)),
    modifiers(&ApiKey)
)]
struct Description;

/// The answers to a request that is made.
pub(super) struct Posted;

impl IntoResponses for Posted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let answer = |(status, description, body): (u16, &str, &str)| {
            let content = Content::new(Some(Ref::from_schema_name(body)));
            let response = ResponseBuilder::new().description(description);
            let response = response.content("application/json", content).build();
            (status.to_string(), RefOr::T(response))
        };
        BTreeMap::from(
            [
                (200, "It has ended", "RequestView"),
                (202, "It is accepted and durable", "RequestView"),
                (400, "The body cannot be read", "ErrorBody"),
                (401, "No app has this API key", "ErrorBody"),
                (403, "The policy or a budget refuses it", "ErrorBody"),
                (
                    409,
                    "The idempotency key, or the delegate action, is used for another request",
                    "ErrorBody",
                ),
                (413, "The body is too large", "ErrorBody"),
                (422, "The chain would refuse it, or it would fail", "ErrorBody"),
                (429, "The app asks too often", "ErrorBody"),
                (503, "Nothing new can be promised now", "ErrorBody"),
            ]
            .map(answer),
        )
    }
}

/// The name that an app gives to a request.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header, which is read elsewhere")]
pub(super) struct Named {
    /// The same key is the same request; the same key with another body is a 409
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// The API key of an app, as a bearer token.
struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

#[cfg(test)]
mod tests {
    /// `KEYWAY_BLESS=1 cargo test` writes the file again.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test is told to write its file")]
    fn the_description_is_in_docs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/relay-openapi.json");
        let now = super::openapi();
        if std::env::var_os("KEYWAY_BLESS").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == now, "docs/relay-openapi.json is old: KEYWAY_BLESS=1 writes it again");
    }
}
