//! One key of an account, with everything that is known about it.

use super::analysis::Analysis;
use super::timeline::event_table;
use super::{finding_item, handle, keys, life};
use crate::failure::Failure;
use crate::html::{self, fact};
use crate::layout::{Content, Section};
use crate::visit::Visit;
use axum::extract::Path;
use axum::response::Response;
use keyway::Client;
use keyway::client::{AccountKey, PublicKeyHandle};
use maud::html;

/// The page of a key.
pub(crate) async fn show(
    visit: Visit,
    Path((account_id, public_key)): Path<(String, String)>,
) -> Response {
    visit.show(page(&visit, &account_id, &public_key)).await
}

async fn page(visit: &Visit, name: &str, text: &str) -> Result<Content, Failure> {
    let form = visit.form;
    let public_key = handle(text)?;
    let block = visit.client().block().await?;
    let then = visit.client().at(block.hash);
    let account = then.account(name).await?;
    let found = find(&then, account.account_id.as_str(), &public_key).await?;
    let account_id = account.account_id.clone();
    let analysis = Analysis::of(&then, account, vec![found], false).await?;
    let from = block.height.saturating_sub(BLOCKS);
    let key_text = public_key.to_string();
    let history = visit.client().key_history(&account_id, Some(&key_text), Some(from)).await;
    let Some(key) = analysis.facts.keys.first() else { return Err(Failure::busy()) };
    let findings = analysis.of_key(key);
    let body = html! {
        p { "A key of " (html::account(form, account_id.as_str())) }
        (crate::pages::act::of_key(visit, account_id.as_str(), &key_text))
        div.card {
            (keys::power(key))
            (keys::budget(&analysis, key, None))
            dl.facts {
                (fact("Nonce", html! { span.number { (key.access_key.nonce) } }))
                @if let Some(height) = analysis.height { (fact("Its nonce says", html! { (keys::nonce_words(key, height)) })) }
                @if let Some(gas_key) = key.access_key.gas_key_info() { (fact("Nonce rows", html! { (gas_key.num_nonces) })) }
                @if let Some(forecast) = analysis.forecast(key) {
                    @if let Some(end) = forecast.end() { (fact("Then", html! { (end) })) }
                }
            }
        }
        @if !findings.is_empty() {
            section aria-labelledby="findings" {
                h2 #findings { "Audit" }
                ul.findings { @for finding in findings { (finding_item(finding)) } }
            }
        }
        section aria-labelledby="history" {
            h2 #history { "History" }
            @match &history {
                Ok(history) => {
                    p.note { "In blocks " (html::block(form, history.from_height)) " to " (html::block(form, history.to_height)) ", the newest last." }
                    (event_table(form, account_id.as_str(), &history.events, true))
                },
                Err(error) => p.empty { "It is not on this page: " (life::unknown(error)) },
            }
        }
        p.note { "As of block " (html::block(form, block.height)) "." }
    };
    Ok(Content::new(key_text, Section::Other, body).kind("Access key").named_by_hash())
}

/// The key on the chain. A long key is listed by its hash alone, so it has to be found in the list.
async fn find(
    then: &Client,
    account_id: &str,
    public_key: &PublicKeyHandle,
) -> Result<AccountKey, Failure> {
    let full = match public_key {
        PublicKeyHandle::ED25519(key) => Some(keyway::protocol::PublicKey::ED25519(key.clone())),
        PublicKeyHandle::SECP256K1(key) => {
            Some(keyway::protocol::PublicKey::SECP256K1(key.clone()))
        }
        PublicKeyHandle::MlDsa65(_) => None,
    };
    if let Some(full) = full {
        let access_key = then.access_key(account_id, &full).await?;
        return Ok(AccountKey::new(public_key.clone(), access_key));
    }
    let mut after = None;
    for _ in 0..PAGES {
        let page = then.access_keys_after(account_id, after.as_ref(), 100).await?;
        if let Some(found) = page.keys.into_iter().find(|key| key.public_key == *public_key) {
            return Ok(found);
        }
        match page.last {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    Err(Failure::not_found(
        "The account has no such key",
        format!("{account_id} has no access key {public_key}"),
        "It may have been deleted: the account's timeline shows keys that are gone.",
    ))
}

/// Pages of keys that are searched.
const PAGES: usize = 100;
/// How many of the newest blocks are looked at.
const BLOCKS: u64 = 4_900;
