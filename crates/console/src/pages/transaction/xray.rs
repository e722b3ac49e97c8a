//! The page of a transaction that the node has run again.

use super::{cause, money, tree};
use crate::html::{self, fact, gas, gas_bar, gas_table, near, wide_fact};
use crate::layout::{Content, Section};
use crate::visit::PageForm;
use keyway::NearToken;
use keyway::trace::{GasCost, Status, Trace};
use maud::{Markup, html};

/// The page.
pub(super) fn content(form: PageForm, trace: &Trace) -> Content {
    let transaction = &trace.transaction;
    let body = html! {
        (cause::section(form, trace))
        (figures(form, trace))
        (crate::pages::act::of_transaction(form, &trace.transaction.hash))
        (money::section(form, trace))
        (gas_section(trace))
        section aria-labelledby="receipts" {
            h2 #receipts { "What it did" }
            (tree(form, trace))
        }
    };
    let hash = transaction.hash.to_string();
    let path = format!("{}/tx/{hash}?save=1", crate::HOME);
    Content::new(hash, Section::Other, body).kind("Transaction").named_by_hash().save(path)
}

fn figures(form: PageForm, trace: &Trace) -> Markup {
    let transaction = &trace.transaction;
    let signer = transaction.signer_id.as_str();
    html! {
        div.figures {
            div { span.label { "Outcome" } strong { (status_of(&trace.status)) } }
            div {
                span.label { "From → to" }
                strong {
                    (html::account(form, signer)) " → "
                    (html::account(form, transaction.receiver_id.as_str()))
                }
            }
            div { span.label { "Gas burnt" } strong { (gas(trace.gas_burnt)) } }
            div { span.label { "Fee" } strong { (near(fee(trace))) } }
            div { span.label { "Block" } strong { (html::block(form, transaction.block_height)) } }
        }
        dl.facts.under {
            (fact("Signed with", html! {
                @match &transaction.public_key {
                    Some(key) => (html::key(form, signer, key)),
                    None => "no key: the account was impersonated",
                }
            }))
            (fact("Nonce", html! { span.number { (transaction.nonce) } }))
            (fact("Receipts", html! { (trace.frames.len()) }))
            @if let Status::Succeeded(value) = &trace.status {
                @if value.length > 0 { (wide_fact("Returned", html::bytes(value))) }
            }
        }
    }
}

/// Tokens that it burnt, rewards included, yoctoNEAR.
fn fee(trace: &Trace) -> NearToken {
    let frames = trace.frames.iter().map(|frame| frame.tokens_burnt);
    frames.fold(trace.conversion.tokens_burnt, NearToken::saturating_add)
}

/// How a transaction ended, as a word.
fn status_of(status: &Status) -> Markup {
    match status {
        Status::Pending => html::status("wait", "running"),
        Status::Succeeded(_) => html::status("good", "succeeded"),
        Status::Failed(_) => html::status("bad", "failed"),
    }
}

fn gas_section(trace: &Trace) -> Markup {
    let costs: Vec<&GasCost> = trace.costs().collect();
    html! {
        section aria-labelledby="gas" {
            h2 #gas { "Where the gas went" }
            (gas_bar(&costs))
            details { summary { "Gas by cost" } (gas_table(&costs)) }
        }
    }
}
