//! Rules about the files in which an account's keys rest.

use super::Case;
use super::evidence::Evidence;
use super::finding::Finding;
use super::input::Credential;
use crate::Grant;
use near_crypto::PublicKeyHandle;
use std::collections::HashMap;

pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let on_chain: HashMap<&PublicKeyHandle, Grant> = (case.account.keys.iter())
        .map(|key| (&key.public_key, Grant::of(&key.access_key.permission)))
        .collect();
    let mut findings = Vec::new();
    for file in case.own_files() {
        let public_key = PublicKeyHandle::from(&file.public_key);
        // What a key that is not on the chain yet will allow is not known: the worst is assumed.
        let grant = on_chain.get(&public_key).cloned();
        let missing = grant.is_none();
        let about = [
            open(file),
            plain_text(file, grant.unwrap_or(Grant::Everything)),
            missing.then(|| Evidence::CredentialNotOnChain { path: file.path.clone() }),
        ];
        let finding = |evidence| case.finding(Some(&public_key), evidence);
        findings.extend(about.into_iter().flatten().map(finding));
    }
    findings
}

/// Whether a file with these Unix permission bits can be opened by others than its owner.
///
/// ```
/// assert!(keyway_guard::is_open_to_others(0o640));
/// assert!(!keyway_guard::is_open_to_others(0o600));
/// ```
#[must_use]
pub fn is_open_to_others(mode: u32) -> bool {
    mode & 0o077 != 0
}

fn open(file: &Credential) -> Option<Evidence> {
    let mode = file.mode?;
    is_open_to_others(mode).then(|| Evidence::OpenCredential { path: file.path.clone(), mode })
}

fn plain_text(file: &Credential, grant: Grant) -> Option<Evidence> {
    (!file.encrypted).then(|| Evidence::PlainTextCredential { path: file.path.clone(), grant })
}
