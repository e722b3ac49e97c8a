//! A contract's storage, and what access to it costs.
//!
//! A write or a removal pays for every trie node on the way to its key, as the trie was before the
//! block. A read finds its value through flat storage and pays for the value alone.

use crate::overlay::{Found, NodesTouched, Overlay};
use crate::recorder::StorageAccess;
use crate::state::StateError;
use near_primitives::trie_key::TrieKey;
use near_vm_runner::logic::errors::AnyError;
use near_vm_runner::logic::{StorageAccessTracker, VMLogicError, ValuePtr};

pub(super) type VmResult<T> = Result<T, VMLogicError>;

/// Writes `value`; returns the value that was there.
pub(super) fn write(
    overlay: &mut Overlay<'_>,
    fees: &mut dyn StorageAccessTracker,
    key: TrieKey,
    value: &[u8],
) -> VmResult<Option<Vec<u8>>> {
    let (evicted, nodes) =
        old_value(overlay, &key, |bytes| fees.deref_write_evicted_value_bytes(bytes))?;
    charge(fees, nodes)?;
    if let Some(recorder) = overlay.recorder() {
        let (key, before) = (data_key(&key), evicted.as_deref());
        recorder.storage(StorageAccess::Write { key, before, after: value });
    }
    overlay.set(key, value.to_vec());
    Ok(evicted)
}

/// Removes a value; returns what was there.
pub(super) fn remove(
    overlay: &mut Overlay<'_>,
    fees: &mut dyn StorageAccessTracker,
    key: TrieKey,
) -> VmResult<Option<Vec<u8>>> {
    let (removed, nodes) = old_value(overlay, &key, |bytes| fees.deref_removed_value_bytes(bytes))?;
    overlay.record_removal();
    if let Some(recorder) = overlay.recorder() {
        let (key, before) = (data_key(&key), removed.as_deref());
        recorder.storage(StorageAccess::Remove { key, before });
    }
    overlay.remove(key);
    charge(fees, nodes)?;
    Ok(removed)
}

/// The value that a write or a removal finds, and the nodes on the way to it. Its bytes are charged
/// by `charge_bytes` before anything else.
fn old_value(
    overlay: &Overlay<'_>,
    key: &TrieKey,
    charge_bytes: impl FnOnce(u64) -> VmResult<()>,
) -> VmResult<(Option<Vec<u8>>, NodesTouched)> {
    let (found, nodes) = overlay.find_through_trie(key).map_err(external)?;
    let Some(found) = found else { return Ok((None, nodes)) };
    charge_bytes(found.len() as u64)?;
    let nodes = nodes.plus(overlay.touch_value(&found));
    Ok((Some(found.load().map_err(external)?.to_vec()), nodes))
}

/// A value that can be measured before it is read.
pub(super) fn find<'o>(
    overlay: &'o Overlay<'_>,
    key: TrieKey,
) -> VmResult<Option<Box<dyn ValuePtr + 'o>>> {
    let found = overlay.find_recorded(&key).map_err(external)?;
    if let (None, Some(recorder)) = (&found, overlay.recorder()) {
        recorder.storage(StorageAccess::Read { key: data_key(&key), value: None });
    }
    Ok(found.map(|found| Box::new(Stored { overlay, key, found }) as Box<dyn ValuePtr>))
}

/// Whether there is a value.
pub(super) fn has(overlay: &Overlay<'_>, key: &TrieKey) -> VmResult<bool> {
    let found = overlay.find_recorded(key).map_err(external)?.is_some();
    if let Some(recorder) = overlay.recorder() {
        recorder.storage(StorageAccess::Has { key: data_key(key), found });
    }
    Ok(found)
}

/// The key as the contract names it.
fn data_key(key: &TrieKey) -> &[u8] {
    match key {
        TrieKey::ContractData { key, .. } => key,
        _ => &[],
    }
}

/// An error of the state, as the VM carries it.
pub(super) fn external(error: StateError) -> VMLogicError {
    VMLogicError::ExternalError(AnyError::new(error))
}

/// A value found, not yet read: reading it touches one more node.
struct Stored<'o, 's> {
    overlay: &'o Overlay<'s>,
    key: TrieKey,
    found: Found<'o>,
}

impl ValuePtr for Stored<'_, '_> {
    fn len(&self) -> u32 {
        u32::try_from(self.found.len()).unwrap_or(u32::MAX)
    }

    fn deref(&self, fees: &mut dyn StorageAccessTracker) -> VmResult<Vec<u8>> {
        charge(fees, self.overlay.touch_value(&self.found))?;
        let value = self.found.load().map_err(external)?.to_vec();
        if let Some(recorder) = self.overlay.recorder() {
            let (key, value) = (data_key(&self.key), Some(value.as_slice()));
            recorder.storage(StorageAccess::Read { key, value });
        }
        Ok(value)
    }
}

fn charge(fees: &mut dyn StorageAccessTracker, nodes: NodesTouched) -> VmResult<()> {
    fees.trie_node_touched(nodes.fresh)?;
    fees.cached_trie_node_access(nodes.cached)
}
