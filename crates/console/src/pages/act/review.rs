//! The page before an operation: what will be signed, by whom, at what cost, and what it can lose.

use crate::act::{Operation, Review, Way};
use crate::console::HOME;
use crate::fields::{Fields, Problem};
use crate::html::{self, foreign, near};
use crate::pages::form::{Filled, Text};
use crate::visit::{PageForm, Visit};
use crate::writer::FORM_FIELD;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway::format_gas;
use maud::{Markup, html};
use zeroize::Zeroizing;

/// A new key's secret, for the one page that shows it.
pub(super) struct Secret(pub(super) Zeroizing<String>);

/// The review, and the button that does it.
pub(super) fn page(
    visit: &Visit,
    operation: Operation,
    review: &Review,
    secret: Option<&Secret>,
    problems: &[Problem],
) -> Markup {
    let fields = Fields::default();
    let filled = Filled { fields: &fields, problems };
    html! {
        (filled.summary())
        p.lead {
            (html::account(PageForm::Served, review.account.as_str()))
            @if review.account == review.receiver {
                " will do this to itself:"
            } @else {
                " will send this to " (html::account(PageForm::Served, review.receiver.as_str())) ":"
            }
        }
        ol.operations { @for words in review.words() { li { (foreign(&words)) } } }
        (facts(review))
        @for warning in &review.warnings {
            div.notice.warn { p { strong { "Odd: " } (foreign(warning)) "." } }
        }
        @if let Some(why) = &review.will_fail {
            div.notice.warn {
                p { strong { "This is certain to fail: " } (foreign(why)) ". Its gas is spent all the same." }
            }
        }
        @match &review.way {
            Ok(_) => (order(visit, operation, review, secret, filled)),
            Err(why) => {
                div.notice.bad { p { strong { "This cannot be sent: " } (foreign(why)) "." } }
                p { a.button href={ (HOME) "/act/" (operation.name()) } { "Back to the form" } }
            }
        }
    }
}

fn facts(review: &Review) -> Markup {
    html! {
        dl.facts.one {
            div { dt { "Signed" } dd { (signed(review)) } }
            @if let Some(cost) = &review.cost {
                div {
                    dt { "Costs at most" }
                    dd { (near(cost.total)) ", of which the deposit is " (near(cost.deposit)) }
                }
                div {
                    dt { "For gas" }
                    dd {
                        (near(cost.gas_cost)) " buys " (format_gas(cost.gas_bought))
                        "; what is not burnt comes back"
                    }
                }
            }
        }
    }
}

fn signed(review: &Review) -> Markup {
    html! {
        @match &review.way {
            Ok(Way::Key(pair)) => {
                "with the account’s development key "
                (html::short(&pair.public_key().to_string())) ", whose secret is public knowledge"
            }
            Ok(Way::Impersonation) => "without a key, by chain control: rules about keys do not apply",
            Err(_) => "by nobody: there is no key for it here",
        }
    }
}

/// The form that does it.
fn order(
    visit: &Visit,
    operation: Operation,
    review: &Review,
    secret: Option<&Secret>,
    filled: Filled<'_>,
) -> Markup {
    let actions = BASE64_STANDARD.encode(borsh::to_vec(&review.actions).unwrap_or_default());
    let dangerous = !review.losses.is_empty();
    let back = format!("{HOME}/act/{}?account={}", operation.name(), review.account);
    html! {
        form.card.order method="post" action={ (HOME) "/act/submit" } autocomplete="off" {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            input type="hidden" name="operation" value=(operation.name());
            input type="hidden" name="account" value=(review.account);
            input type="hidden" name="receiver" value=(review.receiver);
            input type="hidden" name="actions" value=(actions);
            @if let Some(secret) = secret { (shown_once(secret)) }
            @if dangerous {
                div.notice.bad {
                    p { strong { "This cannot be undone." } }
                    ul { @for loss in &review.losses { li { (foreign(loss)) } } }
                }
                (filled.text(Text {
                    name: "confirm",
                    label: "Type the account’s name to confirm",
                    note: "",
                    usual: "",
                }))
            }
            p.buttons {
                @if dangerous {
                    button.danger type="submit" { "Sign and send all the same" }
                } @else {
                    button.primary type="submit" { "Sign and send" }
                }
                " " a.button href=(back) { "Cancel" }
            }
        }
    }
}

fn shown_once(secret: &Secret) -> Markup {
    html! {
        div.secret {
            p {
                strong { "The new key’s secret, shown here once." }
                " Whoever has it can use the key. The node does not keep it, and the key is added only when you go on."
            }
            pre.secret-text data-copy tabindex="0" role="region" aria-label="Secret key" { (secret.0.as_str()) }
            input type="hidden" name="new_secret" value="on";
            label.choice {
                input type="checkbox" #saved name="saved" value="on" required;
                " I have saved the secret"
            }
        }
    }
}
