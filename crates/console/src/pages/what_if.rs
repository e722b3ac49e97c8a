//! A past transaction with something changed: a form, the same tree, and what differs.

mod changes;

use super::form::{Filled, Text};
use crate::console::HOME;
use crate::failure::Failure;
use crate::fields::{Fields, Problem};
use crate::html::{self, foreign};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use changes::changes;
use keyway::client::WhatIf;
use keyway::protocol::CryptoHash;
use keyway::trace::{Changed, Difference, Status, Trace};
use keyway::{Gas, NearToken, format_gas, format_near};
use maud::{Markup, html};

/// The form, and what would have happened once something is changed.
pub(crate) async fn show(
    visit: Visit,
    Path(hash): Path<String>,
    Query(fields): Query<Fields>,
) -> Response {
    let page = async {
        let hash: CryptoHash = hash.parse().map_err(|_| not_a_hash())?;
        let trace = visit.client().trace(&hash).await?;
        if !fields.has_any(&changes::FIELDS) {
            return Ok((StatusCode::OK, form(&trace, Filled::new(&fields))));
        }
        match changes(visit.client(), &trace, &fields).await? {
            Ok(changes) => {
                let tried = visit.client().what_if(&hash, &changes).await;
                let body = match tried {
                    Ok(tried) => html! {
                        (answer(&tried))
                        section aria-labelledby="again" {
                            h2 #again { "Change something else" }
                            (form(&trace, Filled::new(&fields)))
                        }
                    },
                    Err(error) => {
                        let problems = [Problem { field: "", says: error.to_string() }];
                        let filled = Filled { fields: &fields, problems: &problems };
                        return Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&trace, filled)));
                    }
                };
                Ok((StatusCode::OK, body))
            }
            Err(problems) => {
                let filled = Filled { fields: &fields, problems: &problems };
                Ok((StatusCode::UNPROCESSABLE_ENTITY, form(&trace, filled)))
            }
        }
    };
    match visit.limited(page).await {
        Ok((status, body)) => {
            let content = Content::new("What if …", Section::Other, body).kind("Transaction");
            visit.page(status, &content).await
        }
        Err(failure) => visit.fail(failure).await,
    }
}

fn not_a_hash() -> Failure {
    Failure::not_found(
        "There is no such transaction here",
        "this is not a hash of a transaction",
        "Check the hash: it has 43 or 44 characters.",
    )
}

fn form(trace: &Trace, filled: Filled<'_>) -> Markup {
    let transaction = &trace.transaction;
    let call = trace.frames.first().and_then(|frame| frame.actions.first());
    let text = |name, label, note| filled.text(Text { name, label, note, usual: "" });
    html! {
        p {
            "Transaction " (html::transaction(PageForm::Served, &transaction.hash)) ", "
            (html::account(PageForm::Served, transaction.signer_id.as_str())) " → "
            (html::account(PageForm::Served, transaction.receiver_id.as_str()))
            @if let Some(method) = call.and_then(|call| call.method.as_deref()) { ", " code { (foreign(method)) } }
            ". It is run again on its own block with your changes; nothing on the chain changes."
        }
        (filled.summary())
        form.card method="get" action={ (HOME) "/tx/" (transaction.hash) "/what-if" } {
            p.note { "Leave a field empty to leave that as it was." }
            fieldset {
                legend { "Before the transaction" }
                div.pair {
                    (text("balance", "Balance of the signer", "With its unit: 5 NEAR."))
                    (text("allowance", "Allowance of its key", "With its unit: 0.25 NEAR."))
                }
                (text("signer", "Key that signs", "A public key of the signer, in full."))
                div.pair {
                    (text("code_from", "Contract code of", "An account whose contract the receiver gets."))
                    (text("time", "Time of the block", "UTC, as in 2027-05-01T12:00:00Z."))
                }
            }
            fieldset {
                legend { "In the transaction" }
                div.pair {
                    (filled.text(Text { name: "action", label: "Action, counted from 1", note: "", usual: "1" }))
                    (text("deposit", "Deposit", "With its unit: 1 NEAR."))
                }
                (filled.lines(Text { name: "args", label: "Arguments", note: "JSON, as the call shall get it.", usual: "" }))
                (text("gas", "Gas", "With its unit: 100 Tgas."))
            }
            p.buttons { button.primary type="submit" { "What if?" } }
        }
    }
}

/// What would have happened.
fn answer(tried: &WhatIf) -> Markup {
    let (before, after) = (word(&tried.before.status), word(&tried.after.status));
    let class = match tried.after.status {
        Status::Succeeded(_) => "notice good",
        Status::Pending => "notice warn",
        Status::Failed(_) => "notice bad",
    };
    html! {
        div class=(class) {
            p {
                @if before == after {
                    strong { "It would have " (after) " too." }
                } @else {
                    strong { "It would have " (after) "." } " In truth it " (before) "."
                }
            }
        }
        section aria-labelledby="differences" {
            h2 #differences { "What differs" }
            @if tried.differences.is_empty() {
                p.empty { "Nothing differs from what it did." }
            } @else {
                (table(&tried.differences))
            }
        }
    }
}

fn table(differences: &[Difference]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby="differences" {
            table.differences {
                thead { tr {
                    th scope="col" { "Receipt" } th scope="col" { "What" }
                    th scope="col" { "It was" } th scope="col" { "It would be" }
                } }
                tbody {
                    @for it in differences.iter().take(ROWS) {
                        @let (was, is) = values(it);
                        tr {
                            th scope="row" {
                                @if it.place.is_empty() { "the transaction" } @else { (it.place) " " (foreign(&it.name)) }
                            }
                            td { (it.what.replace('_', " ")) }
                            td.wrap { (foreign(&was)) }
                            td.wrap { (foreign(&is)) }
                        }
                    }
                }
            }
        }
        @if differences.len() > ROWS {
            p.note { (differences.len() - ROWS) " more differences are not shown." }
        }
    }
}

fn values(difference: &Difference) -> (String, String) {
    match &difference.changed {
        Changed::Added => ("not there".to_owned(), "added".to_owned()),
        Changed::Removed => ("there".to_owned(), "missing".to_owned()),
        Changed::Values { before, after } => {
            (figure(&difference.what, before), figure(&difference.what, after))
        }
    }
}

/// A figure with its unit.
fn figure(what: &str, text: &str) -> String {
    match (what, text.parse::<u128>()) {
        ("deposit", Ok(yocto)) => format_near(NearToken::from_yoctonear(yocto)),
        ("gas_attached" | "gas_burnt" | "converting_gas", Ok(gas)) => {
            format_gas(Gas::from_gas(u64::try_from(gas).unwrap_or(u64::MAX)))
        }
        _ => text.to_owned(),
    }
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Pending => "not ended",
        Status::Succeeded(_) => "succeeded",
        Status::Failed(_) => "failed",
    }
}

/// Rows of the table.
const ROWS: usize = 300;
