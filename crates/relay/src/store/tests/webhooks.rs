//! Webhooks are kept with the end of their request, and until they are delivered or given up.

use super::*;

pub(super) async fn all(store: &Arc<dyn Store>) {
    a_webhook_is_due_until_it_is_deleted(store).await;
    a_request_that_ends_early_has_one(store).await;
}

async fn a_request_that_ends_early_has_one(store: &Arc<dyn Store>) {
    let request = accepted(store, new_request("early", 5)).await;
    let webhook = Webhook { id: request.id, app: app("early"), body: "{}".to_owned(), attempts: 0 };
    let refused = || Ending::Refused { kind: "Late".to_owned(), message: "too late".to_owned() };
    for _ in 0..2 {
        store.drop_queued(request.id, refused(), Some(webhook.clone())).await.unwrap();
    }
    assert_eq!(store.due_webhooks(10, LONG).await.unwrap(), [webhook], "one for one end");
    store.delete_webhook(request.id).await.unwrap();
}

async fn a_webhook_is_due_until_it_is_deleted(store: &Arc<dyn Store>) {
    let lane = lane("hook.near", None);
    let request = accepted(store, new_request("hook", 5)).await;
    let lease = leased(store, &lane, "a", LONG).await;
    let bytes = signed(&lane, 1);
    assert!(store.begin(&lease.fence, request.id, bytes.clone()).await.unwrap());
    let body = "{}".to_owned();
    let webhook = Webhook { id: request.id, app: app("hook"), body, attempts: 0 };
    let ending = succeeded(bytes.hash, 1);
    store.end(&lease.fence, request.id, ending, Some(webhook.clone())).await.unwrap();

    let due = store.due_webhooks(10, LONG).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&webhook));
    assert!(store.due_webhooks(10, LONG).await.unwrap().is_empty(), "another instance sends it");
    store.delay_webhook(request.id, Duration::ZERO).await.unwrap();
    let again = store.due_webhooks(10, LONG).await.unwrap();
    assert_eq!(again, [Webhook { attempts: 1, ..webhook }]);
    store.delay_webhook(request.id, LONG).await.unwrap();
    assert!(store.due_webhooks(10, LONG).await.unwrap().is_empty(), "it pauses");
    store.delete_webhook(request.id).await.unwrap();
    store.delay_webhook(request.id, Duration::ZERO).await.unwrap();
    assert!(store.due_webhooks(10, LONG).await.unwrap().is_empty(), "it is deleted");
}
