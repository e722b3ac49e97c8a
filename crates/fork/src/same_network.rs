//! Whether the endpoints of a home still serve the network that it is a fork of.

use crate::envelope::{Question, Said, plain};
use crate::error::ForkError;
use crate::pin::Pin;
use crate::progress::{Event, Progress};
use crate::upstream::Upstream;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::Deserialize;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Asks each endpoint once. One that does not answer, or has forgotten the block, is told of.
///
/// # Errors
/// [`ForkError::OtherNetwork`] when one has another chain, or another block in the place of the fork's.
pub(crate) async fn check_endpoints(
    upstream: &Upstream,
    pin: &Pin,
    settings: &Path,
    progress: &Progress,
) -> Result<(), ForkError> {
    let (height, hash) = (pin.block.header.height, pin.hash());
    let what = |of: &str| format!("{of} of the endpoint");
    let ask = |method, params, what: String| Question { method, params, what };
    let status = ask("status", json!([]), what("the status"));
    let at_height = ask("block", json!({"block_id": height}), what("a block"));
    let all = upstream.each::<Status>(&status, MOST).await;
    let blocks = upstream.each::<Block>(&at_height, MOST).await;
    for ((endpoint, status), (_, block)) in all.into_iter().zip(blocks) {
        let status = match status {
            Said::Result(status) => status,
            other => {
                progress.tell(&Event::Silent { endpoint, why: why(other) });
                continue;
            }
        };
        let other = |found: String, wanted: String| ForkError::OtherNetwork {
            endpoint: endpoint.clone(),
            found,
            wanted,
            settings: settings.to_owned(),
        };
        let (served, ours) = (&status.chain_id, &pin.genesis.chain_id);
        if served != ours {
            return Err(other(format!("the chain {}", plain(served)), format!("the chain {ours}")));
        }
        if status.genesis_hash != pin.genesis_hash {
            let named = |hash| format!("a chain {ours} with the genesis block {hash}");
            return Err(other(named(status.genesis_hash), named(pin.genesis_hash)));
        }
        let wanted = || format!("its block {hash} at height {height}");
        let Range { earliest_block_height: oldest, latest_block_height: newest } = status.sync_info;
        let oldest = oldest.unwrap_or_default();
        match block {
            Said::Result(Block { header }) if header.hash == hash => {}
            Said::Result(Block { header }) if header.height == height => {
                let found = format!("the same chain with block {} there", header.hash);
                return Err(other(found, wanted()));
            }
            _ if newest.saturating_add(LAG) < height => {
                let found = format!("the same chain with blocks up to height {newest} only");
                return Err(other(found, wanted()));
            }
            _ if newest < height => {
                let why = format!("it is behind, at height {newest}");
                progress.tell(&Event::Silent { endpoint, why });
            }
            _ if oldest > height => {
                progress.tell(&Event::Forgotten { endpoint, height, oldest });
            }
            // It said that it does not know the block.
            Said::Behind(_) | Said::Forgotten(_) | Said::Absent { .. } => {
                let found =
                    format!("the same chain with blocks {oldest} to {newest}, but not that one");
                return Err(other(found, wanted()));
            }
            silent => progress.tell(&Event::Silent { endpoint, why: why(silent) }),
        }
    }
    Ok(())
}

fn why<R>(said: Said<R>) -> String {
    match said {
        Said::Behind(why)
        | Said::Forgotten(why)
        | Said::Never(why)
        | Said::Unclear(why)
        | Said::Trouble(why) => why,
        Said::Limited => "too many requests".to_owned(),
        Said::Result(_) | Said::Absent { .. } => "an answer that makes no sense".to_owned(),
    }
}

#[derive(Deserialize)]
struct Status {
    chain_id: String,
    genesis_hash: CryptoHash,
    sync_info: Range,
}

#[derive(Deserialize)]
struct Range {
    earliest_block_height: Option<BlockHeight>,
    latest_block_height: BlockHeight,
}

#[derive(Deserialize)]
struct Block {
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    hash: CryptoHash,
    height: BlockHeight,
}

/// How far a node may be behind, blocks.
const LAG: BlockHeight = 50;

/// How long a start waits for one answer.
const MOST: Duration = Duration::from_secs(5);
