//! The relayer over a sandbox, through its HTTP routes.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

#[path = "service/kit.rs"]
mod kit;
#[path = "service/rows.rs"]
mod rows;
#[path = "service/webhooks.rs"]
mod webhooks;

use keyway::client::BlockReference;
use keyway::{NearLiteral, NearToken, Signer, WaitUntil, transfer};
use keyway_relay::budget::{BudgetKey, Charge};
use keyway_relay::store::{Accepted, LaneId, NewRequest, Signed, Store};
use keyway_relay::{Ending, RequestId, State, Work};
use kit::{Kit, delegate_body};
use serde_json::{Value, json};
use std::time::Duration;

/// An intent: yoctoNEAR for Bob, for a user of the app.
fn gift(amount: &str, user: &str) -> Value {
    json!({"receiver": "bob.near", "actions": [{"Transfer": {"deposit": amount}}], "user": user})
}

#[tokio::test]
async fn a_user_without_near_acts() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    let before = kit.balance("relay.near").await;
    let body =
        delegate_body(&kit.delegate("alice.near", transfer(1.millinear()).to("bob.near")).await);
    let (status, answer) = kit.post(&relay, "/v1/relay?wait=10s", &body).await;
    assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{answer}");
    let paid = before.checked_sub(kit.balance("relay.near").await).unwrap();
    assert_eq!(answer["cost"], json!(paid.as_yoctonear().to_string()), "to one yoctoNEAR");
    assert_eq!(kit.balance("bob.near").await, 10.near().checked_add(1.millinear()).unwrap());
    let most: u128 = answer["most"].as_str().unwrap().parse().unwrap();
    assert!(paid.as_yoctonear() <= most, "{paid} of {most}");

    let [total] = kit.store.tallies(&[BudgetKey::Total]).await.unwrap()[..] else { panic!() };
    assert_eq!((total.spent, total.reserved), (paid, NearToken::ZERO));
    // It is known by its id, to this app alone.
    let path = format!("/v1/requests/{}", answer["id"].as_str().unwrap());
    assert_eq!(kit.get(&relay, &path).await, (200, answer));
    let (status, answer) = kit.get_as(&relay, &path, kit::OTHER_KEY).await;
    assert_eq!((status, &answer["error"]["kind"]), (404, &json!("Relay.Request.Unknown")));
}

#[tokio::test]
async fn a_request_that_is_made_twice_runs_once() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    let body =
        delegate_body(&kit.delegate("alice.near", transfer(1.millinear()).to("bob.near")).await);
    let (_, first) = kit.post(&relay, "/v1/relay", &body).await;
    let (_, second) = kit.post(&relay, "/v1/relay?wait=10s", &body).await;
    let (_, third) = kit.post(&relay, "/v1/relay", &body).await;
    assert_eq!((&first["id"], &second["id"]), (&second["id"], &third["id"]));
    assert_eq!(kit.balance("bob.near").await, 10.near().checked_add(1.millinear()).unwrap());
    let (status, answer) = kit.post_as(&relay, "/v1/relay", &body, kit::OTHER_KEY, None).await;
    assert_eq!((status, &answer["error"]["kind"]), (409, &json!("Relay.Delegate.OtherApp")));

    let intent = |amount: &str| gift(amount, "alice.near");
    let named = Some("order-7");
    let (status, first) =
        kit.post_as(&relay, "/v1/intents?wait=10s", &intent("5"), kit::KEY, named).await;
    assert_eq!((status, &first["state"]), (200, &json!("succeeded")), "{first}");
    let (_, again) = kit.post_as(&relay, "/v1/intents", &intent("5"), kit::KEY, named).await;
    assert_eq!(first, again);
    let (status, other) = kit.post_as(&relay, "/v1/intents", &intent("6"), kit::KEY, named).await;
    assert_eq!((status, &other["error"]["kind"]), (409, &json!("Relay.Idempotency.OtherBody")));
    assert_eq!(other["error"]["figures"]["request"], first["id"]);
}

#[tokio::test]
async fn what_the_chain_would_refuse_costs_nothing() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    let before = kit.balance("relay.near").await;
    let check = async |body: Value, kind: &str, words: &str| {
        let (status, answer) = kit.post(&relay, "/v1/relay?wait=1s", &body).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!((status, &answer["error"]["kind"]), (422, &json!(kind)), "{answer}");
        assert!(message.contains(words), "{message}");
    };
    // Its nonce is used up.
    let alice = kit.signer("alice.near");
    let used = alice.delegate(transfer(1.millinear()).to("bob.near"), 1_000).await.unwrap();
    alice.execute(transfer(1.millinear()).to("bob.near")).await.unwrap();
    check(delegate_body(&used), "Relay.Chain.WouldRefuseDelegate", "nonce").await;
    // Somebody changed what was signed.
    let mut forged = kit.delegate("alice.near", transfer(1.millinear()).to("bob.near")).await;
    forged.delegate_action.nonce += 1;
    check(delegate_body(&forged), "Relay.Chain.WouldRefuseDelegate", "not signed").await;
    // Nobody is there.
    let lost = kit.delegate("alice.near", transfer(1.millinear()).to("nobody.near")).await;
    check(delegate_body(&lost), "Relay.Chain.WouldFail", "nobody.near").await;
    assert_eq!(kit.balance("relay.near").await, before);
    let [total] = kit.store.tallies(&[BudgetKey::Total]).await.unwrap()[..] else { panic!() };
    assert_eq!((total.spent, total.reserved), (NearToken::ZERO, NearToken::ZERO));
}

#[tokio::test]
async fn hostile_callers_get_typed_errors() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    let check = async |path: &str, body: &str, key: &str, status: u16, kind: &str| {
        let (got, answer) = kit.send(&relay, "POST", path, body.to_owned(), key, None).await;
        assert_eq!((got, &answer["error"]["kind"]), (status, &json!(kind)), "{path} {answer}");
        assert!(answer["error"]["message"].is_string());
    };
    check("/v1/relay", "{}", "wrong", 401, "Relay.Unauthorized").await;
    check("/v1/relay", "{}", kit::KEY, 400, "Relay.Body.NotRead").await;
    check("/v1/relay", "{\"delegate\": 1", kit::KEY, 400, "Relay.Body.NotRead").await;
    check("/v1/relay", "{\"delegate\": \"%\"}", kit::KEY, 400, "Relay.Body.NotWork").await;
    check("/v1/relay", "{\"delegate\": \"AAAA\"}", kit::KEY, 400, "Relay.Body.NotWork").await;
    check(
        "/v1/relay",
        "{\"delegate\": \"AAAA\", \"more\": 1}",
        kit::KEY,
        400,
        "Relay.Body.NotRead",
    )
    .await;
    check("/v1/relay?wait=soon", "{}", kit::KEY, 400, "Relay.Body.NotRead").await;
    let deep = format!("{{\"signed_delegate\": {}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    check("/v1/relay", &deep, kit::KEY, 400, "Relay.Body.NotRead").await;
    let large = format!("{{\"delegate\": \"{}\"}}", "A".repeat(70_000));
    check("/v1/relay", &large, kit::KEY, 413, "Relay.Body.TooLarge").await;
    check(
        "/v1/intents",
        "{\"receiver\": \"bob.near\", \"actions\": []}",
        kit::KEY,
        400,
        "Relay.Body.NotWork",
    )
    .await;
    let shouting = "{\"receiver\": \"BOB\", \"actions\": []}";
    check("/v1/intents", shouting, kit::KEY, 400, "Relay.Body.NotRead").await;
    // The policy allows transfers only.
    let deletes = "{\"receiver\": \"bob.near\", \"actions\": [{\"DeleteAccount\": {\"beneficiary_id\": \"eve.near\"}}]}";
    check("/v1/intents", deletes, kit::KEY, 403, "Relay.Policy.Refused").await;
    // One call may cost 1 NEAR.
    let rich = "{\"receiver\": \"bob.near\", \"actions\": [{\"Transfer\": {\"deposit\": \"2000000000000000000000000\"}}]}";
    check("/v1/intents", rich, kit::KEY, 403, "Relay.Policy.Refused").await;
    let (status, _) = kit.get(&relay, "/v1/requests/zz").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_budget_ends_at_its_last_yoctonear() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    // The app has 3 NEAR a day.
    let intent = |user: &str| gift("900000000000000000000000", user);
    for user in ["a.near", "b.near", "c.near"] {
        let (status, answer) = kit.post(&relay, "/v1/intents?wait=10s", &intent(user)).await;
        assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{answer}");
    }
    let (status, answer) = kit.post(&relay, "/v1/intents", &intent("d.near")).await;
    assert_eq!((status, &answer["error"]["kind"]), (403, &json!("Relay.Budget.Exceeded")));
    let figures = &answer["error"]["figures"];
    assert_eq!(figures["limit"], json!("3000000000000000000000000"));
    let spent: u128 = figures["spent"].as_str().unwrap().parse().unwrap();
    let needed: u128 = figures["needed"].as_str().unwrap().parse().unwrap();
    assert!(
        spent < 3_000_000_000_000_000_000_000_000
            && spent + needed > 3_000_000_000_000_000_000_000_000
    );
}

/// What an instance stored and perhaps sent before it died.
async fn left_behind(kit: &Kit, amount: u128, is_sent: bool) -> RequestId {
    let deposit = NearToken::from_yoctonear(amount);
    let relayer = kit.signer("relay.near");
    let intent = transfer(deposit).to("bob.near");
    let signed = relayer.sign(intent).await.unwrap();
    let actions = signed.transaction.actions().to_vec();
    let work = Work::intent("bob.near".parse().unwrap(), actions, None).unwrap();
    let id = RequestId::new(1_790_000_000_000, [7; 10]);
    let new = NewRequest {
        id,
        app: "game".parse().unwrap(),
        work,
        idempotency_key: None,
        most: 1.near(),
        charges: vec![Charge { key: BudgetKey::Total, limit: None }],
    };
    assert!(matches!(kit.store.accept(new).await.unwrap(), Accepted::New(_)));
    let public_key = signed.transaction.public_key().clone();
    let lane = LaneId { account_id: "relay.near".parse().unwrap(), public_key, row: None };
    let leases =
        kit.store.lease(&[lane], &"dead".parse().unwrap(), Duration::ZERO, 1).await.unwrap();
    let client = kit.sandbox.client();
    let base =
        client.at(BlockReference::Hash(*signed.transaction.block_hash())).block().await.unwrap();
    let bytes = Signed::new(&signed, base.height);
    assert!(kit.store.begin(&leases[0].fence, id, bytes).await.unwrap());
    if is_sent {
        client.send(&signed, WaitUntil::Final).await.unwrap();
    }
    id
}

#[tokio::test]
async fn an_instance_finishes_what_a_dead_one_left() {
    for is_sent in [true, false] {
        let kit = Kit::new().await;
        let id = left_behind(&kit, 5, is_sent).await;
        let relay = kit.start().await;
        let request =
            relay.request(&"game".parse().unwrap(), id, Duration::from_secs(20)).await.unwrap();
        assert!(
            matches!(request.ending(), Some(Ending::Succeeded { .. })),
            "{is_sent}: {request:?}"
        );
        let expected = 10.near().checked_add(NearToken::from_yoctonear(5)).unwrap();
        assert_eq!(kit.balance("bob.near").await, expected, "{is_sent}: it ran once");
        // The lane is free again.
        let intent = gift("5", "alice.near");
        let (status, answer) = kit.post(&relay, "/v1/intents?wait=10s", &intent).await;
        assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{answer}");
    }
}

#[tokio::test]
async fn a_request_that_waits_can_be_cancelled() {
    let kit = Kit::new().await;
    // Somebody else holds the only lane.
    let relayer: Signer = kit.signer("relay.near");
    let public_key = kit.relay_key.public_key().clone();
    let lane = LaneId { account_id: relayer.account_id().clone(), public_key, row: None };
    let hour = Duration::from_secs(3_600);
    let held = kit.store.lease(&[lane], &"other".parse().unwrap(), hour, 1).await.unwrap();
    let relay = kit.start().await;
    let (status, why) = kit.get_text(&relay, "/ready").await;
    assert_eq!(
        (status, why.as_str()),
        (503, "not ready: this instance holds no lane whose key can sign\n")
    );
    let intent = gift("5", "alice.near");
    let (status, queued) = kit.post(&relay, "/v1/intents", &intent).await;
    assert_eq!((status, &queued["state"]), (202, &json!("queued")));
    let path = format!("/v1/requests/{}", queued["id"].as_str().unwrap());
    let (status, cancelled) =
        kit.send(&relay, "DELETE", &path, String::new(), kit::KEY, None).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    let (status, again) = kit.send(&relay, "DELETE", &path, String::new(), kit::KEY, None).await;
    assert_eq!((status, &again["state"]), (200, &json!("cancelled")), "it stays so");
    kit.store.release(&[held[0].fence.clone()]).await.unwrap();
    let id = queued["id"].as_str().unwrap().parse().unwrap();
    let kept = kit.store.request(id).await.unwrap().unwrap();
    assert!(matches!(kept.state, State::Ended { ending: Ending::Cancelled, .. }));
    let [total] = kit.store.tallies(&[BudgetKey::Total]).await.unwrap()[..] else { panic!() };
    assert_eq!((total.spent, total.reserved), (NearToken::ZERO, NearToken::ZERO));
}

#[tokio::test]
async fn figures_and_health_need_no_key() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    assert_eq!(kit.get_text(&relay, "/health").await, (200, "ok\n".to_owned()));
    assert_eq!(kit.get_text(&relay, "/ready").await, (200, "ready\n".to_owned()));
    let (status, figures) = kit.get_text(&relay, "/metrics").await;
    assert_eq!(status, 200);
    assert!(figures.contains("keyway_relay_lanes 1"), "{figures}");
    let (status, description) = kit.get_text(&relay, "/openapi.json").await;
    assert_eq!((status, description), (200, keyway_relay::api::openapi()));
}

#[tokio::test]
async fn many_requests_of_one_user_run_in_order() {
    let kit = Kit::new().await;
    let relay = kit.start().await;
    let alice = kit.signer("alice.near");
    let mut answers = Vec::new();
    for _ in 0..8 {
        let signed = alice.delegate(transfer(1.millinear()).to("bob.near"), 1_000).await.unwrap();
        let (status, answer) = kit.post(&relay, "/v1/relay", &delegate_body(&signed)).await;
        assert!(status == 200 || status == 202, "{answer}");
        answers.push(answer["id"].as_str().unwrap().parse::<RequestId>().unwrap());
    }
    for id in answers {
        let request =
            relay.request(&"game".parse().unwrap(), id, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(request.ending(), Some(Ending::Succeeded { .. })), "{request:?}");
    }
}

#[tokio::test]
async fn a_simulation_finds_what_would_fail() {
    let kit = Kit::new().await;
    let relay = kit.start_with("[checks]\noutlook = false\nsimulate = true\n").await;
    let before = kit.balance("relay.near").await;
    let lost = kit.delegate("alice.near", transfer(1.millinear()).to("nobody.near")).await;
    let (status, answer) = kit.post(&relay, "/v1/relay?wait=5s", &delegate_body(&lost)).await;
    assert_eq!(
        (status, &answer["error"]["kind"]),
        (422, &json!("Relay.Chain.WouldFail")),
        "{answer}"
    );
    assert_eq!(kit.balance("relay.near").await, before);
    let sound = kit.delegate("alice.near", transfer(1.millinear()).to("bob.near")).await;
    let (status, answer) = kit.post(&relay, "/v1/relay?wait=10s", &delegate_body(&sound)).await;
    assert_eq!((status, &answer["state"]), (200, &json!("succeeded")), "{answer}");
}
