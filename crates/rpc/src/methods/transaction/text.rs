//! The answer to a transaction as JSON.
//!
//! It has the form of nearcore's types, with hashes, keys and signatures by a faster encoder.

use super::outcome::Ceilings;
use crate::base58::{Hash, public_key, signature};
use crate::methods::reply::{Json, Reply};
use near_crypto::{PublicKey, Signature};
use near_primitives::merkle::{Direction, MerklePathItem};
use near_primitives::transaction::NonceMode;
use near_primitives::types::{AccountId, Balance, Gas, Nonce, NonceIndex};
use near_primitives::views::{
    ActionView, ExecutionMetadataView, ExecutionOutcomeView, ExecutionOutcomeWithIdView,
    ExecutionStatusView, FinalExecutionOutcomeView, FinalExecutionStatus, ReceiptView,
    SignedTransactionView, TxExecutionStatus,
};
use serde::Serialize;

/// The answer with a transaction's outcomes, on a fork with the most gas that each would have burnt on
/// the network, and with its receipts if they were requested.
///
/// # Errors
/// As [`Json::of`].
pub(super) fn answer(
    outcome: &FinalExecutionOutcomeView,
    ceilings: Option<&Ceilings>,
    receipts: Option<&[ReceiptView]>,
    reached: &TxExecutionStatus,
) -> Reply {
    let with_id = |ran| OutcomeWithId::of(ran, ceilings);
    Json::of(&Answer {
        status: &outcome.status,
        transaction: Transaction::of(&outcome.transaction),
        transaction_outcome: with_id(&outcome.transaction_outcome),
        receipts_outcome: outcome.receipts_outcome.iter().map(with_id).collect(),
        receipts,
        final_execution_status: reached,
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a FinalExecutionStatus,
    transaction: Transaction<'a>,
    transaction_outcome: OutcomeWithId<'a>,
    receipts_outcome: Vec<OutcomeWithId<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<&'a [ReceiptView]>,
    final_execution_status: &'a TxExecutionStatus,
}

#[derive(Serialize)]
struct Transaction<'a> {
    signer_id: &'a AccountId,
    #[serde(serialize_with = "public_key")]
    public_key: &'a PublicKey,
    nonce: Nonce,
    receiver_id: &'a AccountId,
    actions: &'a [ActionView],
    priority_fee: u64,
    #[serde(serialize_with = "signature")]
    signature: &'a Signature,
    hash: Hash,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce_index: Option<NonceIndex>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce_mode: Option<NonceMode>,
}

#[derive(Serialize)]
struct OutcomeWithId<'a> {
    proof: Vec<Step<'a>>,
    block_hash: Hash,
    id: Hash,
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
struct Step<'a> {
    hash: Hash,
    direction: &'a Direction,
}

#[derive(Serialize)]
struct Outcome<'a> {
    logs: &'a [String],
    receipt_ids: Vec<Hash>,
    gas_burnt: Gas,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_burnt_at_most: Option<Gas>,
    tokens_burnt: Balance,
    executor_id: &'a AccountId,
    status: Status<'a>,
    metadata: &'a ExecutionMetadataView,
}

/// The one status with a hash in it, and the others.
#[derive(Serialize)]
#[serde(untagged)]
enum Status<'a> {
    Receipt {
        #[serde(rename = "SuccessReceiptId")]
        id: Hash,
    },
    Other(&'a ExecutionStatusView),
}

impl<'a> Transaction<'a> {
    fn of(view: &'a SignedTransactionView) -> Self {
        Self {
            signer_id: &view.signer_id,
            public_key: &view.public_key,
            nonce: view.nonce,
            receiver_id: &view.receiver_id,
            actions: &view.actions,
            priority_fee: view._priority_fee,
            signature: &view.signature,
            hash: Hash(view.hash),
            nonce_index: view.nonce_index,
            nonce_mode: view.nonce_mode,
        }
    }
}

impl<'a> OutcomeWithId<'a> {
    fn of(view: &'a ExecutionOutcomeWithIdView, ceilings: Option<&Ceilings>) -> Self {
        let step =
            |step: &'a MerklePathItem| Step { hash: Hash(step.hash), direction: &step.direction };
        Self {
            proof: view.proof.iter().map(step).collect(),
            block_hash: Hash(view.block_hash),
            id: Hash(view.id),
            outcome: Outcome {
                gas_burnt_at_most: ceilings.and_then(|known| known.get(&view.id)).copied(),
                ..Outcome::of(&view.outcome)
            },
        }
    }
}

impl<'a> Outcome<'a> {
    fn of(view: &'a ExecutionOutcomeView) -> Self {
        Self {
            logs: &view.logs,
            receipt_ids: view.receipt_ids.iter().copied().map(Hash).collect(),
            gas_burnt: view.gas_burnt,
            gas_burnt_at_most: None,
            tokens_burnt: view.tokens_burnt,
            executor_id: &view.executor_id,
            status: match &view.status {
                ExecutionStatusView::SuccessReceiptId(id) => Status::Receipt { id: Hash(*id) },
                other => Status::Other(other),
            },
            metadata: &view.metadata,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use near_crypto::{KeyType, PublicKey, Signature};
    use near_jsonrpc_primitives::types::transactions::RpcTransactionResponse;
    use near_primitives::hash::hash;
    use near_primitives::views::{
        FinalExecutionOutcomeViewEnum, FinalExecutionOutcomeWithReceiptView,
    };
    use serde_json::json;

    fn seen() -> FinalExecutionOutcomeView {
        let name = |text: &str| hash(text.as_bytes()).to_string();
        let outcome = json!({
            "proof": [
                {"hash": name("left"), "direction": "Left"},
                {"hash": name("right"), "direction": "Right"},
            ],
            "block_hash": name("block"),
            "id": name("receipt"),
            "outcome": {
                "logs": ["done"],
                "receipt_ids": [name("next")],
                "gas_burnt": 7,
                "tokens_burnt": "8",
                "executor_id": "alice.near",
                "status": {"SuccessReceiptId": name("next")},
                "metadata": {"version": 1, "gas_profile": null},
            },
        });
        serde_json::from_value(json!({
            "status": {"SuccessValue": ""},
            "transaction": {
                "signer_id": "alice.near",
                "public_key": PublicKey::empty(KeyType::ED25519),
                "nonce": 1,
                "receiver_id": "bob.near",
                "actions": [{"Transfer": {"deposit": "1"}}],
                "priority_fee": 0,
                "signature": Signature::empty(KeyType::ED25519),
                "hash": name("transaction"),
            },
            "transaction_outcome": outcome,
            "receipts_outcome": [outcome, outcome],
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(ours: Reply, theirs: FinalExecutionOutcomeViewEnum) {
        let theirs = RpcTransactionResponse {
            final_execution_outcome: Some(theirs),
            final_execution_status: TxExecutionStatus::Final,
        };
        assert_eq!(ours.unwrap().0, serde_json::to_string(&theirs).unwrap());
    }

    #[test]
    fn the_form_is_nearcores() {
        use FinalExecutionOutcomeViewEnum::{
            FinalExecutionOutcome, FinalExecutionOutcomeWithReceipt,
        };
        let (seen, last) = (seen(), TxExecutionStatus::Final);
        check(answer(&seen, None, None, &last), FinalExecutionOutcome(seen.clone()));
        let mut other = seen.clone();
        other.transaction.nonce_index = Some(3);
        other.transaction.nonce_mode = Some(NonceMode::Strict);
        other.transaction_outcome.outcome.status = ExecutionStatusView::SuccessValue(vec![1, 2]);
        other.receipts_outcome[0].outcome.status = ExecutionStatusView::Unknown;
        check(answer(&other, None, None, &last), FinalExecutionOutcome(other.clone()));
        let final_outcome = seen.clone();
        let more = FinalExecutionOutcomeWithReceiptView { final_outcome, receipts: Vec::new() };
        check(answer(&seen, None, Some(&[]), &last), FinalExecutionOutcomeWithReceipt(more));
    }

    #[test]
    fn on_a_fork_each_outcome_has_the_most_gas_that_it_would_have_burnt() {
        let (seen, last) = (seen(), TxExecutionStatus::Final);
        let ceilings = Ceilings::from([(hash(b"receipt"), Gas::from_gas(9))]);
        let text = answer(&seen, Some(&ceilings), None, &last).unwrap().0;
        let text: serde_json::Value = serde_json::from_str(&text).unwrap();
        for outcome in [&text["transaction_outcome"], &text["receipts_outcome"][1]] {
            assert_eq!(outcome["outcome"]["gas_burnt"], 7);
            assert_eq!(outcome["outcome"]["gas_burnt_at_most"], 9);
        }
    }
}
