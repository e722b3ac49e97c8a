//! Bytes are kept before they are sent, one transaction a lane, until their fate is proved.

use super::*;

pub(super) async fn all(store: &Arc<dyn Store>) {
    a_lane_carries_one_transaction(store).await;
    one_of_two_instances_signs(store).await;
    what_can_never_run_is_queued_again(store).await;
    the_next_holder_finds_the_bytes(store).await;
}

async fn a_lane_carries_one_transaction(store: &Arc<dyn Store>) {
    let lane = lane("busy.near", Some(4));
    let (first, second) = (
        accepted(store, new_request("busy", 5)).await,
        accepted(store, new_request("busy", 6)).await,
    );
    let lease = leased(store, &lane, "a", LONG).await;
    assert!(store.begin(&lease.fence, first.id, signed(&lane, 1)).await.unwrap());
    let busy = store.begin(&lease.fence, second.id, signed(&lane, 2)).await;
    assert!(matches!(busy, Err(StoreError::LaneBusy(of)) if of == lane));
    let hash = signed(&lane, 1).hash;
    let other = store.end(&lease.fence, second.id, succeeded(hash, 1), None).await;
    assert!(matches!(other, Err(StoreError::NotOnLane(of)) if of == lane));
    store.end(&lease.fence, first.id, succeeded(hash, 1), None).await.unwrap();
    let ended = store.request(first.id).await.unwrap().unwrap();
    assert_eq!(ended.ending(), Some(&succeeded(hash, 1)));
    assert_eq!(ended.signatures, 1);
    let twice = store.end(&lease.fence, first.id, succeeded(hash, 1), None).await;
    assert!(matches!(twice, Err(StoreError::NotOnLane(_))), "it ended before");
    assert!(store.begin(&lease.fence, second.id, signed(&lane, 2)).await.unwrap(), "it is free");
}

async fn one_of_two_instances_signs(store: &Arc<dyn Store>) {
    let request = accepted(store, new_request("two", 5)).await;
    let lanes: Vec<_> = (0..8).map(|row| lane("two.near", Some(row))).collect();
    let leases = store.lease(&lanes, &instance("a"), LONG, 8).await.unwrap();
    let tasks: Vec<_> = leases
        .into_iter()
        .map(|Lease { fence, .. }| {
            let store = store.clone();
            let signed = signed(&fence.lane, 1);
            tokio::spawn(async move { store.begin(&fence, request.id, signed).await.unwrap() })
        })
        .collect();
    let mut begun = 0;
    for task in tasks {
        begun += u32::from(task.await.unwrap());
    }
    assert_eq!(begun, 1);
}

async fn what_can_never_run_is_queued_again(store: &Arc<dyn Store>) {
    let lane = lane("again.near", None);
    let request = accepted(store, new_request("again", 5)).await;
    let lease = leased(store, &lane, "a", LONG).await;
    assert!(store.begin(&lease.fence, request.id, signed(&lane, 1)).await.unwrap());
    store.requeue(&lease.fence, request.id).await.unwrap();
    let queued = store.request(request.id).await.unwrap().unwrap();
    assert_eq!((queued.state, queued.signatures), (State::Queued, 1));
    let tallies = store.tallies(&[BudgetKey::App(app("again"))]).await.unwrap();
    assert_eq!(tallies[0].reserved, yocto(5), "the reservation stays");
    assert!(store.begin(&lease.fence, request.id, signed(&lane, 2)).await.unwrap());
    let sent = store.request(request.id).await.unwrap().unwrap();
    assert_eq!(sent.signatures, 2);
    assert!(matches!(sent.state, State::Sent { hash, .. } if hash == signed(&lane, 2).hash));
}

async fn the_next_holder_finds_the_bytes(store: &Arc<dyn Store>) {
    let lane = lane("found.near", Some(1_023));
    let request = accepted(store, new_request("found", 5)).await;
    let lease = leased(store, &lane, "a", Duration::ZERO).await;
    assert!(store.begin(&lease.fence, request.id, signed(&lane, 41)).await.unwrap());
    let next = leased(store, &lane, "b", LONG).await;
    let (id, bytes) = next.unproved.unwrap();
    assert_eq!((id, next.last_nonce), (request.id, Some(41)));
    assert_eq!(bytes.transaction().unwrap().get_hash(), bytes.hash);
    // A lower nonce does not replace a higher one.
    store.requeue(&next.fence, id).await.unwrap();
    assert!(store.begin(&next.fence, id, signed(&lane, 7)).await.unwrap());
    store.requeue(&next.fence, id).await.unwrap();
    store.release(&[next.fence]).await.unwrap();
    let after = leased(store, &lane, "c", LONG).await;
    assert_eq!((after.last_nonce, after.unproved), (Some(41), None));
}
