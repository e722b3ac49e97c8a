//! Rules about the files that hold an account's secrets.

use super::Case;
use super::evidence::Evidence;
use super::finding::Finding;
use super::input::Credential;
use crate::Grant;
use near_crypto::PublicKeyHandle;
use std::collections::BTreeMap;

/// A key with several files makes one finding that lists all of them.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let mut by_key: BTreeMap<PublicKeyHandle, Vec<&Credential>> = BTreeMap::new();
    for file in case.own_files() {
        by_key.entry(PublicKeyHandle::from(&file.public_key)).or_default().push(file);
    }
    let mut findings = Vec::new();
    for (public_key, files) in &by_key {
        let key = case.account.key(public_key);
        let mut found = open(files, key.is_some());
        found.extend(match key {
            Some(key) => plain_text(files, &Grant::of(&key.access_key.permission)),
            None => not_on_chain(files),
        });
        findings.extend(found.into_iter().map(|it| case.finding(Some(public_key), it)));
    }
    findings
}

/// Whether users other than the owner can open a file with these Unix permission bits.
///
/// ```
/// assert!(keyway_guard::is_open_to_others(0o640));
/// assert!(!keyway_guard::is_open_to_others(0o600));
/// ```
#[must_use]
pub fn is_open_to_others(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// One finding for each set of permission bits that lets others in.
fn open(files: &[&Credential], on_chain: bool) -> Vec<Evidence> {
    let mut by_mode: BTreeMap<u32, Vec<&Credential>> = BTreeMap::new();
    for file in files {
        if let Some(mode) = file.mode.filter(|mode| is_open_to_others(*mode)) {
            by_mode.entry(mode).or_default().push(file);
        }
    }
    let evidence = |(mode, files): (u32, Vec<&Credential>)| {
        let (path, also) = paths(&files)?;
        Some(Evidence::OpenCredential { path, also, mode, on_chain })
    };
    by_mode.into_iter().filter_map(evidence).collect()
}

fn plain_text(files: &[&Credential], grant: &Grant) -> Option<Evidence> {
    let plain: Vec<&Credential> = files.iter().copied().filter(|file| !file.encrypted).collect();
    let (path, also) = paths(&plain)?;
    Some(Evidence::PlainTextCredential { path, also, grant: grant.clone() })
}

/// A finding for keys that the account does not have. What they would allow is unknown.
fn not_on_chain(files: &[&Credential]) -> Option<Evidence> {
    let (path, also) = paths(files)?;
    Some(Evidence::CredentialNotOnChain { path, also })
}

/// The first path and the others, sorted; `None` if there is none.
fn paths(files: &[&Credential]) -> Option<(String, Vec<String>)> {
    let mut paths: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
    paths.sort();
    let mut paths = paths.into_iter();
    Some((paths.next()?, paths.collect()))
}
