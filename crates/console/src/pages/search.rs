//! The search field: accounts, keys, transactions, receipts, blocks and heights.

use crate::console::HOME;
use crate::failure::{Failure, is_unknown_method};
use crate::html;
use crate::layout::{Content, Section};
use crate::visit::{PageForm, Visit};
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use keyway::AccountId;
use keyway::protocol::{CryptoHash, PublicKey};
use maud::html;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The search's address.
#[derive(Deserialize)]
pub(crate) struct SearchQuery {
    /// What is looked for.
    q: Option<String>,
}

/// Leads to what was found, or says what was looked for.
pub(crate) async fn show(visit: Visit, Query(query): Query<SearchQuery>) -> Response {
    let text: String = query.q.unwrap_or_default().trim().chars().take(LONGEST).collect();
    // Without its curve a key looks like a hash.
    if let (true, Ok(public_key)) = (text.contains(':'), text.parse::<PublicKey>()) {
        return visit.show(key(&visit, &public_key)).await;
    }
    match visit.limited(find(&visit, &text)).await {
        Ok(path) => Redirect::to(&format!("{HOME}{path}")).into_response(),
        Err(failure) => visit.fail(failure).await,
    }
}

/// The path of what a text names.
async fn find(visit: &Visit, text: &str) -> Result<String, Failure> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 20 {
        return Ok(format!("/block/{text}"));
    }
    // Base58 has upper-case letters, account ids have none; text that could be both is asked about first.
    if let Ok(hash) = text.parse::<CryptoHash>()
        && let Some(path) = of_hash(visit, hash).await?
    {
        return Ok(path);
    }
    let lower = text.to_lowercase();
    let is_hash = text.parse::<CryptoHash>().is_ok();
    // In lower case most hashes are names that nobody has.
    if lower.parse::<AccountId>().is_ok() && (!is_hash || lower == text) {
        visit.client().account(&lower).await?;
        return Ok(format!("/account/{}", html::segment(&lower)));
    }
    if is_hash {
        return Err(Failure::not_found(
            "Nothing here has this hash",
            format!("no block, transaction or receipt of this node has the hash {text}"),
            "The node may have forgotten it, or it is of another network.",
        ));
    }
    Err(Failure::bad_request(
        format!("`{text}` is not a name that a chain has"),
        "Search for an account (alice.near), a public key (ed25519:…), a hash (43 or 44 letters and digits) or the height of a block.",
    ))
}

async fn of_hash(visit: &Visit, hash: CryptoHash) -> Result<Option<String>, Failure> {
    let client = visit.client();
    let block: Result<Value, _> = client.request("block", json!({ "block_id": hash })).await;
    if block.is_ok() {
        return Ok(Some(format!("/block/{hash}")));
    }
    let params = json!({ "receipt_id": hash });
    let receipt: Result<ReceiptOrigin, _> =
        client.request("EXPERIMENTAL_receipt_to_tx", params).await;
    if let Ok(ReceiptOrigin { transaction_hash, sender_account_id }) = receipt {
        let signer = html::segment(sender_account_id.as_str());
        return Ok(Some(format!("/tx/{transaction_hash}?signer={signer}#{hash}")));
    }
    let params = json!({ "tx_hash": hash });
    match client.request::<_, Value>("keyway_trace_transaction", params).await {
        Ok(_) => Ok(Some(format!("/tx/{hash}"))),
        Err(keyway::Error::Query(keyway::error::QueryError::Other { name, .. }))
            if name != "UNKNOWN_TRANSACTION" =>
        {
            Ok(Some(format!("/tx/{hash}")))
        }
        // NEAR's own RPC finds a transaction only together with its signer: its page asks for that.
        Err(error) if is_unknown_method(&error) => Ok(Some(format!("/tx/{hash}"))),
        Err(error @ keyway::Error::Transport(_)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// The accounts that are known to have a key.
async fn key(visit: &Visit, public_key: &PublicKey) -> Result<Content, Failure> {
    let mut candidates: BTreeSet<AccountId> = BTreeSet::new();
    candidates.extend(implicit(public_key));
    if let Some(own) = visit.console.shared.powers.own() {
        candidates.extend(own.accounts.iter().take(CANDIDATES).cloned());
    }
    let text = public_key.to_string();
    for block in visit.console.shared.recent.blocks(visit.client()).await? {
        let signed = block.transactions.iter().flatten().filter(|it| it.public_key == text);
        candidates.extend(signed.map(|transaction| transaction.signer_id.clone()));
    }
    let mut owners = Vec::new();
    for candidate in candidates.into_iter().take(CANDIDATES) {
        if visit.client().access_key(&candidate, public_key).await.is_ok() {
            owners.push(candidate);
        }
    }
    let body = html! {
        @if owners.is_empty() {
            p.lead { "No account that this console knows of has this key." }
        } @else {
            p { "Accounts that have this key:" }
            ul.plain {
                @for owner in &owners {
                    li {
                        (html::account(PageForm::Served, owner.as_str())) " · "
                        (html::to(PageForm::Served, &format!("/account/{}/keys/{}", html::segment(owner.as_str()), html::segment(&text)), html! { "the key" }))
                    }
                }
            }
        }
        p.note {
            "A chain does not list the accounts of a key. Looked at were the implicit account that the key would have, "
            @if visit.console.shared.powers.own().is_some() { "the development accounts, " }
            "and those that signed with it in the newest blocks. To look at another account, search for its name."
        }
    };
    Ok(Content::new(text.clone(), Section::Other, body).kind("Public key").named_by_hash())
}

/// The account whose name is the key.
fn implicit(public_key: &PublicKey) -> Option<AccountId> {
    let PublicKey::ED25519(key) = public_key else { return None };
    let name: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    name.parse().ok()
}

#[derive(Deserialize)]
struct ReceiptOrigin {
    transaction_hash: CryptoHash,
    sender_account_id: AccountId,
}

/// Characters of what is looked for.
const LONGEST: usize = 300;
/// Accounts that are asked for a key.
const CANDIDATES: usize = 40;
