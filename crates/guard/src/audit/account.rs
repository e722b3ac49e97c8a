//! Rules about an account as a whole.

use super::Case;
use super::evidence::Evidence;
use super::finding::Finding;
use crate::KeyFacts;
use near_crypto::PublicKeyHandle;
use near_primitives::version::ProtocolFeature;

pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let full: Vec<&KeyFacts> =
        case.account.keys.iter().filter(|key| key.is_full_access()).collect();
    let mut findings = Vec::new();
    if full.is_empty() {
        findings.push(no_full_access_key(case));
    }
    if full.len() > 1 {
        // One finding for each key, so that a baseline does not accept future keys.
        findings.extend(full.iter().map(|key| {
            let evidence = Evidence::SeveralFullAccessKeys { full_access_keys: full.len() };
            case.finding(Some(&key.public_key), evidence)
        }));
    }
    if lacks_post_quantum(case, &full) {
        let evidence = Evidence::NoPostQuantumKey { full_access_keys: full.len() };
        findings.push(case.finding(None, evidence));
    }
    findings
}

fn no_full_access_key(case: &Case<'_>) -> Finding {
    let evidence = Evidence::NoFullAccessKey {
        function_call_keys: case.account.keys.len(),
        has_contract: case.account.account.contract().is_some(),
    };
    case.finding(None, evidence)
}

fn lacks_post_quantum(case: &Case<'_>, full: &[&KeyFacts]) -> bool {
    case.chain.protocol.has(ProtocolFeature::PostQuantumSignatures)
        && !full.is_empty()
        && !full.iter().any(|key| matches!(key.public_key, PublicKeyHandle::MlDsa65(_)))
}
