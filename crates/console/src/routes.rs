//! Which path shows what.

use crate::console::{Console, HOME};
use crate::failure::Failure;
use crate::visit::Visit;
use crate::{assets, headers, origin, pages, sign_in};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};

/// All routes, with what holds for each of them.
pub(crate) fn routes(console: Console) -> Router {
    let pages = Router::new()
        .route("/", get(pages::home::show))
        .route("/live", get(pages::home::live))
        .route("/search", get(pages::search::show))
        .route("/block/{reference}", get(pages::block::show))
        .route("/tx/{hash}", get(pages::transaction::show))
        .route("/account/{account_id}", get(pages::account::show))
        .route("/account/{account_id}/timeline", get(pages::account::show_timeline))
        .route("/account/{account_id}/timeline/at", get(pages::account::state_at))
        .route("/account/{account_id}/keys/{public_key}", get(pages::account::show_key))
        .route("/sign-in", get(sign_in::ask).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/act", get(pages::act::list))
        .route("/act/submit", post(pages::act::submit))
        .route("/act/{operation}", get(pages::act::form).post(pages::act::review))
        .route("/explain", get(pages::explain::show))
        .route("/tx/{hash}/what-if", get(pages::what_if::show))
        .route("/control", get(pages::control::show))
        .route("/control/{order}", post(pages::control::submit))
        .route("/assets/{name}", get(assets::serve))
        .fallback(nothing);
    Router::new()
        .nest(HOME, pages)
        .route(&format!("{HOME}/"), get(|| async { Redirect::to(HOME) }))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn_with_state(console.clone(), origin::check))
        .layer(from_fn(headers::add))
        .with_state(console)
}

async fn nothing(visit: Visit) -> Response {
    let path = visit.uri.path().to_owned();
    visit
        .fail(Failure::not_found(
            "There is no such page",
            format!("nothing is at {path}"),
            "Use the search field above: it finds accounts, keys, transactions and blocks.",
        ))
        .await
}

/// Bytes of a form: a contract fits, as text.
const LARGEST_FORM: usize = 8 * 1024 * 1024;
