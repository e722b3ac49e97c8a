//! The page of a transaction whose node cannot run it again: what NEAR's own RPC has.

use super::cause::words;
use crate::failure::Failure;
use crate::html::{self, fact, field, gas, near};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use keyway::WaitUntil;
use keyway::outcome::{Execution, ExecutionStatus, Outcome, Status, action_words};
use keyway::protocol::{CryptoHash, TxExecutionError};
use maud::{Markup, html};

/// The outcome, or the question for its signer: NEAR's RPC finds a transaction by both.
pub(super) async fn page(
    visit: &Visit,
    hash: CryptoHash,
    signer: Option<&str>,
    why: &str,
) -> Result<Content, Failure> {
    let Some(signer) = signer.map(str::trim).filter(|signer| !signer.is_empty()) else {
        return match visit.form {
            PageForm::Served => Ok(ask(&hash, why)),
            PageForm::Saved => Err(Failure::bad_request(
                "this node finds a transaction only together with its signer",
                "Open the transaction's page, name its signer, and save it there.",
            )),
        };
    };
    if !visit.client().has_transaction(hash, signer).await? {
        return Err(
            keyway::Error::from(keyway::error::QueryError::UnknownTransaction { hash }).into()
        );
    }
    let outcome = visit.client().transaction(hash, signer, WaitUntil::Included).await?;
    Ok(content(visit.form, &outcome, why))
}

fn ask(hash: &CryptoHash, why: &str) -> Content {
    let body = html! {
        p { "This node finds a transaction by its hash and its signer." }
        form.card method="get" {
            (field("signer", "Signer of the transaction", html! {
                input #signer name="signer" required autocapitalize="off" spellcheck="false" placeholder="alice.near";
            }))
            button.primary type="submit" { "Show it" }
        }
        (missing(why))
    };
    Content::new(hash.to_string(), Section::Other, body).kind("Transaction").named_by_hash()
}

fn missing(why: &str) -> Markup {
    html! {
        p.note {
            "Not on this page: arguments and results in full, gas of each host function, storage before and after, and the money of each account. Why: "
            (html::foreign(why)) "."
        }
    }
}

fn content(form: PageForm, outcome: &Outcome, why: &str) -> Content {
    let (signer, receiver) = (outcome.signer_id().as_str(), outcome.receiver_id().as_str());
    let executions = outcome.executions();
    let shown = &executions[..executions.len().min(FRAMES)];
    let body = html! {
        div.figures {
            div { span.label { "Outcome" } strong { (status(outcome.status())) } }
            div { span.label { "From → to" } strong { (html::account(form, signer)) " → " (html::account(form, receiver)) } }
            div { span.label { "Gas burnt" } strong { (gas(outcome.gas_burnt())) } }
            div { span.label { "Fee" } strong { (near(outcome.tokens_burnt())) } }
        }
        dl.facts.under {
            (fact("Signed with", html::key(form, signer, &outcome.public_key().to_string())))
        }
        @if let Some(failed) = outcome.failures().next() {
            section.verdict.bad aria-labelledby="why" {
                h2 #why { "A receipt on " code { (failed.executor_id) } " failed" }
                @if let ExecutionStatus::Failed(error) = &failed.status { (failure(error)) }
            }
        }
        (missing(why))
        section aria-labelledby="receipts" {
            h2 #receipts { "What it did" }
            div.tree data-tree { ol { @for execution in shown { (of_execution(form, execution)) } } }
            @if executions.len() > FRAMES { p.note { (executions.len() - FRAMES) " more receipts" } }
        }
    };
    let hash = outcome.transaction_hash().to_string();
    let path = format!("{}/tx/{hash}?signer={}&save=1", crate::HOME, html::segment(signer));
    Content::new(hash, Section::Other, body).kind("Transaction").named_by_hash().save(path)
}

fn of_execution(form: PageForm, execution: &Execution) -> Markup {
    let actions: Vec<_> = execution.actions().iter().take(8).map(action_words).collect();
    let level = format!("at-{}", execution.depth.min(8));
    html! {
        li #(execution.id) class=(level) {
            details.frame open {
                summary {
                    (execution_status(&execution.status)) " "
                    span.what { (html::foreign(&actions.join(", "))) }
                    span.soft { " on " } (html::account(form, execution.executor_id.as_str()))
                    span.gas-of { (gas(execution.gas_burnt)) }
                }
                div.body {
                    @if let ExecutionStatus::Failed(error) = &execution.status { (failure(error)) }
                    dl.facts {
                        @if let Some(from) = &execution.predecessor_id { (fact("From", html::account(form, from.as_str()))) }
                        @if let Some(block) = &execution.block_hash {
                            (fact("Block", html::to(form, &format!("/block/{block}"), html::short(&block.to_string()))))
                        }
                        (fact("Burnt", near(execution.tokens_burnt)))
                        (fact("Receipt", html::hash(&execution.id)))
                    }
                    @if !execution.logs.is_empty() {
                        h3 { "Logs" }
                        ul.logs { @for log in execution.logs.iter().take(50) { li { (html::text_block(log)) } } }
                    }
                    @if let ExecutionStatus::Returned(value) = &execution.status {
                        @if !value.is_empty() {
                            h3 { "Returned" }
                            (html::bytes(&keyway::trace::Bytes::of(value, 4096)))
                        }
                    }
                }
            }
        }
    }
}

fn failure(error: &TxExecutionError) -> Markup {
    html! { p.lead { (html::foreign(&words(error))) } }
}

fn status(status: &Status) -> Markup {
    match status {
        Status::Pending => html::status("wait", "running"),
        Status::Succeeded(_) => html::status("good", "succeeded"),
        Status::Failed(_) => html::status("bad", "failed"),
    }
}

fn execution_status(status: &ExecutionStatus) -> Markup {
    match status {
        ExecutionStatus::Pending => html::status("wait", "waits"),
        ExecutionStatus::Returned(_) | ExecutionStatus::Continued(_) => html::status("good", "ok"),
        ExecutionStatus::Failed(_) => html::status("bad", "failed"),
    }
}

/// Receipts on a page.
const FRAMES: usize = 500;
