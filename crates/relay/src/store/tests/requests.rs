//! Requests: kept once, found, cancelled, pruned.

use super::*;

pub(super) async fn all(store: &Arc<dyn Store>) {
    a_request_is_kept_as_it_was_made(store).await;
    the_same_key_is_the_same_request(store).await;
    a_delegate_action_runs_for_one_request(store).await;
    a_queued_request_can_be_cancelled(store).await;
    old_requests_are_pruned(store).await;
}

async fn a_request_is_kept_as_it_was_made(store: &Arc<dyn Store>) {
    let new = new_request("kept", 5);
    let request = accepted(store, new.clone()).await;
    assert_eq!((request.id, &request.work, request.signatures), (new.id, &new.work, 0));
    assert_eq!(request.state, State::Queued);
    assert_eq!(store.request(new.id).await.unwrap(), Some(request.clone()));
    assert_eq!(store.request(random_id()).await.unwrap(), None);
    let queued = store.queued(Duration::ZERO, 1_000).await.unwrap();
    assert!(queued.contains(&request));
    assert!(!store.queued(LONG, 1_000).await.unwrap().contains(&request), "it is too young");
    assert!(store.queued(Duration::ZERO, 0).await.unwrap().is_empty());
}

async fn the_same_key_is_the_same_request(store: &Arc<dyn Store>) {
    let key: IdempotencyKey = "order-1".parse().unwrap();
    let named =
        |amount| NewRequest { idempotency_key: Some(key.clone()), ..new_request("named", amount) };
    let first = accepted(store, named(5)).await;
    assert_eq!(store.named(&app("named"), &key).await.unwrap(), Some(first.clone()));
    assert_eq!(store.accept(named(5)).await.unwrap(), Accepted::Before(Box::new(first.clone())));
    assert_eq!(store.accept(named(6)).await.unwrap(), Accepted::OtherBody(first.id));
    let [tally] = store.tallies(&[BudgetKey::App(app("named"))]).await.unwrap()[..] else {
        panic!("one counter")
    };
    assert_eq!(tally.reserved, yocto(5), "reserved once");
    // Another app may use the same word.
    accepted(store, NewRequest { app: app("named-2"), ..named(6) }).await;
    assert_eq!(store.named(&app("named-3"), &key).await.unwrap(), None);

    // Many at once: one of them is new.
    let racing: IdempotencyKey = "race".parse().unwrap();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, key) = (store.clone(), Some(racing.clone()));
            let new = NewRequest { idempotency_key: key, ..new_request("named", 5) };
            tokio::spawn(async move { store.accept(new).await.unwrap() })
        })
        .collect();
    let mut ids = Vec::new();
    let mut fresh = 0;
    for task in tasks {
        match task.await.unwrap() {
            Accepted::New(request) => {
                fresh += 1;
                ids.push(request.id);
            }
            Accepted::Before(request) => ids.push(request.id),
            other => panic!("{other:?}"),
        }
    }
    ids.dedup();
    assert_eq!((fresh, ids.len()), (1, 1));
}

async fn a_delegate_action_runs_for_one_request(store: &Arc<dyn Store>) {
    let new =
        |name, nonce| NewRequest { work: delegate("alice.near", nonce), ..new_request(name, 1) };
    let digest = delegate("alice.near", 1).digest();
    assert_eq!(store.relayed(digest).await.unwrap(), None);
    let first = accepted(store, new("relayed", 1)).await;
    assert_eq!(store.relayed(digest).await.unwrap(), Some(first.clone()));
    let again = store.accept(new("relayed", 1)).await.unwrap();
    assert_eq!(again, Accepted::Before(Box::new(first.clone())));
    assert_eq!(store.accept(new("relayed-2", 1)).await.unwrap(), Accepted::OtherApp);
    accepted(store, new("relayed-2", 2)).await;
    // It never ran, so somebody else may run it.
    store.drop_queued(first.id, Ending::Cancelled, None).await.unwrap();
    assert_eq!(store.relayed(digest).await.unwrap(), None);
    accepted(store, new("relayed-2", 1)).await;
}

async fn a_queued_request_can_be_cancelled(store: &Arc<dyn Store>) {
    let request = accepted(store, new_request("cancelled", 5)).await;
    let ended = store.drop_queued(request.id, Ending::Cancelled, None).await.unwrap().unwrap();
    assert_eq!(ended.ending(), Some(&Ending::Cancelled));
    let refused = Ending::Refused { kind: "Late".to_owned(), message: "too late".to_owned() };
    let again = store.drop_queued(request.id, refused, None).await.unwrap().unwrap();
    assert_eq!(again.ending(), Some(&Ending::Cancelled), "it had ended");
    assert_eq!(store.drop_queued(random_id(), Ending::Cancelled, None).await.unwrap(), None);
    let tallies = store.tallies(&[BudgetKey::App(app("cancelled"))]).await.unwrap();
    assert_eq!(tallies, [Tally::default()]);
    assert!(!store.queued(Duration::ZERO, 1_000).await.unwrap().contains(&request));

    let lane = lane("cancelled.near", None);
    let lease = leased(store, &lane, "a", LONG).await;
    let sent = accepted(store, new_request("cancelled", 5)).await;
    assert!(store.begin(&lease.fence, sent.id, signed(&lane, 1)).await.unwrap());
    let kept = store.drop_queued(sent.id, Ending::Cancelled, None).await.unwrap().unwrap();
    assert!(matches!(kept.state, State::Sent { .. }), "what is sent is not cancelled");
    assert!(
        !store.begin(&lease.fence, request.id, signed(&lane, 2)).await.is_ok_and(|begun| begun)
    );
}

async fn old_requests_are_pruned(store: &Arc<dyn Store>) {
    let key: IdempotencyKey = "old".parse().unwrap();
    let named = || NewRequest { idempotency_key: Some(key.clone()), ..new_request("pruned", 5) };
    let request = accepted(store, named()).await;
    let waiting = accepted(store, new_request("pruned", 5)).await;
    store.drop_queued(request.id, Ending::Cancelled, None).await.unwrap();
    store.prune(LONG, 1_000).await.unwrap();
    assert!(store.request(request.id).await.unwrap().is_some(), "it is not old enough");
    // Whatever ended before this millisecond is old.
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert!(store.prune(Duration::ZERO, 1_000).await.unwrap() > 0);
    assert_eq!(store.request(request.id).await.unwrap(), None);
    assert!(store.request(waiting.id).await.unwrap().is_some(), "it has not ended");
    accepted(store, named()).await;
}
