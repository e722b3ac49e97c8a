//! `keyway_snapshot_*` and `keyway_reset`: named snapshots of the chain, and its first block.

use super::Control;
use super::head::Head;
use crate::methods::reply::{Reply, reply};
use crate::params;
use keyway_chain::{Chain, Input, SnapshotInfo, rfc3339};
use near_primitives::hash::CryptoHash;
use near_primitives::types::BlockHeight;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    name: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

/// A snapshot, as answers show it.
#[derive(Serialize)]
struct Snapshot {
    name: String,
    note: String,
    parent: Option<String>,
    height: BlockHeight,
    hash: CryptoHash,
    /// The time of its newest block, RFC 3339.
    time: String,
    /// When it was saved, RFC 3339.
    saved: String,
    /// Whether the chain comes from it.
    current: bool,
}

#[derive(Serialize)]
struct List {
    snapshots: Vec<Snapshot>,
}

/// The chain after it went back.
#[derive(Serialize)]
struct Back {
    #[serde(flatten)]
    head: Head,
    /// The height that it had before.
    left_height: BlockHeight,
}

#[derive(Serialize)]
struct Reset {
    #[serde(flatten)]
    back: Back,
    /// The names of the snapshots that were deleted.
    deleted_snapshots: Vec<String>,
}

/// Saves the chain as it is: `{name, note}`.
pub(in crate::methods) fn save(control: &Control<'_>, params: Value) -> Reply {
    let Save { name, note } = params::named(params)?;
    control.apply(Input::SaveSnapshot { name: name.clone(), note })?;
    reply(find(&control.node.snapshot(), &name))
}

/// All snapshots, in the order in which they were saved: `{}`.
pub(in crate::methods) fn list(control: &Control<'_>, params: Value) -> Reply {
    params::none(params)?;
    let snapshots = control.node.snapshot().snapshots().into_iter().map(Snapshot::from).collect();
    reply(List { snapshots })
}

/// Goes back to a snapshot: `{name}`.
pub(in crate::methods) fn revert(control: &Control<'_>, params: Value) -> Reply {
    let Name { name } = params::named(params)?;
    let left = control.node.snapshot();
    control.apply(Input::Revert { name })?;
    reply(Back::of(control, &left))
}

/// Deletes a snapshot: `{name}`.
pub(in crate::methods) fn delete(control: &Control<'_>, params: Value) -> Reply {
    let Name { name } = params::named(params)?;
    let before = control.node.snapshot();
    control.apply(Input::DeleteSnapshot { name: name.clone() })?;
    reply(find(&before, &name))
}

/// Goes back to the chain's first block and deletes all snapshots: `{}`.
pub(in crate::methods) fn reset(control: &Control<'_>, params: Value) -> Reply {
    params::none(params)?;
    let left = control.node.snapshot();
    control.apply(Input::Reset)?;
    let deleted_snapshots = left.snapshots().into_iter().map(|info| info.name).collect();
    reply(Reset { back: Back::of(control, &left), deleted_snapshots })
}

/// None when another caller deleted it meanwhile.
fn find(chain: &Chain, name: &str) -> Option<Snapshot> {
    chain.snapshot(name).map(Snapshot::from)
}

impl Back {
    fn of(control: &Control<'_>, left: &Chain) -> Self {
        Self { head: Head::of(&control.node.snapshot()), left_height: left.head().height() }
    }
}

impl From<SnapshotInfo> for Snapshot {
    fn from(info: SnapshotInfo) -> Self {
        Self {
            name: info.name,
            note: info.note,
            parent: info.parent,
            height: info.height,
            hash: info.block_hash,
            time: rfc3339(info.block_time_ns),
            saved: rfc3339(info.saved_ns),
            current: info.current,
        }
    }
}
