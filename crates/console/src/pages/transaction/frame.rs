//! One receipt of the tree.

use super::cause;
use crate::html::{self, bytes, fact, gas, gas_bar, gas_table, near, wide_fact};
use crate::visit::PageForm;
use keyway::NearToken;
use keyway::outcome::action_words;
use keyway::trace::{
    AccountChange, ActionTrace, Frame, FrameKind, FrameResult, GasCost, InputResult, KeyChange,
    Log, StorageUse,
};
use maud::{Markup, html};

/// The line that stays when a receipt is folded. It has no links: a summary is itself a control.
pub(super) fn summary(frame: &Frame) -> Markup {
    let refund = frame.kind.is_refund();
    html! {
        (status(frame)) " "
        @if refund {
            span.what { (kind(frame.kind)) " of " (near(frame.deposit())) }
            " to " span.id { (html::plain(frame.receiver_id.as_str())) }
        } @else {
            span.what { (html::foreign(&what(frame))) }
            span.soft { " on " }
            span.id { (html::plain(frame.receiver_id.as_str())) }
            @if let Some(kind) = special(frame.kind) { " " span.badge { (kind) } }
            @if !frame.deposit().is_zero() { span.soft { " with " } (near(frame.deposit())) }
        }
        span.gas-of { (gas(frame.gas_burnt)) }
    }
}

/// Everything about a receipt.
pub(super) fn body(form: PageForm, frame: &Frame) -> Markup {
    let costs: Vec<&GasCost> = frame.all_costs().collect();
    html! {
        @if frame.failed() { div.failed { (cause::failed(frame)) } }
        dl.facts {
            (fact("From → to", html! {
                (html::account(form, frame.predecessor_id.as_str())) " → "
                (html::account(form, frame.receiver_id.as_str()))
            }))
            (fact("Block", html! {
                @match frame.block_height {
                    Some(height) => (html::block(form, height)),
                    None => "has not run",
                }
            }))
            @if frame.gas_attached.as_gas() > 0 { (fact("Gas attached", gas(frame.gas_attached))) }
            @if frame.gas_given_on.as_gas() > 0 { (fact("Gas given on", gas(frame.gas_given_on))) }
            (fact("Burnt", html! { (near(frame.tokens_burnt)) }))
            @if !frame.reward.is_zero() { (fact("Reward to the contract", near(frame.reward))) }
            (wide_fact("Receipt", html! {
                (html::hash(&frame.receipt_id)) " "
                a.served href={ "#" (frame.receipt_id) } { "link" }
            }))
        }
        @for input in &frame.inputs {
            div.part {
                h3 { "Given" }
                @match &input.result {
                    InputResult::Returned(value) => (bytes(value)),
                    InputResult::Failed => p { (html::status("bad", "failed")) " instead of a result" },
                }
            }
        }
        @for (index, action) in frame.actions.iter().enumerate().take(ACTIONS) {
            (of_action(index, frame.actions.len(), action))
        }
        @if frame.actions.len() > ACTIONS { p.note { (frame.actions.len() - ACTIONS) " more actions" } }
        (result(form, frame))
        (storage(&frame.storage))
        (changes(form, &frame.accounts, &frame.keys))
        @if costs.len() > 1 {
            details.part {
                summary { "Gas by cost" }
                (gas_bar(&costs))
                (gas_table(&costs))
            }
        }
    }
}

fn status(frame: &Frame) -> Markup {
    match &frame.result {
        FrameResult::Pending => html::status("wait", "waits"),
        FrameResult::Failed { .. } => html::status("bad", "failed"),
        _ if frame.kind.is_refund() => html::status("plain", "refund"),
        FrameResult::Returned(_) | FrameResult::Continued(_) => html::status("good", "ok"),
    }
}

/// The first action in a few words, and how many more there are.
fn what(frame: &Frame) -> String {
    let Some(first) = frame.actions.first() else { return "nothing".to_owned() };
    let words = match (&first.method, &first.action) {
        (Some(method), _) => format!("{method}()"),
        (None, Some(action)) => action_words(action),
        (None, None) => first.kind.clone(),
    };
    let words: String = words.chars().take(WORDS).collect();
    match frame.actions.len() {
        0 | 1 => words,
        several => format!("{words} and {} more", several - 1),
    }
}

fn kind(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::GasRefund => "gas refund",
        FrameKind::DepositRefund => "deposit refund",
        _ => "receipt",
    }
}

fn special(kind: FrameKind) -> Option<&'static str> {
    match kind {
        FrameKind::Callback => Some("callback"),
        FrameKind::Yield => Some("yield"),
        FrameKind::Delegated => Some("delegated"),
        FrameKind::Actions | FrameKind::GasRefund | FrameKind::DepositRefund => None,
    }
}

fn of_action(index: usize, all: usize, action: &ActionTrace) -> Markup {
    let words = action.action.as_ref().map(action_words);
    html! {
        div.part {
            h3 {
                @if all > 1 { (index + 1) ". " }
                @match (&action.method, &words) {
                    (Some(method), _) => { "Call " code { (html::foreign(&cut(method))) } },
                    (None, Some(words)) => (html::foreign(&cut(words))),
                    (None, None) => (html::foreign(&action.kind)),
                }
                @if !action.ran { " " (html::status("plain", "did not run")) }
            }
            p.note.tight {
                @if !action.deposit.is_zero() { "with " (near(action.deposit)) " · " }
                @if action.gas_attached.as_gas() > 0 { (gas(action.gas_attached)) " attached · " }
                (gas(action.gas_burnt)) " burnt"
                @if action.gas_given_on.as_gas() > 0 { " · " (gas(action.gas_given_on)) " given on" }
                @if let Some(contract) = &action.contract { " · code " (html::short(contract)) }
            }
            @if let Some(args) = &action.args {
                @if args.length > 0 { (bytes(args)) }
            }
            @if !action.logs.is_empty() {
                h3 { "Logs" }
                ul.logs {
                    @for log in action.logs.iter().take(LOGS) { li { (of_log(log)) } }
                }
                @if action.logs.len() > LOGS { p.note { (action.logs.len() - LOGS) " more logs" } }
            }
        }
    }
}

fn of_log(log: &Log) -> Markup {
    let json = log.event.is_some().then(|| log.text.split_once(':')).flatten();
    html! {
        @match (&log.event, json) {
            (Some(event), Some((_, json))) => {
                span.badge { "event" } " "
                code { (html::foreign(&cut(&event.standard))) " " (html::foreign(&cut(&event.event))) }
                (bytes(&keyway::trace::Bytes::of(json.as_bytes(), json.len())))
            },
            _ => (html::text_block(&log.text)),
        }
    }
}

fn result(form: PageForm, frame: &Frame) -> Markup {
    html! {
        @match &frame.result {
            FrameResult::Returned(value) if value.length > 0 => {
                div.part { h3 { "Returned" } (bytes(value)) }
            },
            FrameResult::Continued(next) => {
                p.part {
                    "Its result is that of "
                    @if form == PageForm::Served { a href={ "#" (next) } { (html::short(&next.to_string())) } }
                    @else { (html::short(&next.to_string())) }
                }
            },
            _ => {},
        }
    }
}

fn storage(storage: &StorageUse) -> Markup {
    let entries = &storage.entries;
    let more = entries.len().saturating_sub(ENTRIES) as u64 + storage.omitted;
    let writes = entries.iter().filter(|entry| entry.writes > 0).count();
    html! {
        @if !storage.is_empty() {
            details.part open[entries.len() <= 4] {
                summary { "Storage: " (entries.len()) " keys, " (writes) " of them written" }
                div.scroll {
                    table.compact {
                        caption.hidden { "Storage keys with their values before and after" }
                        thead { tr {
                            th scope="col" { "Key" }
                            th.right scope="col" { "Reads" }
                            th.right scope="col" { "Writes" }
                            th scope="col" { "Before" }
                            th scope="col" { "After" }
                        } }
                        tbody {
                            @for entry in entries.iter().take(ENTRIES) {
                                tr {
                                    td.wrap { (bytes(&entry.key)) }
                                    td.right { (entry.reads) }
                                    td.right { (entry.writes) }
                                    td.wrap { @match &entry.before { Some(value) => (bytes(value)), None => span.soft { "–" } } }
                                    td.wrap {
                                        @match (&entry.after, entry.writes) {
                                            (Some(value), 1..) => (bytes(value)),
                                            (None, 1..) => span.soft { "removed" },
                                            _ => span.soft { "not written" },
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                @if more > 0 { p.note { (more) " more accesses" } }
            }
        }
    }
}

fn changes(form: PageForm, accounts: &[AccountChange], keys: &[KeyChange]) -> Markup {
    html! {
        @if !accounts.is_empty() || !keys.is_empty() {
            details.part {
                summary { "Balances and keys that it changed" }
                ul.plain {
                    @for change in accounts.iter().take(ENTRIES) {
                        li {
                            (html::account(form, change.account_id.as_str())) ": "
                            (balance(change.before)) " → " (balance(change.after))
                        }
                    }
                    @for change in keys.iter().take(ENTRIES) {
                        li {
                            (html::account(form, change.account_id.as_str())) " "
                            (html::key(form, change.account_id.as_str(), &change.public_key)) ": "
                            @match (&change.before, &change.after) {
                                (None, Some(_)) => "added",
                                (Some(_), None) => "deleted",
                                _ => "changed",
                            }
                        }
                    }
                }
            }
        }
    }
}

fn balance(amount: Option<NearToken>) -> Markup {
    match amount {
        Some(amount) => near(amount),
        None => html! { span.soft { "no account" } },
    }
}

fn cut(text: &str) -> String {
    text.chars().take(WORDS).collect()
}

/// Characters of a name.
const WORDS: usize = 120;
const ACTIONS: usize = 20;
const LOGS: usize = 100;
const ENTRIES: usize = 100;
