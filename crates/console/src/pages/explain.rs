//! Which key of an account can sign something, rule by rule, and what would help.

use super::act::call_fields;
use super::form::{Filled, Text};
use crate::act::{Operation, draft};
use crate::console::HOME;
use crate::failure::Failure;
use crate::fields::{Fields, Problem};
use crate::html::{self, foreign, near};
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keyway::guard::{
    Callable, Explanation, GasBudget, Grant, Judged, KeyFacts, RuleVerdict, explain, outlook,
    unsigned,
};
use keyway::{AccountId, Intent};
use maud::{Markup, html};

/// The form, and the answer once it is filled.
pub(crate) async fn show(visit: Visit, Query(fields): Query<Fields>) -> Response {
    let page = async {
        let operation = if fields.text("do") == "send" { Operation::Send } else { Operation::Call };
        if !fields.has_any(&["contract", "to"]) {
            let body = form(&visit, operation, Filled::new(&fields)).await;
            return Ok((StatusCode::OK, body));
        }
        match draft(operation, &fields, None) {
            Ok(draft) => {
                let key = fields.text("key");
                let answer = Answer::of(&visit, &draft.account, draft.intent, key).await?;
                let body = html! {
                    (answer.shown())
                    section aria-labelledby="again" {
                        h2 #again { "Ask again" }
                        (form(&visit, operation, Filled::new(&fields)).await)
                    }
                };
                Ok((StatusCode::OK, body))
            }
            Err(problems) => {
                let problems: &[Problem] = &problems;
                let body = form(&visit, operation, Filled { fields: &fields, problems }).await;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, body))
            }
        }
    };
    match visit.limited(page).await {
        Ok((status, body)) => {
            let content = Content::new("Which key can sign this?", Section::Explain, body);
            visit.page(status, &content).await
        }
        Err(failure) => visit.fail(failure).await,
    }
}

async fn form(visit: &Visit, operation: Operation, filled: Filled<'_>) -> Markup {
    let account = filled.fields.text("account");
    let tab = |of: Operation, words: &str| {
        let path = match account {
            "" => format!("{HOME}/explain?do={}", of.name()),
            _ => format!("{HOME}/explain?do={}&account={}", of.name(), html::segment(account)),
        };
        html! { a href=(path) aria-current=[(of == operation).then_some("true")] { (words) } }
    };
    let methods = match filled.fields.text("contract") {
        "" => Vec::new(),
        contract => match visit.client().callable(contract, true).await {
            Ok(Callable::Methods(methods)) => methods.into_iter().take(SUGGESTIONS).collect(),
            _ => Vec::new(),
        },
    };
    html! {
        p { "Every rule of the protocol is asked for each key. Nothing is signed or sent." }
        nav.tabs aria-label="What would be signed" {
            (tab(Operation::Call, "A call")) (tab(Operation::Send, "A transfer"))
        }
        (filled.summary())
        form.card method="get" action={ (HOME) "/explain" } {
            input type="hidden" name="do" value=(operation.name());
            (filled.text(Text { name: "account", label: "Account that would sign", note: "", usual: "" }))
            @if operation == Operation::Send {
                (filled.text(Text { name: "to", label: "To", note: "", usual: "" }))
                (filled.text(Text { name: "amount", label: "Amount", note: "With its unit: 1.5 NEAR.", usual: "" }))
            } @else {
                (call_fields(filled, &methods))
            }
            (filled.text(Text { name: "key", label: "Only this key", note: "Empty for every key of the account.", usual: "" }))
            p.buttons { button.primary type="submit" { "Explain" } }
        }
    }
}

/// What the rules say, key by key.
struct Answer {
    account: AccountId,
    receiver: AccountId,
    words: Vec<String>,
    keys: Vec<(Explanation, KeyFacts)>,
    /// Keys that the chain lists only by their hash.
    unknown: usize,
    /// Keys beyond those that are shown.
    omitted: usize,
}

impl Answer {
    async fn of(
        visit: &Visit,
        account: &AccountId,
        intent: Intent,
        only: &str,
    ) -> Result<Self, Failure> {
        let (receiver, actions) = intent.resolve(account).map_err(keyway::Error::from)?;
        let words = actions.iter().map(keyway::outcome::describe_action).collect();
        let now = visit.client().pinned().await?;
        let (chain, facts) = (now.chain_facts().await?, now.account_facts(account).await?);
        let (mut keys, mut unknown, mut will_fail) = (Vec::new(), 0, None);
        let asked = |key: &&KeyFacts| only.is_empty() || key.public_key.to_string() == only;
        let omitted = facts.keys.iter().filter(asked).count().saturating_sub(KEYS);
        for key in facts.keys.iter().filter(asked).take(KEYS) {
            let Some(full) = key.full_key() else {
                unknown += 1;
                continue;
            };
            let transaction = unsigned(account, &full, Some(key), &receiver, actions.clone());
            let said = explain(&chain, Some(&facts), &transaction);
            if said.is_accepted() && will_fail.is_none() {
                let known = now.neighbours(&transaction).await?;
                will_fail = Some(outlook(&chain, &transaction, &known));
            }
            keys.push((said.looking_ahead(will_fail.clone().flatten()), key.clone()));
        }
        keys.sort_by_key(|(said, _)| (!said.is_accepted(), said.broken().count()));
        Ok(Self { account: account.clone(), receiver, words, keys, unknown, omitted })
    }

    fn shown(&self) -> Markup {
        let can = self.keys.iter().filter(|(said, _)| said.is_accepted()).count();
        let all = self.keys.len();
        let will_fail = self.keys.iter().find_map(|(said, _)| said.will_fail.as_ref());
        html! {
            p.lead {
                (html::account(PageForm::Served, self.account.as_str())) " → "
                (html::account(PageForm::Served, self.receiver.as_str())) ": "
                @for (nth, words) in self.words.iter().enumerate() {
                    @if nth > 0 { ", " }
                    (foreign(words))
                }
            }
            @if all == 0 && self.unknown == 0 {
                div.notice.bad { p { "There is no such key on the account: nobody can sign this with it." } }
            } @else if can == 0 {
                div.notice.bad { p { strong { "Refused: " } (if all == 1 { "this key cannot sign this." } else { "none of these keys can sign this." }) } }
            } @else {
                div.notice.good { p { strong { "Accepted: " } (can) " of " (all) (if all == 1 { " key" } else { " keys" }) " can sign this." } }
            }
            @if let Some(failure) = will_fail {
                div.notice.warn { p { strong { "It would be taken, and it would fail: " } (foreign(&failure.to_string())) "." } }
            }
            @for (nth, (said, key)) in self.keys.iter().enumerate() {
                (one_key(said, key, nth < OPEN))
            }
            @if self.omitted > 0 {
                p.note { "The account has " (self.omitted) " more keys. Name a key to ask about it." }
            }
            @if self.unknown > 0 {
                p.note { (self.unknown) " keys are listed by the chain only by their hash, so nothing is known about them here." }
            }
        }
    }
}

fn one_key(said: &Explanation, key: &KeyFacts, open: bool) -> Markup {
    let (class, word) = match (said.is_accepted(), &said.will_fail) {
        (true, None) => ("status good", "accepted"),
        (true, Some(_)) => ("status warn", "will fail"),
        (false, _) => ("status bad", "refused"),
    };
    let permission = &key.access_key.permission;
    html! {
        details.card.answer open[open] {
            summary {
                span class=(class) { (word) }
                " " (html::short(&key.public_key.to_string()))
                span.soft { " may sign " (foreign(&Grant::of(permission).to_string())) ", paid by " (GasBudget::of(permission)) }
            }
            @for remedy in &said.remedies {
                p.remedy { strong { "What would help: " } (foreign(&remedy.to_string())) }
            }
            @if !said.is_accepted() && said.remedies.is_empty() {
                p.remedy { "Nothing that this key or its account could do helps." }
            }
            (rules(said))
            @if let Some(cost) = &said.cost {
                p.note { "It would cost at most " (near(cost.total)) ": a deposit of " (near(cost.deposit)) ", and " (near(cost.gas_cost)) " for gas." }
            }
        }
    }
}

/// The rules in the protocol's order: those that say something in a table, the others by name.
fn rules(said: &Explanation) -> Markup {
    let is_silent = |rule: &&Judged| rule.verdict == RuleVerdict::Pass && rule.says().is_empty();
    let (silent, telling): (Vec<_>, Vec<_>) = said.rules.iter().partition(is_silent);
    html! {
        @if !telling.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Rules" {
                table {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "Verdict" } th scope="col" { "What it compared" } } }
                    tbody {
                        @for rule in telling {
                            tr {
                                th scope="row" { (rule.label()) }
                                td { (verdict(&rule.verdict)) }
                                td.wrap { (foreign(&rule.says())) }
                            }
                        }
                    }
                }
            }
        }
        @if !silent.is_empty() {
            p.note {
                (silent.len()) " more rules are kept: "
                @for (nth, rule) in silent.iter().enumerate() { @if nth > 0 { ", " } (rule.label()) }
                "."
            }
        }
    }
}

fn verdict(verdict: &RuleVerdict) -> Markup {
    let (class, word) = match verdict {
        RuleVerdict::Pass => ("status good", "pass"),
        RuleVerdict::Fail { .. } => ("status bad", "broken"),
        RuleVerdict::NotJudged { .. } => ("status plain", "not judged"),
    };
    html! { span class=(class) { (word) } }
}

/// Keys on one page.
const KEYS: usize = 100;

/// Keys whose rules are shown at first.
const OPEN: usize = 3;

const SUGGESTIONS: usize = 100;
