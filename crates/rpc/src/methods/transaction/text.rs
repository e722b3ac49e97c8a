//! The answer to a transaction as JSON.
//!
//! Its form is that of nearcore's types. These write each hash digit by digit, and proofs are full
//! of hashes, so that a node would spend as much on the answer as on the chain. Here proofs and
//! names are written by a faster encoder; tests hold the two against each other.

use crate::methods::reply::{Json, Reply};
use five8::{BASE58_ENCODED_32_MAX_LEN, encode_32};
use near_primitives::hash::CryptoHash;
use near_primitives::merkle::{Direction, MerklePathItem};
use near_primitives::views::{
    ExecutionOutcomeView, ExecutionOutcomeWithIdView, FinalExecutionOutcomeView,
    FinalExecutionStatus, ReceiptView, SignedTransactionView, TxExecutionStatus,
};
use serde::ser::Error;
use serde::{Serialize, Serializer};

/// What became of a transaction, with the receipts where they were asked for.
///
/// # Errors
/// As [`Json::of`].
pub(super) fn answer(
    outcome: &FinalExecutionOutcomeView,
    receipts: Option<&[ReceiptView]>,
    reached: &TxExecutionStatus,
) -> Reply {
    Json::of(&Answer {
        status: &outcome.status,
        transaction: &outcome.transaction,
        transaction_outcome: Outcome::of(&outcome.transaction_outcome),
        receipts_outcome: outcome.receipts_outcome.iter().map(Outcome::of).collect(),
        receipts,
        final_execution_status: reached,
    })
}

#[derive(Serialize)]
struct Answer<'a> {
    status: &'a FinalExecutionStatus,
    transaction: &'a SignedTransactionView,
    transaction_outcome: Outcome<'a>,
    receipts_outcome: Vec<Outcome<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<&'a [ReceiptView]>,
    final_execution_status: &'a TxExecutionStatus,
}

#[derive(Serialize)]
struct Outcome<'a> {
    proof: Vec<Step<'a>>,
    #[serde(serialize_with = "base58")]
    block_hash: &'a CryptoHash,
    #[serde(serialize_with = "base58")]
    id: &'a CryptoHash,
    outcome: &'a ExecutionOutcomeView,
}

#[derive(Serialize)]
struct Step<'a> {
    #[serde(serialize_with = "base58")]
    hash: &'a CryptoHash,
    direction: &'a Direction,
}

impl<'a> Outcome<'a> {
    fn of(view: &'a ExecutionOutcomeWithIdView) -> Self {
        let step = |step: &'a MerklePathItem| Step { hash: &step.hash, direction: &step.direction };
        Self {
            proof: view.proof.iter().map(step).collect(),
            block_hash: &view.block_hash,
            id: &view.id,
            outcome: &view.outcome,
        }
    }
}

fn base58<S: Serializer>(hash: &CryptoHash, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = [0; BASE58_ENCODED_32_MAX_LEN];
    let length = encode_32(hash.as_bytes(), &mut text);
    let text = std::str::from_utf8(&text[..usize::from(length)]).map_err(S::Error::custom)?;
    serializer.serialize_str(text)
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
        check(answer(&seen, None, &last), FinalExecutionOutcome(seen.clone()));
        let final_outcome = seen.clone();
        let more = FinalExecutionOutcomeWithReceiptView { final_outcome, receipts: Vec::new() };
        check(answer(&seen, Some(&[]), &last), FinalExecutionOutcomeWithReceipt(more));
    }

    #[test]
    fn hashes_are_written_as_nearcore_writes_them() {
        let zeros = CryptoHash::default();
        let mut small = zeros;
        small.0[31] = 1;
        let some = (0..1_000_u64).map(|number| hash(&number.to_le_bytes()));
        for hash in some.chain([zeros, small, CryptoHash([255; 32])]) {
            let ours = base58(&hash, serde_json::value::Serializer).unwrap();
            assert_eq!(ours, serde_json::to_value(hash).unwrap());
        }
    }
}
