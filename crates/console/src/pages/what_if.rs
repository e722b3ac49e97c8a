//! A past transaction with something changed: a form, the same tree, and what differs.

mod changes;
mod marks;

use super::form::{Filled, Text};
use super::transaction::{failed, marked};
use crate::console::HOME;
use crate::failure::Failure;
use crate::fields::{Fields, Problem};
use crate::html::{self, bytes, fact, foreign, gas, near, wide_fact};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use changes::changes;
use keyway::client::WhatIf;
use keyway::protocol::CryptoHash;
use keyway::trace::{Cause, Changed, Difference, Status, Trace};
use keyway::{Gas, NearToken, format_gas, format_near};
use marks::Marks;
use maud::{Markup, html};
use near_primitives::errors::TxExecutionError;
use near_primitives::views::AccessKeyPermissionView;

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
    let account = trace.conversion.account.as_ref().and_then(|account| account.before);
    let key = trace.conversion.key.as_ref().map(|key| &key.before.permission);
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
            dl.facts.one {
                @if let Some(before) = account { (fact("Balance", html! { (near(before)) " before it" })) }
                @if let Some(AccessKeyPermissionView::FunctionCall { allowance: Some(allowance), .. }) = key {
                    (fact("Allowance", html! { (near(*allowance)) " before it" }))
                }
                @if let Some(call) = call {
                    @if call.gas_attached.as_gas() > 0 { (fact("Gas", gas(call.gas_attached))) }
                    @if !call.deposit.is_zero() { (fact("Deposit", near(call.deposit))) }
                    @if let Some(args) = &call.args { @if args.length > 0 { (wide_fact("Arguments", bytes(args))) } }
                }
            }
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
    let class = match tried.after.status {
        Status::Succeeded(_) => "notice good",
        Status::Pending => "notice warn",
        Status::Failed(_) => "notice bad",
    };
    let marks = Marks::of(tried);
    html! {
        div class=(class) {
            p { strong { (would(&tried.after.status)) } " " (did(&tried.before.status)) }
            (why(&tried.after))
        }
        section aria-labelledby="differences" {
            h2 #differences { "What differs" }
            @if tried.differences.is_empty() {
                p.empty { "Nothing differs from what it did." }
            } @else {
                (table(&tried.differences))
            }
        }
        @if !tried.after.frames.is_empty() {
            section aria-labelledby="tree" {
                h2 #tree { "What it would have done" }
                (marked(PageForm::Served, &tried.after, &marks.at()))
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

/// What would have happened.
fn would(status: &Status) -> &'static str {
    match status {
        Status::Pending => "It would not have ended yet.",
        Status::Succeeded(_) => "It would have succeeded.",
        Status::Failed(TxExecutionError::InvalidTxError(_)) => "It would have been refused.",
        Status::Failed(TxExecutionError::ActionError(_)) => "It would have failed.",
    }
}

/// What happened.
fn did(status: &Status) -> &'static str {
    match status {
        Status::Pending => "In truth it has not ended yet.",
        Status::Succeeded(_) => "In truth it succeeded.",
        Status::Failed(TxExecutionError::InvalidTxError(_)) => "In truth it was refused.",
        Status::Failed(TxExecutionError::ActionError(_)) => "In truth it failed.",
    }
}

/// Why it would not have succeeded.
fn why(after: &Trace) -> Markup {
    html! {
        @match after.cause() {
            Some(Cause::Refused(TxExecutionError::InvalidTxError(error))) => {
                p { (foreign(&keyway::Error::from(error.clone()).to_string())) "." }
            },
            Some(Cause::Failed { first, .. }) => (failed(first)),
            _ => {},
        }
    }
}

/// Rows of the table.
const ROWS: usize = 300;
