//! Leases exclude each other, and a late write is refused.

use super::*;

pub(super) async fn all(store: &Arc<dyn Store>) {
    a_lane_has_one_holder(store).await;
    an_expired_lease_passes_on_with_a_higher_number(store).await;
    a_lease_is_renewed_and_returned(store).await;
    a_late_write_is_refused(store).await;
    many_who_lease_at_once_share_the_lanes(store).await;
    the_lanes_of_an_account_are_listed(store).await;
}

async fn a_lane_has_one_holder(store: &Arc<dyn Store>) {
    let lanes =
        [lane("held.near", Some(0)), lane("held.near", Some(1)), lane("held.near", Some(2))];
    let first = store.lease(&lanes, &instance("a"), LONG, 2).await.unwrap();
    assert_eq!(first.len(), 2);
    let second = store.lease(&lanes, &instance("b"), LONG, 5).await.unwrap();
    let [second] = &second[..] else { panic!("{second:?}") };
    assert!(first.iter().all(|lease| lease.fence.lane != second.fence.lane));
    assert!(store.lease(&lanes, &instance("a"), LONG, 5).await.unwrap().is_empty());
}

async fn an_expired_lease_passes_on_with_a_higher_number(store: &Arc<dyn Store>) {
    let lane = lane("expired.near", None);
    let first = leased(store, &lane, "a", Duration::ZERO).await;
    assert_eq!((first.last_nonce, &first.unproved), (None, &None));
    let second = leased(store, &lane, "b", LONG).await;
    assert!(second.fence.number > first.fence.number);
    // The number grows over a return, too.
    store.release(std::slice::from_ref(&second.fence)).await.unwrap();
    let third = leased(store, &lane, "b", LONG).await;
    assert!(third.fence.number > second.fence.number);
}

async fn a_lease_is_renewed_and_returned(store: &Arc<dyn Store>) {
    let lane = lane("renewed.near", None);
    let lease = leased(store, &lane, "a", Duration::ZERO).await;
    let held = std::slice::from_ref(&lease.fence);
    assert_eq!(store.renew(held, LONG).await.unwrap(), held);
    let others = store.lease(std::slice::from_ref(&lane), &instance("b"), LONG, 1).await.unwrap();
    assert!(others.is_empty(), "it is renewed");
    store.release(held).await.unwrap();
    let next = leased(store, &lane, "b", LONG).await;
    assert!(store.renew(held, LONG).await.unwrap().is_empty(), "it is lost");
    // A late return does not return the lane of another.
    store.release(held).await.unwrap();
    let held = std::slice::from_ref(&next.fence);
    assert_eq!(store.renew(held, LONG).await.unwrap(), held);
}

async fn a_late_write_is_refused(store: &Arc<dyn Store>) {
    let lane = lane("late.near", None);
    let request = accepted(store, new_request("late", 5)).await;
    let late = leased(store, &lane, "a", Duration::ZERO).await;
    let now = leased(store, &lane, "b", LONG).await;
    let begun = store.begin(&late.fence, request.id, signed(&lane, 1)).await;
    let fenced = |error: &StoreError| {
        matches!(error, StoreError::Fenced { number, now: newest, .. }
            if *number == late.fence.number && *newest == now.fence.number)
    };
    assert!(begun.is_err_and(|error| fenced(&error)));
    assert_eq!(store.request(request.id).await.unwrap().unwrap().state, State::Queued);

    let hash = signed(&lane, 1).hash;
    assert!(store.begin(&now.fence, request.id, signed(&lane, 1)).await.unwrap());
    let end = store.end(&late.fence, request.id, succeeded(hash, 1), None).await;
    assert!(end.is_err_and(|error| fenced(&error)));
    assert!(store.requeue(&late.fence, request.id).await.is_err_and(|error| fenced(&error)));
    store.end(&now.fence, request.id, succeeded(hash, 1), None).await.unwrap();
}

async fn many_who_lease_at_once_share_the_lanes(store: &Arc<dyn Store>) {
    let lanes: Vec<_> = (0..32).map(|row| lane("shared.near", Some(row))).collect();
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (store, lanes) = (store.clone(), lanes.clone());
            let owner = instance(&format!("racer-{number}"));
            tokio::spawn(async move { store.lease(&lanes, &owner, LONG, 7).await.unwrap() })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.unwrap().into_iter().map(|lease| lease.fence.lane));
    }
    let count = taken.len();
    taken.sort();
    taken.dedup();
    assert_eq!(count, taken.len(), "no lane is leased twice");
    assert!(count <= 32);
}

async fn the_lanes_of_an_account_are_listed(store: &Arc<dyn Store>) {
    let listed = async || {
        let mut lanes = store.lanes(&account("listed.near")).await.unwrap();
        lanes.sort_by(|one, other| one.lane.cmp(&other.lane));
        lanes.into_iter().map(|it| (it.lane.row, it.leased, it.unproved)).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, []);
    let (busy, idle, expired) =
        (lane("listed.near", Some(1)), lane("listed.near", Some(2)), lane("listed.near", Some(3)));
    // Its name begins alike, and it is another account's.
    let _other = leased(store, &lane("listed.near.near", None), "a", LONG).await;
    let _expired = leased(store, &expired, "a", Duration::ZERO).await;
    let held = [leased(store, &busy, "a", LONG).await, leased(store, &idle, "a", LONG).await];
    let request = accepted(store, new_request("listed", 5)).await;
    assert!(store.begin(&held[0].fence, request.id, signed(&busy, 1)).await.unwrap());
    let (one, two, three) = (Some(1), Some(2), Some(3));
    assert_eq!(listed().await, [(one, true, true), (two, true, false), (three, false, false)]);
    store.release(&held.map(|lease| lease.fence)).await.unwrap();
    assert_eq!(listed().await, [(one, false, true), (two, false, false), (three, false, false)]);
}
