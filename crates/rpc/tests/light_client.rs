//! A light client that trusts the genesis and verifies everything else.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, VALIDATOR, call, encoded, head, result, service, transfer};
use keyway_rpc::Service;
use near_crypto::PublicKey;
use near_primitives::block::BlockHeader;
use near_primitives::block_header::{
    Approval, ApprovalInner, compute_bp_hash_from_validator_stakes,
};
use near_primitives::hash::{CryptoHash, hash};
use near_primitives::merkle::{
    MerklePath, combine_hash, compute_root_from_path, verify_hash, verify_path,
};
use near_primitives::types::validator_stake::ValidatorStake;
use near_primitives::views::validator_stake_view::ValidatorStakeView;
use near_primitives::views::{
    BlockHeaderInnerLiteView, ExecutionOutcomeWithIdView, LightClientBlockLiteView,
    LightClientBlockView,
};
use serde_json::{Value, json};

/// What a light client keeps.
struct Client {
    hash: CryptoHash,
    lite: BlockHeaderInnerLiteView,
    producers: Vec<ValidatorStakeView>,
    next_producers: Vec<ValidatorStakeView>,
}

impl Client {
    /// Starts from the block at `height`, whose epoch and the next have the genesis validators.
    async fn at(service: &Service, height: u64) -> Client {
        let chain = service.node().snapshot();
        let header: BlockHeader = chain.block_by_height(height).unwrap().unwrap().header.clone();
        let validators =
            result(call(service, "EXPERIMENTAL_validators_ordered", json!([null])).await);
        let producers: Vec<ValidatorStakeView> = serde_json::from_value(validators).unwrap();
        let (hash, next_producers) = (*header.hash(), producers.clone());
        Client { hash, lite: header.into(), producers, next_producers }
    }

    /// Takes one step towards the head; the block's height, or none at the head.
    async fn step(&mut self, service: &Service) -> Option<u64> {
        let params = json!({"last_block_hash": self.hash});
        let answer = result(call(service, "next_light_client_block", params).await);
        if answer == json!({}) {
            return None;
        }
        let block: LightClientBlockView = serde_json::from_value(answer).unwrap();
        self.accept(block);
        Some(self.lite.height)
    }

    /// The checks of NEAR's specification of light clients.
    fn accept(&mut self, block: LightClientBlockView) {
        let lite = LightClientBlockLiteView {
            prev_block_hash: block.prev_block_hash,
            inner_rest_hash: block.inner_rest_hash,
            inner_lite: block.inner_lite.clone(),
        };
        let new_epoch = block.inner_lite.epoch_id == self.lite.next_epoch_id;
        assert!(block.inner_lite.height > self.lite.height);
        assert!(new_epoch || block.inner_lite.epoch_id == self.lite.epoch_id);
        let producers = if new_epoch { &self.next_producers } else { &self.producers };
        self.check_approvals(&block, lite.hash(), producers);
        let next = block.next_bps.unwrap();
        let stakes: Vec<ValidatorStake> = next.iter().cloned().map(Into::into).collect();
        let next_hash = compute_bp_hash_from_validator_stakes(&stakes, true);
        assert_eq!(next_hash, block.inner_lite.next_bp_hash);
        if new_epoch {
            self.producers = std::mem::replace(&mut self.next_producers, next);
        }
        (self.hash, self.lite) = (lite.hash(), block.inner_lite);
    }

    fn check_approvals(
        &self,
        block: &LightClientBlockView,
        hash: CryptoHash,
        producers: &[ValidatorStakeView],
    ) {
        let next_hash = combine_hash(&block.next_block_inner_hash, &hash);
        let endorsed = ApprovalInner::Endorsement(next_hash);
        let message = Approval::get_data_for_sig(&endorsed, block.inner_lite.height + 2);
        let (mut approved, mut total) = (0, 0);
        for (index, producer) in producers.iter().cloned().enumerate() {
            let producer: ValidatorStake = producer.into();
            let stake = producer.stake().as_near();
            total += stake;
            if let Some(signature) = &block.approvals_after_next[index] {
                let key: &PublicKey = producer.public_key();
                assert!(signature.verify(&message, key));
                approved += stake;
            }
        }
        assert!(approved * 3 > total * 2, "{approved} of {total}");
    }

    /// Verifies that `proof` shows an outcome of `id`; gives the outcome.
    fn verify(&self, id: &str, proof: &Value) -> ExecutionOutcomeWithIdView {
        let outcome: ExecutionOutcomeWithIdView =
            serde_json::from_value(proof["outcome_proof"].clone()).unwrap();
        assert_eq!(outcome.id.to_string(), id);
        let leaf = CryptoHash::hash_borsh(outcome.to_hashes());
        let shard_root = compute_root_from_path(&outcome.proof, leaf);
        let lite: LightClientBlockLiteView =
            serde_json::from_value(proof["block_header_lite"].clone()).unwrap();
        let path: MerklePath = serde_json::from_value(proof["outcome_root_proof"].clone()).unwrap();
        assert!(verify_path(lite.inner_lite.outcome_root, &path, shard_root));
        assert_eq!(outcome.block_hash, lite.hash());
        self.verify_block(proof, outcome.block_hash);
        outcome
    }

    /// Verifies that `proof` leads from the block `hash` to the client's.
    fn verify_block(&self, proof: &Value, hash: CryptoHash) {
        let lite: LightClientBlockLiteView =
            serde_json::from_value(proof["block_header_lite"].clone()).unwrap();
        assert_eq!(lite.hash(), hash);
        let path: MerklePath = serde_json::from_value(proof["block_proof"].clone()).unwrap();
        assert!(verify_hash(self.lite.block_merkle_root, &path, hash));
    }
}

/// A chain with one transfer; its hash and its receipts' ids.
async fn with_transfer() -> (Service, Value, Vec<Value>) {
    let service = service();
    let sent = encoded(&transfer(&service, 1));
    let done = result(call(&service, "send_tx", json!([sent])).await);
    let receipts = done["receipts_outcome"].as_array().unwrap();
    let ids = receipts.iter().map(|receipt| receipt["id"].clone()).collect();
    (service, done["transaction"]["hash"].clone(), ids)
}

#[tokio::test]
async fn a_transactions_and_its_receipts_outcomes_are_proved_down_from_the_head() {
    let (service, hash, receipts) = with_transfer().await;
    let mut client = Client::at(&service, 1).await;
    for _ in 0..4 {
        call(&service, "sandbox_fast_forward", json!({"delta_height": 1})).await;
    }
    assert!(client.step(&service).await.is_some());

    let params = json!({"type": "transaction", "transaction_hash": hash, "sender_id": ALICE,
        "light_client_head": client.hash});
    let proof = result(call(&service, "light_client_proof", params.clone()).await);
    let outcome = client.verify(hash.as_str().unwrap(), &proof);
    assert_eq!(outcome.outcome.executor_id, ALICE);
    assert_eq!(result(call(&service, "EXPERIMENTAL_light_client_proof", params).await), proof);

    assert!(receipts.len() > 1);
    for id in receipts {
        let params = json!({"type": "receipt", "receipt_id": id, "receiver_id": VALIDATOR,
            "light_client_head": client.hash});
        let proof = result(call(&service, "light_client_proof", params).await);
        client.verify(id.as_str().unwrap(), &proof);
    }
}

#[tokio::test]
async fn every_block_is_proved_from_a_later_one() {
    let (service, ..) = with_transfer().await;
    let mut client = Client::at(&service, 0).await;
    client.step(&service).await.unwrap();
    for height in 0..client.lite.height {
        let hash = *service.node().snapshot().block_by_height(height).unwrap().unwrap().hash();
        let params = json!({"block_hash": hash, "light_client_head": client.hash});
        let proof = result(call(&service, "EXPERIMENTAL_light_client_block_proof", params).await);
        client.verify_block(&proof, hash);
    }
    let params = json!({"block_hash": client.hash, "light_client_head": client.hash});
    let proof = result(call(&service, "EXPERIMENTAL_light_client_block_proof", params).await);
    assert_eq!(proof["block_proof"], json!([]));
}

#[tokio::test]
async fn a_client_follows_the_chain_through_epochs() {
    let service = service();
    let mut client = Client::at(&service, 0).await;
    result(call(&service, "sandbox_fast_forward", json!({"delta_height": 300})).await);
    let mut steps = 0;
    while client.step(&service).await.is_some() {
        steps += 1;
    }
    assert!(steps >= 4, "an epoch each: {steps}");
    assert_eq!(client.hash, *service.node().snapshot().final_head().hash());
    let same = result(call(&service, "next_light_client_block", json!([client.hash])).await);
    assert_eq!(same, json!({}));
}

#[tokio::test]
async fn what_cannot_be_proved_is_an_error_in_nearcores_words() {
    let (service, transaction, _) = with_transfer().await;
    let unknown = hash(b"unknown").to_string();
    let newest = head(&service).to_string();
    let genesis = service.node().snapshot().genesis_block().hash().to_string();
    let known = service.node().snapshot().final_head().hash().to_string();
    let proof = |hash: &Value, head: &str| {
        json!({"type": "transaction", "transaction_hash": hash, "sender_id": ALICE,
            "light_client_head": head})
    };
    let block = |hash: &str, head: &str| json!({"block_hash": hash, "light_client_head": head});
    let next = "next_light_client_block";
    let of_block = "EXPERIMENTAL_light_client_block_proof";
    let of_outcome = "light_client_proof";
    let not_here = format!("DB Not Found Error: BLOCK HEADER: {unknown}");
    let cases = [
        (
            next,
            json!([unknown]),
            200,
            "UNKNOWN_BLOCK",
            json!({"name": "UNKNOWN_BLOCK", "info": {}}),
        ),
        (of_block, block(&unknown, &known), 200, "UNKNOWN_BLOCK", json!(not_here)),
        (of_block, block(&genesis, &unknown), 200, "UNKNOWN_BLOCK", json!(not_here)),
        (
            of_block,
            block(&genesis, &newest),
            500,
            "INTERNAL_ERROR",
            json!(format!("Internal error: {newest} not on current chain")),
        ),
        (
            of_block,
            block(&known, &genesis),
            500,
            "INTERNAL_ERROR",
            json!(format!("Internal error: block {known} is ahead of head block {genesis}")),
        ),
        (
            of_outcome,
            proof(&json!(unknown), &known),
            200,
            "UNKNOWN_TRANSACTION_OR_RECEIPT",
            json!(format!("{unknown} does not exist")),
        ),
        (of_outcome, proof(&transaction, &unknown), 200, "UNKNOWN_BLOCK", json!(not_here)),
        (of_outcome, proof(&transaction, "x"), 400, "PARSE_ERROR", Value::Null),
        (next, json!({}), 400, "PARSE_ERROR", Value::Null),
    ];
    for (method, params, status, name, data) in cases {
        let (seen, answer) = call(&service, method, params).await;
        assert_eq!((seen, &answer["error"]["cause"]["name"]), (status, &json!(name)), "{answer}");
        if !data.is_null() {
            assert_eq!(answer["error"]["data"], data);
        }
    }
}
