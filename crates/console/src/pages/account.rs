//! An account: its balance, its contract, and its keys as people need them.

mod analysis;
mod contract;
mod key;
mod keys;
mod lanes;
mod life;
mod timeline;

pub(crate) use contract::Contracts;
pub(crate) use key::show as show_key;
pub(crate) use timeline::{show as show_timeline, state_at};

use crate::failure::Failure;
use crate::html::{self, fact, near};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use analysis::Analysis;
use axum::extract::{Path, Query};
use axum::response::Response;
use keyway::client::{Account, PublicKeyHandle};
use keyway::guard::{Finding, Level};
use maud::{Markup, html};
use serde::Deserialize;

/// What an account's address may have.
#[derive(Deserialize)]
pub(crate) struct AccountQuery {
    /// The key after which the list goes on.
    after: Option<String>,
}

/// The page of an account.
pub(crate) async fn show(
    visit: Visit,
    Path(account_id): Path<String>,
    Query(query): Query<AccountQuery>,
) -> Response {
    visit.show(page(&visit, &account_id, query.after.as_deref())).await
}

async fn page(visit: &Visit, name: &str, after: Option<&str>) -> Result<Content, Failure> {
    let form = visit.form;
    let after = after.filter(|after| !after.is_empty()).map(handle).transpose()?;
    // Everything on the page is of one block.
    let block = visit.client().block().await?;
    let then = visit.client().at(block.hash);
    let account = then.account(name).await?;
    let listed = then.access_keys_after(&account.account_id, after.as_ref(), KEYS).await?;
    let whole = after.is_none() && listed.last.is_none();
    let last = listed.last.as_ref().map(ToString::to_string);
    let analysis = Analysis::of(&then, account, listed.keys, whole).await?;
    let life = life::read(visit, &analysis, block.height).await;
    let account = &analysis.account;
    let id = account.account_id.as_str();
    let body = html! {
        (balances(&analysis))
        (super::act::of_account(visit, id, &account.contract))
        (findings(analysis.of_account()))
        section aria-labelledby="keys" {
            div.heading.small {
                h2 #keys { "Keys" }
                p.tools.served { (html::to(form, &format!("/account/{}/timeline", html::segment(id)), html! { "Timeline of the keys" })) }
            }
            (keys::list(visit, &analysis, life.as_ref().ok()))
            @if let Err(why) = &life { p.note { "When keys were added and used is not on this page: " (why) } }
            @if !whole { (pager(form, id, after.is_some(), last.as_deref())) }
        }
        (contract::section(visit, &then, &analysis).await)
        p.note { "As of block " (html::block(form, block.height)) ", " (html::date(block.timestamp_ns)) "." }
    };
    let path = format!(
        "{}/account/{}?save=1{}",
        crate::HOME,
        html::segment(id),
        after_query(after.as_ref())
    );
    Ok(Content::new(id, Section::Other, body).kind("Account").save(path))
}

/// A key as a chain stores it.
fn handle(text: &str) -> Result<PublicKeyHandle, Failure> {
    text.parse().map_err(|_| {
        Failure::bad_request(
            format!("`{text}` is not a public key"),
            "A public key is written as in ed25519:22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV.",
        )
    })
}

fn after_query(after: Option<&PublicKeyHandle>) -> String {
    after.map(|after| format!("&after={}", html::segment(&after.to_string()))).unwrap_or_default()
}

fn pager(form: PageForm, id: &str, later: bool, last: Option<&str>) -> Markup {
    let path = format!("/account/{}", html::segment(id));
    html! {
        nav.pager aria-label="Pages of keys" {
            @if later { (html::to(form, &path, html! { "← The first keys" })) }
            @if let Some(last) = last {
                " " (html::to(form, &format!("{path}?after={}#keys", html::segment(last)), html! { "The next keys →" }))
            }
        }
    }
}

fn balances(analysis: &Analysis) -> Markup {
    let account = &analysis.account;
    html! {
        div.figures {
            div { span.label { "Available" } strong { (near(account.available)) } }
            div { span.label { "Held for storage" } strong { (near(account.storage_locked)) } }
            div { span.label { "Staked" } strong { (near(account.locked)) } }
            div { span.label { "Total" } strong { (near(account.total)) } }
        }
        dl.facts.under {
            (fact("Storage", html! { span.number { (account.storage_usage) } " bytes" }))
            @if analysis.whole { (fact("Keys", key_counts(analysis))) }
            @if let Some(nonce) = account.bootstrap_nonce {
                (fact("State", html! { "not initialized; first nonce " (nonce) }))
            }
        }
    }
}

fn key_counts(analysis: &Analysis) -> Markup {
    let full = analysis.facts.keys.iter().filter(|key| key.is_full_access()).count();
    let calls = analysis.facts.keys.len() - full;
    html! { (full) " with full access, " (calls) " for function calls" }
}

/// Findings of an audit, the gravest first.
fn findings(findings: Vec<&Finding>) -> Markup {
    html! {
        @if !findings.is_empty() {
            section aria-labelledby="findings" {
                h2 #findings { "Audit" }
                ul.findings { @for finding in findings { (finding_item(finding)) } }
            }
        }
    }
}

/// One finding, with its remedy.
fn finding_item(finding: &Finding) -> Markup {
    let class = match finding.level {
        Level::Error => "bad",
        Level::Warning => "warn",
        Level::Note => "plain",
    };
    html! {
        li {
            (html::status(class, &finding.level.to_string())) " "
            (html::foreign(&finding.reason)) " "
            span.soft { (finding.remedy) " (" (finding.rule.id()) ")" }
        }
    }
}

/// The account whose page this is.
fn owner(account: &Account) -> &str {
    account.account_id.as_str()
}

/// Keys on a page.
const KEYS: u32 = 50;
