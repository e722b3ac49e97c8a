//! Nonces that the chain accepts.

use super::Draft;
use crate::explain::repair::Repair;
use keyway_rules::{Rule, RuleVerdict, first_block_for_nonce};
use near_primitives::errors::InvalidTxError;
use near_primitives::transaction::TransactionNonce;

/// Kind, row, order, bound. Each is corrected once.
const RULES: [Rule; 4] = [Rule::NonceKind, Rule::NonceRow, Rule::Nonce, Rule::NonceBound];

/// Corrects as much of the nonce as possible.
pub(super) fn mend(mut draft: Draft<'_>) -> Draft<'_> {
    for _ in RULES {
        let Some(broken) = draft.broken(&RULES) else { break };
        let RuleVerdict::Fail { error } = broken.verdict else { break };
        let Some(repair) = repair(&draft, broken.rule, &error) else { break };
        apply(&mut draft, &repair);
        draft.steps.push(repair);
    }
    draft
}

fn repair(draft: &Draft<'_>, rule: Rule, error: &InvalidTxError) -> Option<Repair> {
    let scene = &draft.scene;
    let given = scene.transaction.nonce().nonce();
    match (rule, error) {
        (Rule::Nonce, InvalidTxError::InvalidNonce { ak_nonce, .. }) => {
            Some(Repair::UseNonce { nonce: ak_nonce.checked_add(1)? })
        }
        (Rule::NonceBound, _) => match scene.last_nonce().and_then(|last| last.checked_add(1)) {
            Some(nonce) if nonce != given => Some(Repair::UseNonce { nonce }),
            _ => Some(Repair::WaitForBlock { height: first_block_for_nonce(given) }),
        },
        (Rule::NonceKind | Rule::NonceRow, _) => {
            let key = scene.key.as_ref()?;
            match (key.next_nonce(), key.access_key.gas_key_info()) {
                (TransactionNonce::GasKeyNonce { nonce, nonce_index: index }, Some(info)) => {
                    Some(Repair::NameNonceIndex { index, rows: info.num_nonces, nonce })
                }
                (TransactionNonce::Nonce { nonce }, None) => {
                    Some(Repair::LeaveNonceIndexOut { nonce })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn apply(draft: &mut Draft<'_>, repair: &Repair) {
    let scene = &mut draft.scene;
    match repair {
        Repair::UseNonce { nonce } => scene.set_nonce(match scene.transaction.nonce() {
            TransactionNonce::GasKeyNonce { nonce_index, .. } => {
                TransactionNonce::from_nonce_and_index(*nonce, nonce_index)
            }
            TransactionNonce::Nonce { .. } => TransactionNonce::from_nonce(*nonce),
        }),
        Repair::NameNonceIndex { index, nonce, .. } => {
            scene.set_nonce(TransactionNonce::from_nonce_and_index(*nonce, *index));
        }
        Repair::LeaveNonceIndexOut { nonce } => {
            scene.set_nonce(TransactionNonce::from_nonce(*nonce));
        }
        Repair::WaitForBlock { height } => scene.height = *height,
        _ => {}
    }
}
