//! `keyway_dump`: the chain at its newest block as a file, frame by frame.

use crate::error::{INVALID_PARAMETER, internal, refused};
use crate::methods::reply::{Json, Reply, View};
use crate::params;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::DumpedEntries;
use near_jsonrpc_primitives::errors::RpcError;
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    /// None: the beginning of a dump.
    after: Option<Place>,
}

/// Where a dump goes on.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The block that is dumped.
    block_hash: CryptoHash,
    /// How many entries of its state were dumped.
    entries: u64,
    /// The key of the last one, in base64; empty before the first.
    key_base64: String,
}

#[derive(Serialize)]
struct Dumped {
    block_height: BlockHeight,
    block_hash: CryptoHash,
    /// Bytes of the file, in base64.
    bytes: String,
    /// The parameter `after` for the bytes that follow; none after the last.
    next: Option<Place>,
}

/// The first bytes of a dump of the newest block, or those `{after}` others.
pub(in crate::methods) fn dump(view: &View<'_>, params: Value) -> Reply {
    let after = match params {
        Value::Null => None,
        params => params::parse::<Params>(params)?.after,
    };
    Json::of(&match after {
        None => begin(view),
        Some(after) => go_on(view, after)?,
    })
}

fn begin(view: &View<'_>) -> Dumped {
    let head = view.chain.head();
    let bytes = view.chain.dump_head();
    let next = Place { block_hash: *head.hash(), entries: 0, key_base64: String::new() };
    let (block_height, block_hash) = (head.height(), *head.hash());
    let bytes = BASE64_STANDARD.encode(bytes);
    Dumped { block_height, block_hash, bytes, next: Some(next) }
}

fn go_on(view: &View<'_>, after: Place) -> Result<Dumped, RpcError> {
    let Place { block_hash, entries, key_base64 } = after;
    let block = view.chain.block_by_hash(&block_hash).map_err(internal)?.ok_or_else(|| {
        let reason = format!(
            "the chain no longer has block {block_hash}: it was pruned, or the chain was reverted; begin the dump again"
        );
        refused(CANNOT_DUMP, reason)
    })?;
    let key = BASE64_STANDARD
        .decode(key_base64)
        .map_err(|_| refused(INVALID_PARAMETER, "key_base64 is not base64"))?;
    let key = Some(key.as_slice()).filter(|key| !key.is_empty());
    let DumpedEntries { frames, next } =
        DumpedEntries::of(&block, key, entries).map_err(internal)?;
    let next = next.map(|(key, entries)| {
        let key_base64 = BASE64_STANDARD.encode(key);
        Place { block_hash, entries, key_base64 }
    });
    let (block_height, bytes) = (block.height(), BASE64_STANDARD.encode(frames));
    Ok(Dumped { block_height, block_hash, bytes, next })
}

/// The block that is dumped is gone.
const CANNOT_DUMP: &str = "CANNOT_DUMP";
