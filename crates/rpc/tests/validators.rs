//! Epochs that advance, and who validates them.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ALICE, VALIDATOR, call, public_key, result, sent, service, signed};
use keyway_rpc::Service;
use near_primitives::action::{Action, StakeAction};
use near_primitives::types::Balance;
use serde_json::{Value, json};

/// Alice stakes as much as the validator has.
async fn staked() -> Service {
    let service = service();
    let stake = Balance::from_near(50_000_000);
    let action = Action::Stake(Box::new(StakeAction { stake, public_key: public_key(ALICE) }));
    sent(&service, &signed(&service, 1, ALICE, vec![action])).await;
    service
}

async fn ask(service: &Service) -> Value {
    result(call(service, "validators", json!({"latest": null})).await)
}

async fn next_epoch(service: &Service) {
    result(call(service, "sandbox_fast_forward", json!({"delta_height": 60})).await);
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["account_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_stake_is_proposed_then_next_then_current() {
    let service = staked().await;
    let info = ask(&service).await;
    assert_eq!(names(&info["current_proposals"]), [ALICE]);
    assert_eq!(info["current_proposals"][0]["validator_stake_struct_version"], "V1");
    assert_eq!(
        (names(&info["current_validators"]), info["epoch_height"].clone()),
        (vec![VALIDATOR], json!(1))
    );

    next_epoch(&service).await;
    let info = ask(&service).await;
    let mut next = names(&info["next_validators"]);
    next.sort_unstable();
    assert_eq!(next, [ALICE, VALIDATOR]);
    assert_eq!(names(&info["current_validators"]), [VALIDATOR]);

    next_epoch(&service).await;
    let info = ask(&service).await;
    assert_eq!(names(&info["current_validators"]).len(), 2);
    assert_eq!(info["epoch_height"], 2);
}

#[tokio::test]
async fn only_the_running_epoch_is_told_shard_by_shard() {
    let service = service();
    let first = result(call(&service, "status", json!([])).await);
    let running = &ask(&service).await["current_validators"][0];
    assert_eq!(running["num_produced_chunks_per_shard"], json!([running["num_produced_chunks"]]));
    assert_eq!(running["shards_endorsed"], json!([0]));

    next_epoch(&service).await;
    let epoch = json!({"epoch_id": first["sync_info"]["epoch_id"]});
    let ended = result(call(&service, "validators", epoch).await);
    let ended = &ended["current_validators"][0];
    assert!(ended["num_produced_chunks"].as_u64().unwrap() > 0);
    assert_eq!((&ended["shards"], &ended["shards_endorsed"]), (&json!([0]), &json!([])));
    assert_eq!(ended["num_produced_chunks_per_shard"], json!([0]));
    assert_eq!(ended["num_produced_endorsements_per_shard"], json!([]));
}

#[tokio::test]
async fn only_the_producer_has_no_maintenance_window() {
    let service = staked().await;
    next_epoch(&service).await;
    next_epoch(&service).await;
    let windows = |account: &str| {
        let params = json!({"account_id": account});
        async { result(call(&service, "EXPERIMENTAL_maintenance_windows", params).await) }
    };
    assert_eq!(windows(VALIDATOR).await, json!([]));
    assert_eq!(windows(ALICE).await.as_array().unwrap().len(), 1, "here she produces nothing");
    let ordered = result(call(&service, "EXPERIMENTAL_validators_ordered", json!([null])).await);
    assert_eq!(names(&ordered).len(), 2);
}
