//! The server that only checks signatures.

use crate::http::Connection;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use borsh::BorshDeserialize;
use keyway_bench::Problem;
use keyway_rpc::{ServerOptions, bind, serve_router};
use near_primitives::action::Action;
use near_primitives::serialize::from_base64;
use near_primitives::transaction::SignedTransaction;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// A server in front of a node: the node answers everything but transfers.
pub(super) struct Front {
    addr: SocketAddr,
    /// Ends the server when it is dropped.
    _stop: oneshot::Sender<()>,
    _runtime: Runtime,
}

struct Shared {
    node: SocketAddr,
    /// The node's answer to the first transfer.
    answer: OnceLock<Vec<u8>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    method: &'a str,
    #[serde(default)]
    params: Params,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    signed_tx_base64: Option<String>,
}

impl Front {
    /// Starts the server.
    ///
    /// # Errors
    /// When there is no free port.
    pub(super) fn start(node: SocketAddr) -> Result<Self, Problem> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let entered = runtime.enter();
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into())?;
        drop(entered);
        let addr = listener.local_addr()?;
        let (stop, stopping) = oneshot::channel::<()>();
        let shared = Arc::new(Shared { node, answer: OnceLock::new() });
        let router = Router::new().fallback(answer).with_state(shared);
        runtime.spawn(async move {
            let options = ServerOptions::default();
            serve_router(listener, router, &options, async { drop(stopping.await) }).await
        });
        Ok(Self { addr, _stop: stop, _runtime: runtime })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Ok(body) = to_bytes(request.into_body(), MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let transfer = transfer(&body);
    if let (Some(transfer), Some(answer)) = (&transfer, shared.answer.get()) {
        let key = transfer.transaction.public_key();
        return match transfer.signature.verify(transfer.get_hash().as_ref(), key) {
            true => ([(CONTENT_TYPE, JSON)], answer.clone()).into_response(),
            false => StatusCode::BAD_REQUEST.into_response(),
        };
    }
    let node = shared.node;
    let asked = spawn_blocking(move || forward(node, &path, &body)).await;
    match asked {
        Ok(Ok((status, body))) => {
            if transfer.is_some() && status == StatusCode::OK {
                shared.answer.get_or_init(|| body.clone());
            }
            (status, [(CONTENT_TYPE, JSON)], body).into_response()
        }
        _ => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// The transaction that a body sends, if it is one transfer.
fn transfer(body: &[u8]) -> Option<SignedTransaction> {
    let call: Call<'_> = serde_json::from_slice(body).ok()?;
    let sent = call.params.signed_tx_base64.filter(|_| call.method == "send_tx")?;
    let transaction = SignedTransaction::try_from_slice(&from_base64(&sent).ok()?).ok()?;
    let is_transfer = matches!(transaction.transaction.actions(), [Action::Transfer(_)]);
    is_transfer.then_some(transaction)
}

fn forward(node: SocketAddr, path: &str, body: &[u8]) -> Result<(StatusCode, Vec<u8>), Problem> {
    let mut connection = Connection::open(node)?;
    let answer = match body.is_empty() {
        true => connection.get(path)?,
        false => connection.send(&Connection::post(body))?,
    };
    Ok((StatusCode::from_u16(answer.status)?, answer.body))
}

const JSON: &str = "application/json";
const MOST_BYTES: usize = 10 << 20;
