//! Why a transaction failed, or what failed inside it: the first thing on its page.

use crate::html;
use crate::visit::PageForm;
use keyway::error::{FailedAction, Refusal};
use keyway::protocol::TxExecutionError;
use keyway::trace::{Cause, Frame, FrameResult, Status, Trace};
use maud::{Markup, html};

/// The cause in words.
pub(super) fn section(form: PageForm, trace: &Trace) -> Markup {
    match trace.cause() {
        Some(Cause::Refused(error)) => verdict(
            "bad",
            html! { "It was refused when its block was made" },
            html! {
                p.lead { (html::foreign(&words(error))) }
            },
        ),
        Some(Cause::Failed { first, then, decisive }) => {
            let class = if decisive { "bad" } else { "warn" };
            verdict(
                class,
                headline(trace, first, decisive),
                html! {
                    (failed(first))
                    @for frame in then {
                        h3 { "Then " (named(frame)) " failed" }
                        (failed(frame))
                    }
                    p.served { a href={ "#" (first.receipt_id) } { "Go to the receipt that failed first" } }
                    @if form == PageForm::Saved { p { "Receipt " (html::hash(&first.receipt_id)) } }
                },
            )
        }
        None if trace.status == Status::Pending => verdict(
            "wait",
            html! { "It has not ended" },
            html! {
                p { "Some of its receipts wait for later blocks: load this page again." }
            },
        ),
        None => verdict("good", html! { "It succeeded, and nothing in it failed" }, html! {}),
    }
}

fn verdict(class: &str, headline: Markup, rest: Markup) -> Markup {
    html! {
        section class={ "verdict " (class) } aria-labelledby="why" {
            h2 #why { (headline) }
            (rest)
        }
    }
}

fn headline(trace: &Trace, first: &Frame, decisive: bool) -> Markup {
    html! {
        @if decisive {
            (named(first)) " failed"
        } @else if trace.status == Status::Pending {
            "It has not ended, but a part of it failed: " (named(first))
        } @else {
            "It succeeded, but a part of it failed: " (named(first))
        }
    }
}

fn named(frame: &Frame) -> Markup {
    let name: String = frame.name().chars().take(NAME).collect();
    html! { code { (html::foreign(&name)) } }
}

/// Why a receipt failed, with what to do.
pub(in crate::pages) fn failed(frame: &Frame) -> Markup {
    let FrameResult::Failed { error, panic } = &frame.result else { return html! {} };
    html! {
        p.lead { (html::foreign(&words(error))) }
        @if let Some(place) = panic {
            p { "In the contract’s source: " code { (html::foreign(&place.file)) ":" (place.line) } }
        }
    }
}

/// A failure in the library's words, which include the remedy.
pub(super) fn words(error: &TxExecutionError) -> String {
    match error.clone() {
        TxExecutionError::InvalidTxError(error) => Refusal::from(error).to_string(),
        TxExecutionError::ActionError(error) => FailedAction::from(error.kind).to_string(),
    }
}

/// Characters of an account and its method.
const NAME: usize = 120;
