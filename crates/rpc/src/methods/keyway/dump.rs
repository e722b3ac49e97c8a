//! `keyway_dump`: the chain at its newest block, or one of its snapshots, as a file, frame by frame.

use crate::error::{INVALID_PARAMETER, internal, of_write, refused};
use crate::methods::reply::{Json, Reply, View};
use crate::params;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use keyway_chain::{Chain, DumpedEntries, Refused};
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
    /// The name of the snapshot that is dumped; none: the chain as it is.
    snapshot: Option<String>,
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
    /// The snapshot that is dumped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
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

/// The first bytes of a dump of the newest block, or of `{snapshot}`; or those `{after}` others.
pub(in crate::methods) fn dump(view: &View<'_>, params: Value) -> Reply {
    let Params { after, snapshot } = params::named(params)?;
    let snapshot = after.as_ref().and_then(|after| after.snapshot.clone()).or(snapshot);
    let saved = snapshot.as_deref().map(|name| view.chain.at_snapshot(name)).transpose();
    let saved = saved.map_err(|error| of_write(Refused::Snapshot(error).into()))?;
    let chain = saved.as_ref().unwrap_or(view.chain);
    Json::of(&match after {
        None => begin(chain, snapshot),
        Some(after) => go_on(chain, after)?,
    })
}

fn begin(chain: &Chain, snapshot: Option<String>) -> Dumped {
    let (block_height, block_hash) = (chain.head().height(), *chain.head().hash());
    let bytes = BASE64_STANDARD.encode(chain.dump_head());
    let next = Some(Place { block_hash, entries: 0, key_base64: String::new(), snapshot });
    Dumped { block_height, block_hash, bytes, next }
}

fn go_on(chain: &Chain, after: Place) -> Result<Dumped, RpcError> {
    let Place { block_hash, entries, key_base64, snapshot } = after;
    let block = chain.block_by_hash(&block_hash).map_err(internal)?.ok_or_else(|| {
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
        Place { block_hash, entries, key_base64, snapshot }
    });
    let (block_height, bytes) = (block.height(), BASE64_STANDARD.encode(frames));
    Ok(Dumped { block_height, block_hash, bytes, next })
}

/// The block that is dumped is gone.
const CANNOT_DUMP: &str = "CANNOT_DUMP";
