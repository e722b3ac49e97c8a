//! Relaying a delegate action, and requests that exist.

use super::answer::{self, ErrorAnswer, ErrorBody};
use super::body;
use super::openapi::{Named, Posted};
use super::wait::Wait;
use super::{authenticate, idempotency_key};
use crate::error::Refused;
use crate::relay::Relay;
use crate::view::RequestView;
use crate::{RequestId, Work};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use keyway::protocol::SignedDelegateAction;
use keyway_rpc::InFlight;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// A signed delegate action: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RelayBody {
    /// Its borsh bytes in base64; of either version.
    delegate: Option<String>,
    /// As JSON: `delegate_action` and `signature`, as near-api-js and the RPC write them.
    #[schema(value_type = Option<Object>)]
    signed_delegate: Option<SignedDelegateAction>,
}

/// Relay a signed delegate action: the relayer signs, sends and pays for it.
#[utoipa::path(
    post, path = "/v1/relay", request_body = RelayBody, params(Wait, Named),
    responses(Posted),
    security(("api_key" = [])),
)]
pub(super) async fn relay(
    State(relay): State<Arc<Relay>>,
    wait: Result<Query<Wait>, QueryRejection>,
    request: axum::extract::Request,
) -> Result<Response, ErrorAnswer> {
    let (parts, body) = request.into_parts();
    let app = authenticate(&relay, &parts.headers)?;
    let (key, wait) = (idempotency_key(&parts.headers)?, waited(wait)?);
    let work = match body::read(&relay, &parts.extensions, body).await? {
        RelayBody { delegate: Some(text), signed_delegate: None } => {
            Work::from_base64(&text).map_err(Refused::Work)?
        }
        RelayBody { delegate: None, signed_delegate: Some(signed) } => Work::delegate(signed),
        _ => {
            let why = "give one of `delegate` and `signed_delegate`";
            return Err(Refused::NotRead(why.to_owned()).into());
        }
    };
    Ok(answer::accepted(&relay.accept(&app, work, key, wait).await?))
}

/// A request of the app.
#[utoipa::path(
    get, path = "/v1/requests/{id}", params(("id" = String, Path, description = "The request's id"), Wait),
    responses(
        (status = 200, description = "How far it is", body = RequestView),
        (status = 401, description = "No app has this API key", body = ErrorBody),
        (status = 404, description = "The app has no such request", body = ErrorBody),
        (status = 429, description = "The app asks too often", body = ErrorBody),
        (status = 503, description = "The store cannot be used", body = ErrorBody),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn show(
    State(relay): State<Arc<Relay>>,
    Path(id): Path<String>,
    wait: Result<Query<Wait>, QueryRejection>,
    request: axum::extract::Request,
) -> Result<Response, ErrorAnswer> {
    let app = authenticate(&relay, request.headers())?;
    request.extensions().get::<InFlight>().into_iter().for_each(InFlight::begin);
    let id: RequestId = id.parse().map_err(Refused::Name)?;
    let found = relay.request(&app, id, waited(wait)?).await?;
    Ok(answer::shown(&found))
}

/// Cancel a request that is not sent.
#[utoipa::path(
    delete, path = "/v1/requests/{id}", params(("id" = String, Path, description = "The request's id")),
    responses(
        (status = 200, description = "It is cancelled, and its reservation returned", body = RequestView),
        (status = 401, description = "No app has this API key", body = ErrorBody),
        (status = 404, description = "The app has no such request", body = ErrorBody),
        (status = 409, description = "It is sent, or has ended", body = ErrorBody),
        (status = 429, description = "The app asks too often", body = ErrorBody),
        (status = 503, description = "The store cannot be used", body = ErrorBody),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn cancel(
    State(relay): State<Arc<Relay>>,
    Path(id): Path<String>,
    request: axum::extract::Request,
) -> Result<Response, ErrorAnswer> {
    let app = authenticate(&relay, request.headers())?;
    let id: RequestId = id.parse().map_err(Refused::Name)?;
    Ok(answer::shown(&relay.cancel(&app, id).await?))
}

pub(super) fn waited(wait: Result<Query<Wait>, QueryRejection>) -> Result<Duration, Refused> {
    match wait {
        Ok(Query(wait)) => wait.duration(),
        Err(error) => Err(Refused::NotRead(error.body_text())),
    }
}
