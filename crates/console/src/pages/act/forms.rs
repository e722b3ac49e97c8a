//! The forms, one for each operation.

use super::sign_in_first;
use crate::act::Operation;
use crate::console::HOME;
use crate::fields::{Fields, Problem};
use crate::pages::form::{Filled, Text};
use crate::visit::Visit;
use crate::writer::FORM_FIELD;
use keyway::guard::Callable;
use maud::{Markup, html};

/// What can be done.
pub(super) fn list() -> Markup {
    html! {
        p { "Each form leads to a page that says what will be signed, what it costs and what it can lose. Nothing is sent before that." }
        ul.operation-list {
            @for operation in Operation::ALL {
                li {
                    a href={ (HOME) "/act/" (operation.name()) } { (operation.title()) }
                    p.note { (about(operation)) }
                }
            }
        }
    }
}

fn about(operation: Operation) -> &'static str {
    match operation {
        Operation::Send => "From one account to another.",
        Operation::Call => "Run a method of a contract, with arguments, gas and a deposit.",
        Operation::AddKey => {
            "Full access, calls of one contract, or a gas key that pays for itself."
        }
        Operation::Rotate => {
            "A new key takes the place of an old one, with the same permission, in one transaction."
        }
        Operation::DeleteKey => "For good. What can be lost with it is said before.",
    }
}

/// The form for an operation.
pub(super) async fn form(
    visit: &Visit,
    operation: Operation,
    fields: &Fields,
    problems: &[Problem],
) -> Markup {
    let filled = Filled { fields, problems };
    let methods = match operation {
        Operation::Call | Operation::AddKey => methods(visit, fields.text("contract")).await,
        Operation::Send | Operation::Rotate | Operation::DeleteKey => Vec::new(),
    };
    html! {
        (sign_in_first(visit))
        (filled.summary())
        form.card method="post" action={ (HOME) "/act/" (operation.name()) } autocomplete="off" {
            @if let Some(writer) = &visit.writer {
                input type="hidden" name=(FORM_FIELD) value=(writer.form_value());
            }
            (filled.suggested(account_of(operation), &accounts(visit)))
            @match operation {
                Operation::Send => (send(visit, filled)),
                Operation::Call => (call(filled, &methods)),
                Operation::AddKey => (add_key(filled)),
                Operation::Rotate | Operation::DeleteKey => (filled.text(KEY)),
            }
            @if operation == Operation::Rotate {
                p.note { "The new key gets the same permission and what is left of the allowance. Its secret is on the next page." }
            }
            p.buttons {
                button.primary type="submit" disabled[visit.writer.is_none()] { "Review" }
            }
        }
    }
}

/// The methods of the contract that the form's address names, as suggestions.
async fn methods(visit: &Visit, contract: &str) -> Vec<String> {
    if contract.is_empty() {
        return Vec::new();
    }
    match visit.client().callable(contract, true).await {
        Ok(Callable::Methods(methods)) => methods.into_iter().take(SUGGESTIONS).collect(),
        _ => Vec::new(),
    }
}

/// The development accounts, as suggestions.
fn accounts(visit: &Visit) -> Vec<String> {
    let own = visit.console.shared.powers.own();
    let accounts = own.map(|own| own.accounts.as_slice()).unwrap_or_default();
    accounts.iter().take(SUGGESTIONS).map(ToString::to_string).collect()
}

fn account_of(operation: Operation) -> Text {
    let label = match operation {
        Operation::Send => "From",
        Operation::Call => "Caller",
        Operation::AddKey | Operation::Rotate | Operation::DeleteKey => "Account",
    };
    Text { name: "account", label, note: "", usual: "" }
}

fn send(visit: &Visit, filled: Filled<'_>) -> Markup {
    let to = Text { name: "to", label: "To", note: "", usual: "" };
    let amount =
        Text { name: "amount", label: "Amount", note: "With its unit: 1.5 NEAR.", usual: "" };
    html! { (filled.suggested(to, &accounts(visit))) (filled.text(amount)) }
}

/// The fields of a call, here and where a call is explained.
pub(in crate::pages) fn call(filled: Filled<'_>, methods: &[String]) -> Markup {
    let args = Text {
        name: "args",
        label: "Arguments",
        note: "JSON, sent as it is typed. Empty for none.",
        usual: "",
    };
    html! {
        (filled.text(Text { name: "contract", label: "Contract", note: "", usual: "" }))
        (filled.suggested(Text { name: "method", label: "Method", note: "", usual: "" }, methods))
        (filled.lines(args))
        (filled.choice("args_as", "The arguments are", &[("json", "JSON"), ("text", "other text")], false))
        div.pair {
            (filled.text(Text { name: "gas", label: "Gas", note: "With its unit: 30 Tgas.", usual: "30 Tgas" }))
            (filled.text(Text { name: "deposit", label: "Deposit", note: "With its unit: 1 yoctoNEAR. Empty for none.", usual: "" }))
        }
    }
}

fn add_key(filled: Filled<'_>) -> Markup {
    let key = Text {
        name: "key",
        label: "Public key",
        note: "Empty for a new key: its secret is on the next page, before the key is added.",
        usual: "",
    };
    html! {
        (filled.text(key))
        (filled.choice("access", "What may the key do?", &[
            ("calls", "Call methods of one contract, without a deposit"),
            ("full", "Everything, including deleting the account"),
        ], true))
        div.inset {
            (filled.text(Text { name: "contract", label: "Contract", note: "", usual: "" }))
            (filled.text(Text { name: "methods", label: "Methods", note: "Names, separated by commas.", usual: "" }))
            (filled.check("any_method", "every method, also those that the contract gets later"))
        }
        (filled.choice("pays", "What pays for its gas?", &[
            ("allowance", "The account, up to an allowance"),
            ("no-limit", "The account, without a limit"),
            ("key", "The key’s own balance: a gas key"),
        ], true))
        div.inset {
            (filled.text(Text { name: "allowance", label: "Allowance", note: "With its unit: 0.25 NEAR.", usual: "" }))
            div.pair {
                (filled.text(Text { name: "rows", label: "Nonce rows of a gas key", note: "How many transactions can be under way at once.", usual: "" }))
                (filled.text(Text { name: "fund", label: "First balance of a gas key", note: "With its unit: 1 NEAR. Empty for none.", usual: "" }))
            }
        }
    }
}

/// A key of the account.
const KEY: Text = Text {
    name: "key",
    label: "Public key",
    note: "In full, as the account’s page shows it.",
    usual: "",
};

const SUGGESTIONS: usize = 100;
