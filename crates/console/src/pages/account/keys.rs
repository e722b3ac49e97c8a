//! The list of keys: what each may do, what it can still spend, and what has become of it.

use super::analysis::{Analysis, CALL_GAS};
use super::finding_item;
use super::life::{Life, Lives};
use crate::html::{self, gas, near};
use crate::pages::act::of_key;
use crate::visit::{PageForm, Visit};
use keyway::NearToken;
use keyway::guard::{GasBudget, Grant, KeyFacts, Methods, quoted, read_nonce};
use keyway::trace::{KeyEvent, KeyEventKind};
use maud::{Markup, html};

/// All keys of a page.
pub(super) fn list(visit: &Visit, analysis: &Analysis, lives: Option<&Lives>) -> Markup {
    let owner = super::owner(&analysis.account);
    html! {
        @if analysis.facts.keys.is_empty() {
            p.empty { "No keys: only the contract can act for this account, if it has one." }
        } @else {
            ul.keys {
                @for key in &analysis.facts.keys {
                    li.key { (card(visit, owner, analysis, lives, key)) }
                }
            }
        }
    }
}

/// One key.
pub(super) fn card(
    visit: &Visit,
    owner: &str,
    analysis: &Analysis,
    lives: Option<&Lives>,
    key: &KeyFacts,
) -> Markup {
    let form = visit.form;
    let life = lives.map(|lives| lives.of(key));
    let findings = analysis.of_key(key);
    html! {
        div.what {
            (power(key))
            p.note.tight { (html::key(form, owner, &key.public_key.to_string())) }
        }
        div.budget { (budget(analysis, key, life.as_ref())) }
        div.life {
            (of_life(form, analysis, lives, life.as_ref(), key))
            (of_key(visit, owner, &key.public_key.to_string()))
        }
        @if !findings.is_empty() {
            ul.findings { @for finding in findings { (finding_item(finding)) } }
        }
    }
}

/// What a key may do, in words.
pub(super) fn power(key: &KeyFacts) -> Markup {
    let gas_key = key.access_key.gas_key_info().is_some();
    html! {
        p.power {
            @match Grant::of(&key.access_key.permission) {
                Grant::Everything => {
                    (html::status("warn", "full access")) " May do everything that the account may."
                },
                Grant::Calls { receiver_id, methods } => {
                    (html::status("plain", "function calls")) " May call "
                    @match methods {
                        Methods::Any => { strong { "any method" } },
                        Methods::Only(names) => (names_of(&names)),
                    }
                    " of " code { (html::foreign(&quoted(&receiver_id))) } ", without a deposit."
                },
            }
            @if gas_key { " Pays for gas from its own balance." }
        }
    }
}

fn names_of(names: &[String]) -> Markup {
    html! {
        @for (nth, name) in names.iter().enumerate().take(NAMES) {
            @if nth > 0 { ", " }
            code { (html::foreign(&quoted(name))) }
        }
        @if names.len() > NAMES { " and " (names.len() - NAMES) " more" }
    }
}

/// What it can still spend, as a bar, and how many calls that is.
pub(super) fn budget(analysis: &Analysis, key: &KeyFacts, life: Option<&Life>) -> Markup {
    let budget = GasBudget::of(&key.access_key.permission);
    let (left, of) = match budget {
        GasBudget::NoLimit if key.is_full_access() => return html! {},
        GasBudget::NoLimit => {
            return html! {
                p.tight { (html::status("warn", "no limit")) " Its gas can use up the account’s whole balance." }
            };
        }
        GasBudget::Allowance { left } => (left, "allowance"),
        GasBudget::KeyBalance { balance } => (balance, "balance"),
    };
    let most = life.and_then(|life| life.most).filter(|most| !most.is_zero());
    let calls = analysis.forecast(key).map(|forecast| forecast.calls_left);
    html! {
        p.tight { strong { (near(left)) } span.soft { " of its " (of) " left" } }
        @if let Some(most) = most {
            @let share = thousandths(left, most);
            meter min="0" max="1000" low="150" value=(share)
                aria-label={ (share / 10) "% of " (keyway::format_near(most)) } {}
            p.note.tight { "of " (near(most)) }
        }
        @match calls {
            Some(Some(0)) => p.tight { (html::status("bad", "used up")) " It cannot pay for a call of " (gas(CALL_GAS)) "." },
            Some(Some(calls)) => p.note.tight { "enough for " strong { (calls) } " calls that burn " (gas(CALL_GAS)) " each" },
            Some(None) | None => {},
        }
    }
}

fn of_life(
    form: PageForm,
    analysis: &Analysis,
    lives: Option<&Lives>,
    life: Option<&Life>,
    key: &KeyFacts,
) -> Markup {
    let Some((lives, life)) = lives.zip(life) else {
        return html! { @if let Some(height) = analysis.height { p.note.tight { (nonce_words(key, height)) } } };
    };
    html! {
        @match life.added {
            Some((height, hash)) => p.note.tight {
                "Added in block " (html::block(form, height))
                @if let Some(hash) = hash { " by " (html::transaction(form, &hash)) }
            },
            None => @if let Some(height) = analysis.height { p.note.tight { (nonce_words(key, height)) } },
        }
        p.note.tight {
            @match life.uses {
                0 => "Not used",
                1 => "Used once",
                uses => { "Used " (uses) " times" },
            }
            @if life.added.is_none() { " since block " (html::block(form, lives.from)) }
            @if let Some(last) = life.last.as_ref().filter(|last| !is_birth(last)) {
                "; last " (last.kind.word()) " in block " (html::block(form, last.block_height))
                @if let Some(hash) = last.transaction_hash { " by " (html::transaction(form, &hash)) }
            }
        }
    }
}

/// Whether an event is the one that a key begins with.
fn is_birth(event: &KeyEvent) -> bool {
    matches!(event.kind, KeyEventKind::Added { .. })
}

/// What a key's nonce says of its past.
pub(super) fn nonce_words(key: &KeyFacts, height: u64) -> String {
    let words = read_nonce(key, height).to_string();
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect::<String>() + "."
    })
}

fn thousandths(part: NearToken, whole: NearToken) -> u128 {
    let unit = (whole.as_yoctonear() / 1_000).max(1);
    (part.as_yoctonear() / unit).min(1_000)
}

/// Methods that are named.
const NAMES: usize = 12;
