//! Intents: what the relayer's own account does for an app.

use super::answer::{self, ErrorAnswer};
use super::openapi::{Named, Posted};
use super::requests::waited;
use super::wait::Wait;
use super::{authenticate, body, idempotency_key};
use crate::Work;
use crate::error::Refused;
use crate::relay::Relay;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use keyway::AccountId;
use keyway::protocol::{Action, ActionView};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// What the relayer's account shall do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IntentBody {
    /// The account that the actions run on.
    #[schema(value_type = String, example = "game.near")]
    receiver: AccountId,
    /// The actions, as NEAR's RPC writes them: `{"FunctionCall": {"method_name", "args", "gas", "deposit"}}`, with `args` in
    /// base64, `gas` a number and `deposit` a string.
    #[schema(value_type = Vec<Object>)]
    actions: Vec<ActionView>,
    /// The user for whom the app asks, for budgets by user.
    #[schema(value_type = Option<String>, example = "alice.near")]
    user: Option<AccountId>,
}

/// Let the relayer's account act for the app.
#[utoipa::path(
    post, path = "/v1/intents", request_body = IntentBody, params(Wait, Named),
    responses(Posted),
    security(("api_key" = [])),
)]
pub(super) async fn intents(
    State(relay): State<Arc<Relay>>,
    wait: Result<Query<Wait>, QueryRejection>,
    request: axum::extract::Request,
) -> Result<Response, ErrorAnswer> {
    let (parts, body) = request.into_parts();
    let app = authenticate(&relay, &parts.headers)?;
    let (key, wait) = (idempotency_key(&parts.headers)?, waited(wait)?);
    let IntentBody { receiver, actions, user } =
        body::read(&relay, &parts.extensions, body).await?;
    let mut done = Vec::with_capacity(actions.len());
    for (nth, action) in actions.into_iter().enumerate() {
        let action = Action::try_from(action).map_err(|error| {
            let why = keyway::keys::printable(&error.to_string()).to_string();
            Refused::NotRead(format!("action {} cannot be read: {why}", nth + 1))
        })?;
        done.push(action);
    }
    let work = Work::intent(receiver, done, user).map_err(Refused::Work)?;
    Ok(answer::accepted(&relay.accept(&app, work, key, wait).await?))
}
