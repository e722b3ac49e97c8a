//! Keys that allow exactly what another key of the account allows.

use super::Case;
use super::evidence::Evidence;
use super::finding::Finding;
use crate::{GasBudget, Grant, KeyFacts, read_nonce};
use near_crypto::PublicKeyHandle;
use near_primitives::types::Balance;
use std::collections::{BTreeMap, HashSet};

/// Full-access keys are left out, because another rule reports several of them.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let held: HashSet<PublicKeyHandle> =
        case.own_files().map(|file| PublicKeyHandle::from(&file.public_key)).collect();
    let mut groups: BTreeMap<(bool, Grant), Vec<&KeyFacts>> = BTreeMap::new();
    for key in &case.account.keys {
        let grant = Grant::of(&key.access_key.permission);
        if grant != Grant::Everything {
            let is_gas_key = key.access_key.gas_key_info().is_some();
            groups.entry((is_gas_key, grant)).or_default().push(key);
        }
    }
    let duplicates = groups.into_iter().filter(|(_, keys)| keys.len() > 1);
    duplicates.flat_map(|((_, grant), keys)| group(case, &grant, &keys, &held)).collect()
}

/// A finding for each key of a group, except the one to keep.
fn group(
    case: &Case<'_>,
    grant: &Grant,
    keys: &[&KeyFacts],
    held: &HashSet<PublicKeyHandle>,
) -> Vec<Finding> {
    let used = |key: &KeyFacts| read_nonce(key, case.chain.height).is_used();
    let rank = |key: &&&KeyFacts| (used(key), held.contains(&key.public_key), budget(key));
    let Some(keep) = keys.iter().max_by_key(rank) else { return Vec::new() };
    let in_use = used(keep);
    let others = keys.iter().filter(|key| key.public_key != keep.public_key);
    let finding = |key: &&KeyFacts| {
        let same_as = keep.public_key.clone();
        let evidence = Evidence::DuplicateGrant { grant: grant.clone(), same_as, in_use };
        case.finding(Some(&key.public_key), evidence)
    };
    others.map(finding).collect()
}

/// What the key may spend on gas, yoctoNEAR; the maximum if it has no limit.
fn budget(key: &KeyFacts) -> Balance {
    GasBudget::of(&key.access_key.permission).limit().unwrap_or(Balance::MAX)
}
