//! What happened to an account's keys, block by block, and the keys as they were at any height.

use super::lanes::lanes;
use super::life::budget;
use crate::failure::{Failure, is_unknown_method};
use crate::html::{self, near};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::{Path, Query};
use axum::response::Response;
use keyway::client::AccountKey;
use keyway::guard::{GasBudget, Grant};
use keyway::trace::{KeyEvent, KeyEventKind, KeyHistory};
use maud::{Markup, html};
use near_primitives::views::AccessKeyView;
use serde::Deserialize;

/// What a timeline's address may have.
#[derive(Deserialize)]
pub(crate) struct TimelineQuery {
    /// The first block; without it, the newest blocks.
    from: Option<String>,
    /// The block whose keys are listed; without it, the newest.
    at: Option<String>,
}

/// The timeline.
pub(crate) async fn show(
    visit: Visit,
    Path(account_id): Path<String>,
    Query(query): Query<TimelineQuery>,
) -> Response {
    visit.show(page(&visit, &account_id, &query)).await
}

/// The keys at one height, for the slider.
pub(crate) async fn state_at(
    visit: Visit,
    Path(account_id): Path<String>,
    Query(query): Query<TimelineQuery>,
) -> Response {
    let part = async {
        let at = height(query.at.as_deref())?.unwrap_or_default();
        Ok(Some(state(&visit, &account_id, at).await?))
    };
    visit.fragment(part).await
}

async fn page(visit: &Visit, name: &str, query: &TimelineQuery) -> Result<Content, Failure> {
    let form = visit.form;
    let account = visit.client().account(name).await;
    let head = visit.client().block().await?.height;
    let from = height(query.from.as_deref())?;
    let first = from.unwrap_or(head.saturating_sub(BLOCKS));
    let history = match visit.client().key_history(name, None, Some(first)).await {
        Err(error) if is_unknown_method(&error) => {
            let at = height(query.at.as_deref())?.unwrap_or(head);
            return without_history(visit, name, at).await;
        }
        history => history?,
    };
    // An account that is gone still has a history.
    if let (Err(error), true) = (account, history.events.is_empty()) {
        return Err(error.into());
    }
    let id = history.account_id.as_str().to_owned();
    let at = height(query.at.as_deref())?.unwrap_or(history.to_height);
    let at = at.clamp(history.from_height.min(history.to_height), history.to_height);
    let body = html! {
        p { "Keys of " (html::account(form, &id)) " in blocks " (html::block(form, history.from_height)) " to " (html::block(form, history.to_height)) "." }
        (pager(form, &id, &history))
        section aria-labelledby="lanes" {
            h2 #lanes { "At a glance" }
            (lanes(&history, at))
            (slider(&id, &history, from, at))
        }
        (state(visit, name, at).await?)
        section aria-labelledby="events" {
            h2 #events { "Events" }
            (event_table(form, &id, &history.events, false))
        }
    };
    Ok(Content::new(format!("Timeline of {id}"), Section::Other, body).kind("Keys"))
}

/// The keys at one height, of a node that does not know what happened to them.
async fn without_history(visit: &Visit, name: &str, at: u64) -> Result<Content, Failure> {
    let account = visit.client().at(at).account(name).await?;
    let id = account.account_id.as_str();
    let action = format!("{}/account/{}/timeline", crate::HOME, html::segment(id));
    let body = html! {
        p { "Keys of " (html::account(visit.form, id)) "." }
        p.note {
            "Not on this page: when keys were added, used and deleted, and by which transactions. "
            "Only keyway’s own nodes know the history of keys. This node has the keys as they were, as far back as it keeps its state."
        }
        form.card.served method="get" action=(action) {
            (html::field("at", "Keys at block", html! {
                input #at name="at" value=(at) required inputmode="numeric";
            }))
            p.buttons { button.primary type="submit" { "Show" } }
        }
        (state(visit, id, at).await?)
    };
    Ok(Content::new(format!("Timeline of {id}"), Section::Other, body).kind("Keys"))
}

/// A height in an address.
fn height(text: Option<&str>) -> Result<Option<u64>, Failure> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let read = |text: &str| {
        text.parse().map_err(|_| {
            Failure::bad_request(
                format!("`{text}` is not a height"),
                "A height is a number of a block.",
            )
        })
    };
    text.map(read).transpose()
}

fn pager(form: PageForm, id: &str, history: &KeyHistory) -> Markup {
    let path = format!("/account/{}/timeline?from=", html::segment(id));
    let earlier = history.from_height.saturating_sub(BLOCKS);
    html! {
        nav.pager aria-label="Ranges of blocks" {
            @if history.from_height > 0 {
                (html::to(form, &format!("{path}{earlier}"), html! { "← Earlier blocks" })) " "
            }
            @if let Some(next) = history.next_height {
                (html::to(form, &format!("{path}{next}"), html! { "Later blocks →" }))
            }
        }
    }
}

/// A height between the first and the last block. Without script it is sent with the button.
fn slider(id: &str, history: &KeyHistory, from: Option<u64>, at: u64) -> Markup {
    let action = format!("{}/account/{}/timeline", crate::HOME, html::segment(id));
    html! {
        form.slider.served method="get" action=(action) data-slider={ (action) "/at" } {
            label for="at" { "Keys at block" }
            output for="at" { (at) }
            input #at type="range" name="at" min=(history.from_height) max=(history.to_height) value=(at);
            @if let Some(from) = from { input type="hidden" name="from" value=(from); }
            button type="submit" { "Show" }
        }
    }
}

/// The keys as they were after a block.
async fn state(visit: &Visit, name: &str, at: u64) -> Result<Markup, Failure> {
    let then = visit.client().at(at);
    let keys = then.access_keys_after(name, None, KEYS).await?;
    let more = keys.last.is_some();
    Ok(html! {
        section #state aria-labelledby="state-title" aria-live="polite" {
            h2 #state-title { "Keys at block " (at) }
            @if keys.keys.is_empty() {
                p.empty { "None." }
            } @else {
                div.scroll { table {
                    caption.hidden { "The account’s keys after this block" }
                    thead { tr {
                        th scope="col" { "Key" }
                        th scope="col" { "May do" }
                        th scope="col" { "Gas paid from" }
                        th.right scope="col" { "Nonce" }
                    } }
                    tbody { @for key in &keys.keys { (state_row(visit.form, name, key)) } }
                } }
                @if more { p.note { "and more: only the first " (KEYS) " are listed" } }
            }
        }
    })
}

fn state_row(form: PageForm, owner: &str, key: &AccountKey) -> Markup {
    let permission = &key.access_key.permission;
    html! {
        tr {
            td { (html::key(form, owner, &key.public_key.to_string())) }
            td.wrap { (html::foreign(&Grant::of(permission).to_string())) }
            td {
                @match GasBudget::of(permission) {
                    GasBudget::NoLimit => "the account, no limit",
                    GasBudget::Allowance { left } => { "an allowance of " (near(left)) },
                    GasBudget::KeyBalance { balance } => { (near(balance)) " on the key" },
                }
            }
            td.right.number { (key.access_key.nonce) }
        }
    }
}

/// Events as a table; `one` if all are of the same key.
pub(super) fn event_table(form: PageForm, owner: &str, events: &[KeyEvent], one: bool) -> Markup {
    html! {
        @if events.is_empty() {
            p.empty { "Nothing happened to keys in these blocks." }
        } @else {
            div.scroll { table {
                caption.hidden { "Events, the oldest first" }
                thead { tr {
                    th.right scope="col" { "Block" }
                    th scope="col" { "Time" }
                    @if !one { th scope="col" { "Key" } }
                    th scope="col" { "Event" }
                    th scope="col" { "Details" }
                    th scope="col" { "Transaction" }
                } }
                tbody {
                    @for event in events.iter().take(EVENTS) {
                        tr data-height=(event.block_height) {
                            td.right { (html::block(form, event.block_height)) }
                            td { (html::date(event.timestamp_nanosec.parse().unwrap_or(0))) }
                            @if !one { td { (html::key(form, owner, &event.public_key)) } }
                            td { (word(&event.kind)) }
                            td.wrap { (details(&event.kind)) }
                            td { @if let Some(hash) = &event.transaction_hash { (html::transaction(form, hash)) } }
                        }
                    }
                }
            } }
            @if events.len() > EVENTS { p.note { (events.len() - EVENTS) " more: begin at a later block" } }
        }
    }
}

fn word(kind: &KeyEventKind) -> Markup {
    let class = match kind {
        KeyEventKind::Added { .. } => "good",
        KeyEventKind::Deleted => "bad",
        KeyEventKind::Changed { .. } => "warn",
        _ => "plain",
    };
    html::status(class, kind.word())
}

fn details(kind: &KeyEventKind) -> Markup {
    html! {
        @match kind {
            KeyEventKind::Used { nonce, charged, left } => {
                "nonce " span.number { (nonce) }
                @if let Some(charged) = charged { ", charged " (near(*charged)) }
                @if let Some(left) = left { ", " (near(*left)) " left" }
            },
            KeyEventKind::Refunded { amount, left } => { (near(*amount)) " came back, " (near(*left)) " left" },
            KeyEventKind::Existed { access_key } | KeyEventKind::Added { access_key }
                | KeyEventKind::Changed { access_key } => (permission(access_key)),
            KeyEventKind::Deleted => {},
        }
    }
}

fn permission(key: &AccessKeyView) -> Markup {
    let grant = Grant::of(&keyway::protocol::AccessKey::from(key.clone()).permission);
    html! {
        (html::foreign(&grant.to_string()))
        @if let Some(budget) = budget(key) { ", " (near(budget)) " for gas" }
    }
}

/// Blocks that one page covers; the node looks at no more for one answer.
const BLOCKS: u64 = 4_900;
/// Events of a table.
const EVENTS: usize = 1_000;
/// Keys of a table.
const KEYS: u32 = 100;
