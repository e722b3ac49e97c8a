//! A block: its transactions with their outcomes, and the receipts that came into it.

use crate::failure::Failure;
use crate::html::{self, Now, fact, gas, near};
use crate::layout::{Content, Section};
use crate::recent::{Ended, TransactionCard};
use crate::visit::{PageForm, Visit};
use axum::extract::Path;
use axum::response::Response;
use keyway::client::{BlockReference, Chunk, ChunkReference, Receipt, ReceiptContent};
use keyway::outcome::action_words;
use keyway::protocol::CryptoHash;
use keyway::{AccountId, Gas, NearToken};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

/// The page of a block, by height or hash.
pub(crate) async fn show(visit: Visit, Path(reference): Path<String>) -> Response {
    visit.show(page(&visit, &reference)).await
}

/// The block that a path names.
pub(crate) fn reference(text: &str) -> Option<BlockReference> {
    let height = || text.parse::<u64>().ok().map(BlockReference::Height);
    height().or_else(|| text.parse::<CryptoHash>().ok().map(BlockReference::Hash))
}

async fn page(visit: &Visit, text: &str) -> Result<Content, Failure> {
    let reference = reference(text).ok_or_else(|| {
        Failure::bad_request(
            format!("`{text}` is neither a height nor a hash"),
            "Heights are numbers; hashes have 43 or 44 letters and digits (base58).",
        )
    })?;
    let id = match reference {
        BlockReference::Hash(hash) => json!(hash),
        BlockReference::Height(height) => json!(height),
        _ => Value::Null,
    };
    let view: BlockView = visit.client().request("block", json!({ "block_id": id })).await?;
    let now = visit.now().await?;
    let (mut chunks, mut unread) = (Vec::new(), 0_usize);
    let fresh = view.chunks.iter().filter(|chunk| chunk.height_included == view.header.height);
    let omitted = fresh.clone().count().saturating_sub(CHUNKS);
    for header in fresh.take(CHUNKS) {
        match visit.client().chunk(ChunkReference::Hash(header.chunk_hash)).await {
            Ok(chunk) => chunks.push(chunk),
            Err(_) => unread += 1,
        }
    }
    let transactions: Vec<_> =
        chunks.iter().flat_map(|chunk| &chunk.transactions).map(TransactionCard::from).collect();
    let listed: Vec<_> = transactions.iter().take(ROWS).collect();
    let outcomes = visit.console.shared.recent.ended(visit.client(), &listed).await;
    let body = html! {
        (about(visit.form, now, &view))
        section aria-labelledby="transactions" {
            h2 #transactions { "Transactions" }
            (transaction_table(visit.form, &transactions, &outcomes))
        }
        section aria-labelledby="receipts" {
            h2 #receipts { "Receipts that came in" }
            (receipt_table(visit.form, &chunks))
        }
        @if unread > 0 { p.note { "Not on this page: the contents of " (chunk_count(unread)) " of this block, which the node does not have." } }
        @if omitted > 0 { p.note { "Not on this page: " (chunk_count(omitted)) " more of this block." } }
        @if view.chunks.len() > 1 { (chunk_table(&view)) }
    };
    Ok(Content::new(format!("Block {}", view.header.height), Section::Other, body))
}

fn chunk_count(count: usize) -> String {
    if count == 1 { "1 chunk".to_owned() } else { format!("{count} chunks") }
}

/// How a transaction ended, as a word with its colour.
pub(crate) fn ended(ended: Ended) -> Markup {
    match ended {
        Ended::Succeeded => html::status("good", "succeeded"),
        Ended::Failed => html::status("bad", "failed"),
        Ended::Running => html::status("wait", "running"),
        Ended::Unknown => html! { span.soft { "–" } },
    }
}

fn about(form: PageForm, now: Now, view: &BlockView) -> Markup {
    let header = &view.header;
    let used = view.chunks.iter().fold(0_u64, |sum, chunk| sum.saturating_add(chunk.gas_used));
    html! {
        dl.facts {
            (fact("Time", html! { (html::date(header.timestamp)) " (" (html::at(form, now, header.timestamp)) ")" }))
            (fact("Hash", html::hash(&header.hash)))
            (fact("Producer", html::account(form, view.author.as_str())))
            (fact("Gas used", gas(Gas::from_gas(used))))
            (fact("Gas price", html! { (near(header.gas_price)) " for each gas" }))
            (fact("Supply", near(header.total_supply)))
        }
        p.pager {
            @if header.prev_hash != CryptoHash::default() {
                (html::to(form, &format!("/block/{}", header.prev_hash), html! { "← the block before" }))
            }
            " "
            (html::to(form, &format!("/block/{}", header.height.saturating_add(1)), html! { "the next height →" }))
        }
    }
}

fn transaction_table(
    form: PageForm,
    transactions: &[TransactionCard],
    outcomes: &[Ended],
) -> Markup {
    html! {
        @if transactions.is_empty() {
            p.empty { "None." }
        } @else {
            div.scroll { table {
                caption.hidden { "Transactions of this block, in their order" }
                thead { tr {
                    th scope="col" { "Transaction" }
                    th scope="col" { "Outcome" }
                    th scope="col" { "From → to" }
                    th scope="col" { "Actions" }
                    th scope="col" { "Key" }
                } }
                tbody {
                    @for (nth, transaction) in transactions.iter().enumerate().take(ROWS) {
                        tr {
                            td { (html::transaction_of(form, transaction)) }
                            td { (ended(outcomes.get(nth).copied().unwrap_or(Ended::Unknown))) }
                            td {
                                (html::account(form, transaction.signer_id.as_str())) " → "
                                (html::account(form, transaction.receiver_id.as_str()))
                            }
                            td.wrap { (html::foreign(&transaction.actions)) }
                            td { (html::key(form, transaction.signer_id.as_str(), &transaction.public_key)) }
                        }
                    }
                }
            } }
            @if transactions.len() > ROWS { p.note { (transactions.len() - ROWS) " more" } }
        }
    }
}

fn receipt_table(form: PageForm, chunks: &[Chunk]) -> Markup {
    let receipts: Vec<&Receipt> = chunks.iter().flat_map(|chunk| &chunk.receipts).collect();
    html! {
        @if receipts.is_empty() {
            p.empty { "None." }
        } @else {
            div.scroll { table {
                caption.hidden { "Receipts that came into this block" }
                thead { tr {
                    th scope="col" { "Receipt" }
                    th scope="col" { "From → on" }
                    th scope="col" { "What" }
                } }
                tbody {
                    @for receipt in receipts.iter().take(ROWS) {
                        tr {
                            td { (html::to(form, &format!("/search?q={}", receipt.id), html::short(&receipt.id.to_string()))) }
                            td {
                                (html::account(form, receipt.predecessor_id.as_str())) " → "
                                (html::account(form, receipt.receiver_id.as_str()))
                            }
                            td.wrap { (html::foreign(&content(&receipt.content))) }
                        }
                    }
                }
            } }
            @if receipts.len() > ROWS { p.note { (receipts.len() - ROWS) " more" } }
        }
    }
}

fn content(content: &ReceiptContent) -> String {
    match content {
        ReceiptContent::Actions { actions, .. } => {
            let words: Vec<_> = actions.iter().take(3).map(action_words).collect();
            words.join(", ")
        }
        ReceiptContent::Data { data: Some(data), .. } => {
            format!("a result of {} bytes", data.len())
        }
        ReceiptContent::Data { data: None, .. } => "the failure of a call".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn chunk_table(view: &BlockView) -> Markup {
    html! {
        section aria-labelledby="chunks" {
            h2 #chunks { "Chunks" }
            div.scroll { table.narrow {
                caption.hidden { "The block's part for each shard" }
                thead { tr {
                    th scope="col" { "Shard" }
                    th.right scope="col" { "Gas used" }
                    th scope="col" { "" }
                } }
                tbody {
                    @for chunk in view.chunks.iter().take(ROWS) {
                        tr {
                            td.number { (chunk.shard_id) }
                            td.right { (gas(Gas::from_gas(chunk.gas_used))) }
                            td { @if chunk.height_included != view.header.height { span.soft { "missing: repeated from a block before" } } }
                        }
                    }
                }
            } }
        }
    }
}

#[derive(Deserialize)]
struct BlockView {
    author: AccountId,
    header: HeaderView,
    chunks: Vec<ChunkView>,
}

#[derive(Deserialize)]
struct HeaderView {
    height: u64,
    hash: CryptoHash,
    prev_hash: CryptoHash,
    timestamp: u64,
    gas_price: NearToken,
    total_supply: NearToken,
}

#[derive(Deserialize)]
struct ChunkView {
    chunk_hash: CryptoHash,
    shard_id: u64,
    height_included: u64,
    gas_used: u64,
}

/// Rows of a table.
const ROWS: usize = 200;
/// Chunks that are read.
const CHUNKS: usize = 16;
