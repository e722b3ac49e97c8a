//! What can be done from the page of an account, a key or a transaction.

use super::Operation;
use crate::console::HOME;
use crate::html::segment;
use crate::visit::{PageForm, Visit};
use keyway::client::Contract;
use keyway::protocol::CryptoHash;
use maud::{Markup, html};

/// For an account.
pub(in crate::pages) fn of_account(visit: &Visit, account_id: &str, contract: &Contract) -> Markup {
    let account = segment(account_id);
    html! {
        @if visit.form == PageForm::Served {
            p.buttons.served {
                a.button href={ (HOME) "/explain?account=" (account) } { "Which key can sign …" }
                @if visit.console.shared.powers.own().is_some() {
                    @for operation in [Operation::Send, Operation::Call, Operation::AddKey] {
                        a.button href={ (HOME) "/act/" (operation.name()) "?account=" (account) } { (operation.title()) }
                    }
                    @if *contract != Contract::None {
                        a.button href={ (HOME) "/act/call?contract=" (account) } { "Call its contract" }
                    }
                }
            }
        }
    }
}

/// For a key of an account. A key that the chain lists by its hash cannot be named in a transaction.
pub(in crate::pages) fn of_key(visit: &Visit, account_id: &str, public_key: &str) -> Markup {
    let whole = public_key.starts_with("ed25519:") || public_key.starts_with("secp256k1:");
    let query = format!("account={}&key={}", segment(account_id), segment(public_key));
    html! {
        @if visit.form == PageForm::Served && whole {
            p.links.served {
                a href={ (HOME) "/explain?" (query) } { "Explain" }
                @if visit.console.shared.powers.own().is_some() {
                    " " a href={ (HOME) "/act/rotate?" (query) } { "Rotate" }
                    " " a href={ (HOME) "/act/delete-key?" (query) } { "Delete" }
                }
            }
        }
    }
}

/// For a transaction.
pub(in crate::pages) fn of_transaction(form: PageForm, hash: &CryptoHash) -> Markup {
    html! {
        @if form == PageForm::Served {
            p.buttons.served { a.button href={ (HOME) "/tx/" (hash) "/what-if" } { "What if …" } }
        }
    }
}
