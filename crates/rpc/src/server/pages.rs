//! Pages for browsers, on the port of JSON-RPC or alone.
//!
//! They get the checks and limits of JSON-RPC, but none of the headers that let pages from elsewhere
//! read answers.

use super::connections::InFlight;
use super::{Front, ServerOptions, check_host, held, serve_router};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ALLOW};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Pages that a server has beside JSON-RPC.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Their routes, all below `home`.
    pub routes: Router,
    /// The path of the first page: a browser that opens `/` is sent there.
    pub home: &'static str,
}

impl Pages {
    /// The routes, behind the checks of a server.
    pub(super) fn behind(self, front: Arc<Front>) -> Router {
        self.routes
            .layer(from_fn_with_state(front.clone(), hold))
            .layer(from_fn_with_state(front, check_host))
    }
}

/// Serves pages alone, without JSON-RPC, until `shutdown` is done, and for at most the options' grace
/// after it. Of the options, those about bodies are the routes' own matter.
///
/// # Errors
/// When the listener fails.
pub async fn serve_pages(
    listener: TcpListener,
    pages: Pages,
    options: ServerOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let home = pages.home;
    let root = move |headers: HeaderMap| async move { to_home(home, &headers) };
    let front = Arc::new(Front::new(&options));
    let own = Router::new().route("/", axum::routing::get(root));
    let own = own.layer(from_fn_with_state(front.clone(), check_host));
    serve_router(listener, own.merge(pages.behind(front)), &options, shutdown).await
}

/// A browser is sent to the first page. Others learn that the path takes only POST, as before.
pub(super) fn to_home(home: &'static str, headers: &HeaderMap) -> Response {
    if accepts_html(headers) {
        return Redirect::to(home).into_response();
    }
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response()
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = accepted.flat_map(|value| value.split(','));
    kinds.any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html"))
}

/// Marks the connection as one with a request in flight, and lets the page take room among the
/// answers until it is sent.
async fn hold(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    request.extensions().get::<InFlight>().iter().for_each(|it| it.begin());
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the page is too large").into_response();
    };
    // A page without a body, as HEAD gets it, keeps the length that its headers state.
    if body.is_empty() {
        return Response::from_parts(parts, Bytes::new().into());
    }
    match held(&front.answers, body.into()) {
        Ok(body) => Response::from_parts(parts, body),
        Err(full) => full,
    }
}

/// Bytes of a page.
const LARGEST: usize = 32 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &'static str, expected: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        assert_eq!(accepts_html(&headers), expected, "{accept}");
    }

    #[test]
    fn browsers_are_known_by_what_they_accept() {
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true);
        check("application/json, text/html;q=0.5", true);
        check("*/*", false);
        check("application/json", false);
        check("text/htmlx", false);
        assert!(!accepts_html(&HeaderMap::new()));
    }
}
