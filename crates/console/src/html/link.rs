//! Links to what pages name. In a saved page they are text, because the console is not there.

use super::foreign::plain;
use crate::console::HOME;
use crate::recent::TransactionCard;
use crate::visit::PageForm;
use keyway::protocol::CryptoHash;
use maud::{Markup, html};

/// An account.
pub(crate) fn account(form: PageForm, account_id: &str) -> Markup {
    let shown = html! { span.id { (plain(account_id)) } };
    to(form, &format!("/account/{}", segment(account_id)), shown)
}

/// A key of an account, in a few characters.
pub(crate) fn key(form: PageForm, account_id: &str, public_key: &str) -> Markup {
    let path = format!("/account/{}/keys/{}", segment(account_id), segment(public_key));
    to(form, &path, short(public_key))
}

/// A transaction, in a few characters.
pub(crate) fn transaction(form: PageForm, hash: &CryptoHash) -> Markup {
    to(form, &format!("/tx/{hash}"), short(&hash.to_string()))
}

/// A transaction in a list. Its address names the signer, without whom most nodes do not find it.
pub(crate) fn transaction_of(form: PageForm, card: &TransactionCard) -> Markup {
    let hash = card.hash.to_string();
    let path = format!("/tx/{hash}?signer={}", segment(card.signer_id.as_str()));
    to(form, &path, short(&hash))
}

/// A block by its height.
pub(crate) fn block(form: PageForm, height: u64) -> Markup {
    to(form, &format!("/block/{height}"), html! { span.number { (height) } })
}

/// A hash in full, to be copied.
pub(crate) fn hash(hash: &CryptoHash) -> Markup {
    html! { code.hash data-copy { (hash) } }
}

/// The ends of a long name, with all of it in its title.
pub(crate) fn short(text: &str) -> Markup {
    let text = plain(text);
    let (begin, rest) = match text.split_once(':') {
        Some((curve, rest)) => (format!("{curve}:"), rest),
        None => (String::new(), &*text),
    };
    let count = rest.chars().count();
    if count <= KEPT_BEGIN + KEPT_END + 1 {
        return html! { span.id { (text) } };
    }
    let head: String = rest.chars().take(KEPT_BEGIN).collect();
    let tail: String = rest.chars().skip(count - KEPT_END).collect();
    html! { span.id title=(text) { (begin) (head) "…" (tail) } }
}

/// A link to a path below the console.
pub(crate) fn to(form: PageForm, path: &str, shown: Markup) -> Markup {
    match form {
        PageForm::Served => html! { a href={ (HOME) (path) } { (shown) } },
        PageForm::Saved => shown,
    }
}

/// Text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' => {
                shown.push(byte.into())
            }
            _ => shown.push_str(&format!("%{byte:02X}")),
        }
    }
    shown
}

const KEPT_BEGIN: usize = 6;
const KEPT_END: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_a_path() {
        assert_eq!(segment("alice.near"), "alice.near");
        assert_eq!(segment("ed25519:Ab1"), "ed25519:Ab1");
        assert_eq!(segment("a/b?c#d%\" é"), "a%2Fb%3Fc%23d%25%22%20%C3%A9");
    }

    #[test]
    fn long_names_keep_both_ends_and_their_curve() {
        let shown = short("ed25519:22skMptHjFWNyuEWY22ftn2AbLPSYpmYwGJRGwpNHbTV").into_string();
        assert!(shown.contains(">ed25519:22skMp…HbTV<"), "{shown}");
        assert_eq!(short("alice.near").into_string(), "<span class=\"id\">alice.near</span>");
    }

    #[test]
    fn a_saved_page_has_no_links() {
        let link = |form| account(form, "alice.near").into_string();
        assert!(link(PageForm::Served).contains("href=\"/console/account/alice.near\""));
        assert!(!link(PageForm::Saved).contains("href"));
    }
}
