//! A transaction: why it ended as it did, where its money went, and everything that it did.

mod cause;
mod frame;
mod money;
mod outcome;
mod tree;
mod xray;

use crate::failure::Failure;
use crate::html;
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::{Path, Query};
use axum::response::Response;
use keyway::Error;
use keyway::error::QueryError;
use keyway::protocol::CryptoHash;
use maud::html;
use serde::Deserialize;

pub(super) use cause::failed;
pub(crate) use tree::{marked, tree};

/// What a transaction's address may have.
#[derive(Deserialize)]
pub(crate) struct TransactionQuery {
    /// Who signed it; needed where the node cannot trace.
    signer: Option<String>,
}

/// The page of a transaction.
pub(crate) async fn show(
    visit: Visit,
    Path(hash): Path<String>,
    Query(query): Query<TransactionQuery>,
) -> Response {
    visit.show(page(&visit, &hash, query.signer.as_deref())).await
}

async fn page(visit: &Visit, hash: &str, signer: Option<&str>) -> Result<Content, Failure> {
    let hash: CryptoHash = hash.parse().map_err(|_| not_a_hash(hash))?;
    match visit.client().trace(&hash).await {
        Ok(trace) => Ok(xray::content(visit.form, &trace)),
        Err(error) => match missing_trace(&error) {
            None => Err(error.into()),
            // Nodes report the rule with its figures to whoever asks for the outcome.
            Some(Missing::Refused(told)) => {
                match visit.client().has_transaction(hash, "system").await {
                    Err(Error::Refused(refusal)) => {
                        Ok(refused(visit.form, &hash, &refusal.to_string()))
                    }
                    _ => Ok(refused(visit.form, &hash, &told)),
                }
            }
            Some(Missing::Untold(why)) => outcome::page(visit, hash, signer, &why).await,
        },
    }
}

/// Why there is no trace.
enum Missing {
    /// The transaction was refused, so that it did nothing.
    Refused(String),
    /// The node cannot run it again, but may know its outcome.
    Untold(String),
}

fn missing_trace(error: &Error) -> Option<Missing> {
    match error {
        Error::Query(QueryError::UnknownRpcMethod { .. }) => {
            Some(Missing::Untold("only keyway's own nodes can run a transaction again".to_owned()))
        }
        Error::Query(QueryError::Other { name, message }) => match name.as_str() {
            "REFUSED_TRANSACTION" => Some(Missing::Refused(message.clone())),
            "PRUNED_STATE" | "TRACE_TOO_LARGE" | "UNKNOWN_ON_FORK" => {
                Some(Missing::Untold(message.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A transaction that the rules turned down.
fn refused(form: PageForm, hash: &CryptoHash, why: &str) -> Content {
    let body = html! {
        section.verdict.bad aria-labelledby="why" {
            h2 #why { (html::status("bad", "refused")) " It never ran, and cost nothing" }
            p.lead { (html::foreign(why)) }
            p {
                "A refused transaction is in no block. "
                (html::to(form, "/explain", html! { "Explain" }))
                " says what each rule says of a call or a transfer, key by key, and what would help."
            }
        }
    };
    Content::new(hash.to_string(), Section::Other, body).kind("Transaction").named_by_hash()
}

fn not_a_hash(text: &str) -> Failure {
    Failure::bad_request(
        format!("`{text}` is not the hash of a transaction"),
        "A hash has 43 or 44 letters and digits (base58).",
    )
}
