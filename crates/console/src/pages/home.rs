//! The first page: the chain, its newest blocks and transactions.

use crate::failure::Failure;
use crate::html::{self, Now, gas};
use crate::layout::{Content, Section};
use crate::pages::block::ended;
use crate::recent::{BlockCard, Ended, TransactionCard};
use crate::sign_in;
use crate::visit::{PageForm, Visit};
use axum::extract::Query;
use axum::response::Response;
use keyway::Gas;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// What the first page's address may have.
#[derive(Deserialize)]
pub(crate) struct HomeQuery {
    /// The node's token: signs in.
    token: Option<String>,
}

/// What the live part's address may have.
#[derive(Deserialize)]
pub(crate) struct LiveQuery {
    /// The newest block that the page shows.
    after: Option<String>,
}

/// The first page.
pub(crate) async fn show(visit: Visit, Query(query): Query<HomeQuery>) -> Response {
    if let Some(token) = &query.token {
        return sign_in::with_token(&visit, token).await;
    }
    visit.show(page(&visit)).await
}

/// What changes on the first page; nothing if the newest block is still the same.
pub(crate) async fn live(visit: Visit, Query(query): Query<LiveQuery>) -> Response {
    let part = async {
        let blocks = visit.console.shared.recent.blocks(visit.client()).await?;
        let newest = blocks.first().map(|block| block.hash.to_string());
        match newest == query.after {
            true => Ok(None),
            false => Ok(Some(lists(&visit, &blocks).await)),
        }
    };
    visit.fragment(part).await
}

async fn page(visit: &Visit) -> Result<Content, Failure> {
    let status = visit.client().status().await?;
    let blocks = visit.console.shared.recent.blocks(visit.client()).await?;
    let body = html! {
        (lists(visit, &blocks).await)
        section aria-labelledby="about" {
            h2 #about { "About this chain" }
            dl.facts {
                div { dt { "Chain" } dd { (html::foreign(&status.chain_id)) } }
                div { dt { "Protocol version" } dd.number { (status.protocol_version) } }
                div { dt { "Node" } dd { (html::foreign(&status.node_version)) } }
                div { dt { "Chain control" } dd { (control(visit)) } }
            }
        }
        (accounts(visit))
    };
    Ok(Content::new("Overview", Section::Overview, body))
}

fn control(visit: &Visit) -> &'static str {
    match visit.console.shared.powers.own() {
        None => "read-only: this is not your node",
        Some(own) if own.control => "on",
        Some(_) => "off (--no-cheats)",
    }
}

/// The accounts that the node made for development.
fn accounts(visit: &Visit) -> Markup {
    let accounts = visit.console.shared.powers.own().map(|own| own.accounts.as_slice());
    let accounts = accounts.unwrap_or_default();
    html! {
        @if !accounts.is_empty() {
            section aria-labelledby="accounts" {
                h2 #accounts { "Development accounts" }
                p.note { "Their keys are public knowledge." }
                ul.inline {
                    @for account in accounts.iter().take(ACCOUNTS) {
                        li { (html::account(PageForm::Served, account.as_str())) }
                    }
                }
            }
        }
    }
}

/// The newest block in numbers, transactions and blocks. The script replaces it when there is a newer block.
async fn lists(visit: &Visit, blocks: &[Arc<BlockCard>]) -> Markup {
    let newest = blocks.first();
    let now = Now(newest.map_or(0, |block| block.time_ns));
    let transactions: Vec<_> = blocks
        .iter()
        .flat_map(|block| block.transactions.iter().flatten().map(move |it| (&**block, it)))
        .take(TRANSACTIONS)
        .collect();
    let cards: Vec<_> = transactions.iter().map(|(_, card)| *card).collect();
    let outcomes = visit.console.shared.recent.ended(visit.client(), &cards).await;
    let unread = newest.is_some_and(|block| block.transactions.is_none());
    html! {
        div #live data-live="/console/live" data-newest=[newest.map(|block| block.hash.to_string())] {
            div.figures {
                div { span.label { "Newest block" } strong.number { (newest.map_or(0, |block| block.height)) } }
                div { span.label { "Time of the chain" } strong { (html::date(now.0)) } }
                div { span.label { "Gas used in it" } strong { (gas(Gas::from_gas(newest.map_or(0, |block| block.gas_used)))) } }
            }
            div.columns {
                section aria-labelledby="transactions" {
                    h2 #transactions { "Latest transactions" }
                    @if unread {
                        p.empty { "Not listed here: the chain has several shards, or the node does not have the block's contents. Open a block to read its transactions." }
                    } @else if transactions.is_empty() {
                        p.empty { "No transaction in the newest " (if blocks.len() == 1 { "block".to_owned() } else { format!("{} blocks", blocks.len()) }) "." }
                    } @else {
                        (transaction_table(now, &transactions, &outcomes))
                    }
                }
                section aria-labelledby="blocks" {
                    h2 #blocks { "Latest blocks" }
                    (block_table(now, blocks))
                }
            }
        }
    }
}

fn transaction_table(
    now: Now,
    transactions: &[(&BlockCard, &TransactionCard)],
    outcomes: &[Ended],
) -> Markup {
    html! {
        div.scroll {
            table {
                caption.hidden { "The latest transactions, the newest first" }
                thead { tr {
                    th scope="col" { "Transaction" }
                    th scope="col" { "Outcome" }
                    th scope="col" { "From → to" }
                    th scope="col" { "Actions" }
                    th.right scope="col" { "Block" }
                    th.right scope="col" { "When" }
                } }
                tbody {
                    @for ((block, transaction), outcome) in transactions.iter().zip(outcomes) {
                        tr {
                            td { (html::transaction_of(PageForm::Served, transaction)) }
                            td { (ended(*outcome)) }
                            td {
                                (html::account(PageForm::Served, transaction.signer_id.as_str()))
                                " → "
                                (html::account(PageForm::Served, transaction.receiver_id.as_str()))
                            }
                            td.wrap { (html::foreign(&transaction.actions)) }
                            td.right { (html::block(PageForm::Served, block.height)) }
                            td.right { (html::at(PageForm::Served, now, block.time_ns)) }
                        }
                    }
                }
            }
        }
    }
}

/// Blocks; those without transactions that follow each other share a row.
fn block_table(now: Now, blocks: &[Arc<BlockCard>]) -> Markup {
    let rows = rows(blocks);
    html! {
        div.scroll {
            table {
                caption.hidden { "The latest blocks, the newest first" }
                thead { tr {
                    th scope="col" { "Block" }
                    th.right scope="col" { "Transactions" }
                    th.right scope="col" { "Gas" }
                    th.right scope="col" { "When" }
                } }
                tbody {
                    @for row in rows.iter().take(BLOCKS) {
                        tr.quiet[row.oldest.is_some()] {
                            td {
                                (html::block(PageForm::Served, row.newest.height))
                                @if let Some(oldest) = row.oldest {
                                    " to " (html::block(PageForm::Served, oldest.height))
                                }
                            }
                            td.right { (row.transactions()) }
                            td.right { (gas(Gas::from_gas(row.newest.gas_used))) }
                            td.right { (html::at(PageForm::Served, now, row.newest.time_ns)) }
                        }
                    }
                }
            }
        }
    }
}

/// A block, or several empty ones.
struct Row<'a> {
    newest: &'a BlockCard,
    oldest: Option<&'a BlockCard>,
}

impl Row<'_> {
    fn transactions(&self) -> String {
        match &self.newest.transactions {
            None => "–".to_owned(),
            Some(all) if all.is_empty() => "none".to_owned(),
            Some(all) => all.len().to_string(),
        }
    }
}

fn rows(blocks: &[Arc<BlockCard>]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for block in blocks {
        match rows.last_mut() {
            Some(last) if is_empty(last.newest) && is_empty(block) => last.oldest = Some(block),
            _ => rows.push(Row { newest: block, oldest: None }),
        }
    }
    rows
}

/// Whether nothing ran in a block.
fn is_empty(block: &BlockCard) -> bool {
    block.gas_used == 0 && block.transactions.as_ref().is_some_and(Vec::is_empty)
}

const TRANSACTIONS: usize = 20;
const BLOCKS: usize = 12;
const ACCOUNTS: usize = 10;
