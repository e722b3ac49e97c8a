//! The contract of an account: its methods, what it can do, and whether the account is locked.

use super::analysis::Analysis;
use crate::html::{self, fact};
use crate::visit::{PageForm, Visit};
use keyway::client::Contract;
use keyway::guard::{
    AccountFacts, LockReport, LockVerdict, contract_methods, lock_verdict, quoted,
};
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Client};
use lru::LruCache;
use maud::{Markup, html};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::spawn_blocking;

/// What was found out about contracts. Reading and analysing code takes long, and code rarely changes.
#[derive(Debug)]
pub(crate) struct Contracts(Mutex<LruCache<Known, Arc<Card>>>);

/// An analysis holds for one account, its code, and whether somebody has full access.
type Known = (AccountId, CryptoHash, bool);

/// What a page shows of a contract.
#[derive(Debug)]
struct Card {
    bytes: usize,
    hash: CryptoHash,
    methods: Vec<String>,
    report: LockReport,
}

impl Default for Contracts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).unwrap_or(NonZeroUsize::MIN))))
    }
}

impl Contracts {
    fn get(&self, known: &Known) -> Option<Arc<Card>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(known).cloned()
    }

    fn put(&self, known: Known, card: Arc<Card>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(known, card);
    }

    /// The analysis of an account's contract, known or new.
    async fn of(
        &self,
        then: &Client,
        contract: &Contract,
        facts: &AccountFacts,
    ) -> Result<Arc<Card>, String> {
        let full = facts.keys.iter().any(keyway::guard::KeyFacts::is_full_access);
        let account_id = facts.account_id.clone();
        if let Contract::Own(hash) | Contract::GlobalByHash(hash) = contract
            && let Some(card) = self.get(&(account_id.clone(), *hash, full))
        {
            return Ok(card);
        }
        let code = then.code(&account_id).await.map_err(|error| error.to_string())?;
        let known = (account_id, code.hash, full);
        if let Some(card) = self.get(&known) {
            return Ok(card);
        }
        let facts = facts.clone();
        let analysed = spawn_blocking(move || Card {
            bytes: code.wasm.len(),
            hash: code.hash,
            methods: contract_methods(&code.wasm).map(Vec::from_iter).unwrap_or_default(),
            report: lock_verdict(&facts, Some(&code.wasm)),
        });
        let card = Arc::new(analysed.await.map_err(|error| error.to_string())?);
        self.put(known, card.clone());
        Ok(card)
    }
}

/// The section about the contract.
pub(super) async fn section(visit: &Visit, then: &Client, analysis: &Analysis) -> Markup {
    let (form, contract) = (visit.form, &analysis.account.contract);
    let body = match contract {
        Contract::None => without(analysis),
        _ => match visit.console.shared.contracts.of(then, contract, &analysis.facts).await {
            Ok(card) => shown(form, analysis, &card),
            Err(why) => html! { p.empty { "Its code cannot be read: " (html::foreign(&why)) } },
        },
    };
    html! {
        section aria-labelledby="contract" {
            h2 #contract { "Contract" }
            (body)
        }
    }
}

fn without(analysis: &Analysis) -> Markup {
    let report = lock_verdict(&analysis.facts, None);
    html! {
        p.empty { "This account has no contract." }
        @if analysis.whole { (verdict(&report)) }
    }
}

fn shown(form: PageForm, analysis: &Analysis, card: &Card) -> Markup {
    let decided = analysis.whole || card.report.verdict == LockVerdict::NotLocked;
    html! {
        dl.facts {
            (fact("Code", html! {
                @match &analysis.account.contract {
                    Contract::GlobalByHash(_) => "a global contract, fixed by its hash",
                    Contract::GlobalByAccount(publisher) => { "the global contract of " (html::account(form, publisher.as_str())) },
                    _ => "its own",
                }
            }))
            (fact("Hash", html::hash(&card.hash)))
            (fact("Size", html! { span.number { (card.bytes) } " bytes" }))
        }
        h3.above { "Methods" }
        @if card.methods.is_empty() {
            p.note { "None that a transaction can call." }
        } @else {
            ul.inline.methods {
                @for method in card.methods.iter().take(METHODS) { li { code { (html::foreign(&quoted(method))) } } }
            }
            @if card.methods.len() > METHODS { p.note { (card.methods.len() - METHODS) " more" } }
        }
        @if decided { (verdict(&card.report)) }
        @else { p.note { "Whether the account is locked depends on all of its keys: `keyway locked` reads them." } }
        (powers(&card.report))
    }
}

/// Whether anybody can still act for the account.
fn verdict(report: &LockReport) -> Markup {
    let (class, words) = match report.verdict {
        LockVerdict::NotLocked => ("plain", "Somebody has full access, so it is not locked."),
        LockVerdict::CanAddKeys => {
            ("warn", "No key has full access, but its contract can add keys.")
        }
        LockVerdict::CanReplaceItsCode => {
            ("warn", "No key has full access, but its contract can replace its own code.")
        }
        LockVerdict::CanDeleteItself => {
            ("warn", "No key has full access, but its contract can delete the account.")
        }
        LockVerdict::CannotTell => {
            ("warn", "No key has full access; what its contract can do is not certain.")
        }
        LockVerdict::Sealed => (
            "good",
            "Nobody can change it any more: no key has full access, and its contract can add none.",
        ),
        _ => ("warn", "This version of the console does not know this verdict."),
    };
    html! {
        p.above { (html::status(class, &report.verdict.to_string())) " " (words) }
        @for doubt in report.doubts.iter().take(METHODS) { p.note { "Doubt: " (html::foreign(&doubt.to_string())) } }
    }
}

fn powers(report: &LockReport) -> Markup {
    let reached =
        report.powers.as_ref().map(|powers| powers.reached.as_slice()).unwrap_or_default();
    html! {
        @if !reached.is_empty() {
            details {
                summary { "What its code can do to accounts (" (reached.len()) ")" }
                ul.plain {
                    @for one in reached.iter().take(METHODS) {
                        li {
                            (one.power.to_string())
                            @if !one.methods.is_empty() {
                                span.soft { " through " }
                                @for (nth, method) in one.methods.iter().take(5).enumerate() {
                                    @if nth > 0 { ", " }
                                    code { (html::foreign(&quoted(method))) }
                                }
                                @if one.methods.len() > 5 { " and " (one.methods.len() - 5) " more" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Analyses that are kept.
const KEPT: usize = 128;
/// Methods that a page lists.
const METHODS: usize = 200;
