//! Writes the records of a patch into the state and removes rows from it (`sandbox_patch_state`,
//! `keyway_patch`), without checking rules.

use crate::overlay::Overlay;
use crate::state::StateError;
use near_primitives::state_record::StateRecord;
use near_primitives::trie_key::TrieKey;
use near_primitives::types::StateChangeCause;

/// Removes the rows `removed`, then writes `records` as they are; the caller has checked that they do
/// not contradict each other.
pub(super) fn apply(
    overlay: &mut Overlay<'_>,
    removed: &[TrieKey],
    records: &[StateRecord],
) -> Result<(), StateError> {
    if removed.is_empty() && records.is_empty() {
        return Ok(());
    }
    removed.iter().for_each(|key| overlay.remove(key.clone()));
    for record in records {
        match record {
            StateRecord::Account { account_id, account } => {
                overlay.set_account(account_id, account)
            }
            StateRecord::AccessKey { account_id, public_key, access_key } => {
                overlay.set_access_key(account_id, public_key.clone(), access_key);
            }
            StateRecord::Contract { account_id, code } => {
                let account_id = account_id.clone();
                overlay.set(TrieKey::ContractCode { account_id }, code.clone());
            }
            StateRecord::Data { account_id, data_key, value } => {
                let (account_id, key) = (account_id.clone(), data_key.to_vec());
                overlay.set(TrieKey::ContractData { account_id, key }, value.to_vec());
            }
            other => {
                return Err(StateError::Corrupt {
                    what: format!("a patch with a record of {other}"),
                });
            }
        }
    }
    overlay.commit(&StateChangeCause::Migration);
    Ok(())
}
