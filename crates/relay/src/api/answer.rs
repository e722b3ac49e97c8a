//! Answers: a request as JSON, or an error as JSON.

use crate::Request;
use crate::error::Refused;
use crate::view::{ErrorView, RequestView};
use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal as an answer.
#[derive(Debug)]
pub(super) struct ErrorAnswer(Refused);

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    error: ErrorView,
}

impl From<Refused> for ErrorAnswer {
    fn from(refused: Refused) -> Self {
        ErrorAnswer(refused)
    }
}

impl IntoResponse for ErrorAnswer {
    fn into_response(self) -> Response {
        let refused = self.0;
        let status =
            StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let (kind, message) = (refused.kind().to_owned(), refused.to_string());
        let error = ErrorView { kind, message, figures: refused.figures() };
        let mut response = (status, Json(ErrorBody { error })).into_response();
        let headers = response.headers_mut();
        match refused {
            Refused::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Refused::TooOften { after, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs().saturating_add(1)));
            }
            Refused::Full { .. } | Refused::Store(_) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(1));
            }
            _ => {}
        }
        response
    }
}

/// 202 for a request that has not ended, 200 for one that has.
pub(super) fn accepted(request: &Request) -> Response {
    let status = match request.ending() {
        None => StatusCode::ACCEPTED,
        Some(_) => StatusCode::OK,
    };
    (status, Json(RequestView::of(request))).into_response()
}

/// 200, however far it is.
pub(super) fn shown(request: &Request) -> Response {
    Json(RequestView::of(request)).into_response()
}
