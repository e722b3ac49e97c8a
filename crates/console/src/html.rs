//! Parts that pages are made of.

mod amount;
mod foreign;
mod form;
mod gas_bar;
mod json;
mod link;
mod time;
mod value;

pub(crate) use amount::{gas, near, signed_near};
pub(crate) use foreign::{foreign, plain};
pub(crate) use form::field;
pub(crate) use gas_bar::{gas_bar, gas_table};
pub(crate) use link::{account, block, hash, key, segment, short, to, transaction, transaction_of};
pub(crate) use time::{Now, at, date, instant};
pub(crate) use value::{bytes, text_block};

use maud::{Markup, html};

/// An outcome as a word; the class gives it the colour that says the same.
pub(crate) fn status(class: &str, word: &str) -> Markup {
    html! { span class={ "status " (class) } { (word) } }
}

/// A name and a long value, which gets a line of its own.
pub(crate) fn wide_fact(name: &str, value: Markup) -> Markup {
    html! { div.wide { dt { (name) } dd { (value) } } }
}

/// A name and what it is.
pub(crate) fn fact(name: &str, value: Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}
