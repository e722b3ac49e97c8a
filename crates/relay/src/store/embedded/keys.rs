//! Keys of tables, as bytes that sort.

use crate::{AppName, IdempotencyKey, RequestId};

/// A time in milliseconds, big endian, and an id.
pub(super) type TimeAndId = [u8; 24];

pub(super) fn name(app: &AppName, key: &IdempotencyKey) -> String {
    // Neither contains a space.
    format!("{app} {key}")
}

pub(super) fn time_and_id(ms: u64, id: RequestId) -> TimeAndId {
    let mut key = [0; 24];
    key[..8].copy_from_slice(&ms.to_be_bytes());
    key[8..].copy_from_slice(id.as_bytes());
    key
}

pub(super) fn time_of(key: &TimeAndId) -> u64 {
    key[..8].try_into().map_or(0, u64::from_be_bytes)
}

pub(super) fn id_of(key: &TimeAndId) -> RequestId {
    let mut id = [0; 16];
    id.copy_from_slice(&key[8..]);
    RequestId::from_bytes(id)
}
