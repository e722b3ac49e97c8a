//! Acting from pages: forms, reviews, operations, chain control, and who may.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

mod support;

use keyway::protocol::CryptoHash;
use keyway::trace::Status;
use keyway::{GasBudget, KeyPair, NearLiteral, Sandbox, add_function_call_key};
use support::Browser;

#[tokio::test]
async fn a_transfer_is_reviewed_before_it_is_sent() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let form = [("account", "alice.near"), ("to", "bob.near"), ("amount", "1.5 NEAR")];
    let review = browser.post("/act/send", &form).await;
    assert_eq!(review.status, 200, "{}", review.text);
    assert!(review.text.contains("transfer 1.5 NEAR"), "{}", review.text);
    assert!(review.text.contains("by chain control"), "{}", review.text);
    assert_eq!(sandbox.balance("bob.near").unwrap(), 10.near(), "nothing was sent yet");
    let done = browser.post("/act/submit", &review.hidden()).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let hash: CryptoHash = done.location.rsplit('/').next().unwrap().parse().unwrap();
    assert!(matches!(sandbox.trace(&hash).unwrap().status, Status::Succeeded(_)));
    assert_eq!(sandbox.balance("bob.near").unwrap(), 11_500.millinear());
}

#[tokio::test]
async fn a_development_key_signs_where_there_is_one() {
    let sandbox = chain();
    let pair = KeyPair::random_ed25519();
    sandbox
        .create_account("carol.near")
        .balance(10.near())
        .key_pair(pair.clone())
        .create()
        .unwrap();
    let browser = Browser::with_keys(&sandbox, move |account| {
        (account == "carol.near").then(|| pair.clone())
    })
    .await;
    let form = [("account", "carol.near"), ("to", "bob.near"), ("amount", "1 NEAR")];
    let review = browser.post("/act/send", &form).await;
    assert!(review.text.contains("development key"), "{}", review.text);
    let done = browser.post("/act/submit", &review.hidden()).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(sandbox.balance("bob.near").unwrap(), 11.near());
    // While blocks are sealed by hand, it waits, and the page says so.
    assert_eq!(browser.post("/control/sealing", &[("mode", "off")]).await.status, 303);
    let review = browser.post("/act/send", &form).await;
    let done = browser.post("/act/submit", &review.hidden()).await;
    assert_eq!(done.status, 202, "{}", done.text);
    assert!(done.text.contains("waits for a block"), "{}", done.text);
    assert_eq!(browser.post("/control/mine", &[("blocks", "5")]).await.status, 303);
    assert_eq!(sandbox.balance("bob.near").unwrap(), 12.near());
    assert_eq!(browser.post("/control/sealing", &[("mode", "on")]).await.status, 303);
    // Without chain control, nobody acts for an account without a development key.
    let form = [("account", "alice.near"), ("to", "bob.near"), ("amount", "1 NEAR")];
    let review = browser.without_control().await.post("/act/send", &form).await;
    assert!(review.text.contains("This cannot be sent"), "{}", review.text);
}

#[tokio::test]
async fn a_key_without_limits_that_nobody_chose_is_an_error() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let form = [("account", "alice.near"), ("access", "calls"), ("contract", "game.near")];
    let again = browser.post("/act/add-key", &form).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("name at least one method"), "{}", again.text);
    assert!(again.text.contains("choose what pays"), "{}", again.text);
    assert!(!again.text.contains("Secret key"), "{}", again.text);
}

#[tokio::test]
async fn a_new_secret_is_shown_before_the_key_is_added_and_must_be_saved() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let form = [
        ("account", "alice.near"),
        ("access", "calls"),
        ("contract", "game.near"),
        ("methods", "play"),
        ("pays", "allowance"),
        ("allowance", "0.25 NEAR"),
    ];
    let review = browser.post("/act/add-key", &form).await;
    let secret = review.between("aria-label=\"Secret key\">", "</pre>").to_owned();
    let pair: KeyPair = secret.parse().unwrap();
    let mut order = review.hidden();
    let refused = browser.post("/act/submit", &order).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("go back, save it"), "{}", refused.text);
    assert_eq!(sandbox.access_keys("alice.near").unwrap().len(), 1);
    order.push(("saved", "on"));
    let done = browser.post("/act/submit", &order).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let keys = sandbox.access_keys("alice.near").unwrap();
    assert!(keys.iter().any(|key| key.public_key == pair.public_key().into()));
    assert!(!done.location.contains(&secret) && !done.text.contains(&secret));
}

#[tokio::test]
async fn the_last_key_is_deleted_only_when_the_name_is_typed() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let key = sandbox.access_keys("alice.near").unwrap()[0].public_key.to_string();
    let review = browser.post("/act/delete-key", &[("account", "alice.near"), ("key", &key)]).await;
    assert!(
        review.text.contains("No full-access key of alice.near will be left"),
        "{}",
        review.text
    );
    let mut order = review.hidden();
    assert_eq!(browser.post("/act/submit", &order).await.status, 422);
    order.push(("confirm", "bob.near"));
    assert_eq!(browser.post("/act/submit", &order).await.status, 422);
    assert_eq!(sandbox.access_keys("alice.near").unwrap().len(), 1);
    order.pop();
    order.push(("confirm", "alice.near"));
    assert_eq!(browser.post("/act/submit", &order).await.status, 303);
    assert!(sandbox.access_keys("alice.near").unwrap().is_empty());
}

#[tokio::test]
async fn a_rotated_key_keeps_its_permission() {
    let sandbox = chain();
    let old = KeyPair::random_ed25519();
    let add = add_function_call_key(old.public_key(), "game.near").functions(["play"]);
    let add = add.gas_budget(GasBudget::limit(1.near()));
    sandbox.impersonate("alice.near").unwrap().execute(add).unwrap();
    let browser = Browser::signed_in(&sandbox).await;
    let key = old.public_key().to_string();
    let review = browser.post("/act/rotate", &[("account", "alice.near"), ("key", &key)]).await;
    let secret = review.between("aria-label=\"Secret key\">", "</pre>").to_owned();
    let new: KeyPair = secret.parse().unwrap();
    let mut order = review.hidden();
    order.push(("saved", "on"));
    assert_eq!(browser.post("/act/submit", &order).await.status, 303);
    let keys = sandbox.access_keys("alice.near").unwrap();
    let find = |pair: &KeyPair| {
        keys.iter().find(|key| key.public_key == pair.public_key().into()).cloned()
    };
    assert_eq!(find(&old), None);
    let permission = find(&new).unwrap().access_key.permission;
    let calls = permission.function_call_permission().unwrap();
    assert_eq!(
        (calls.method_names.as_slice(), calls.allowance),
        (&["play".to_owned()][..], Some(1.near()))
    );
}

#[tokio::test]
async fn a_gas_key_is_added_with_its_balance_which_is_not_burnt_unasked() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let pair = KeyPair::random_ed25519();
    let key = pair.public_key().to_string();
    let form = [
        ("account", "alice.near"),
        ("key", &*key),
        ("access", "full"),
        ("pays", "key"),
        ("rows", "4"),
        ("fund", "0.5 NEAR"),
    ];
    let review = browser.post("/act/add-key", &form).await;
    assert!(!review.text.contains("Secret key"), "{}", review.text);
    assert_eq!(browser.post("/act/submit", &review.hidden()).await.status, 303);
    let added = sandbox.access_key("alice.near", pair.public_key()).unwrap();
    assert_eq!(
        added.gas_key_info().map(|info| (info.balance, info.num_nonces)),
        Some((500.millinear(), 4))
    );
    let delete = browser.post("/act/delete-key", &[("account", "alice.near"), ("key", &key)]).await;
    assert!(delete.text.contains("0.5 NEAR, which will be burnt"), "{}", delete.text);
    assert_eq!(browser.post("/act/submit", &delete.hidden()).await.status, 422);
}

#[tokio::test]
async fn nothing_acts_without_the_token_or_from_elsewhere() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let form = [("account", "alice.near"), ("to", "bob.near"), ("amount", "1 NEAR")];
    let review = browser.post("/act/send", &form).await;
    let order = review.hidden();
    for other in [browser.signed_out(), browser.elsewhere()] {
        assert_eq!(other.post("/act/submit", &order).await.status, 403);
        assert_eq!(other.post("/control/reset", &[("confirmed", "on")]).await.status, 403);
    }
    assert_eq!(sandbox.balance("bob.near").unwrap(), 10.near());
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_and_nothing_else() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    let order = [("operation", "send"), ("account", "alice.near"), ("receiver", "bob.near")];
    for actions in ["", "!", "AAAA", "/////w=="] {
        let mut order = order.to_vec();
        order.push(("actions", actions));
        assert_eq!(browser.post("/act/submit", &order).await.status, 400, "{actions}");
    }
    assert_eq!(browser.post("/act/destroy", &[]).await.status, 404);
    assert_eq!(browser.post("/control/destroy", &[]).await.status, 404);
    assert_eq!(browser.get("/act/%3Cscript%3E").await.status, 404);
}

#[tokio::test]
async fn explaining_needs_no_token() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await.signed_out();
    let key = KeyPair::random_ed25519();
    let add = add_function_call_key(key.public_key(), "game.near").functions(["play"]);
    let add = add.gas_budget(GasBudget::limit(10.millinear()));
    sandbox.impersonate("alice.near").unwrap().execute(add).unwrap();
    let call = "do=call&account=alice.near&contract=game.near&method=play&gas=300+Tgas";
    let page = browser.get(&format!("/explain?{call}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("1 of 2 keys can sign this"), "{}", page.text);
    assert!(page.text.contains("What would help"), "{}", page.text);
    let page = browser.get("/explain?account=alice.near&contract=game.near&gas=3").await;
    assert_eq!(page.status, 422);
}

#[tokio::test]
async fn a_what_if_shows_what_differs() {
    let sandbox = chain();
    let alice = sandbox.create_account("dora.near").balance(10.near()).create().unwrap();
    let sent = alice.execute(keyway::transfer(1.near()).to("bob.near")).unwrap();
    let path = format!("/tx/{}/what-if", sent.transaction_hash());
    let browser = Browser::signed_in(&sandbox).await.signed_out();
    assert_eq!(browser.get(&path).await.status, 200);
    let page = browser.get(&format!("{path}?balance=0.5+NEAR")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("It would have been refused"), "{}", page.text);
    assert!(page.text.contains("In truth it succeeded"), "{}", page.text);
    assert_eq!(
        browser.get(&format!("{path}?gas=1+Tgas")).await.status,
        422,
        "a transfer has no gas"
    );
    assert_eq!(browser.get(&format!("{path}?deposit=much")).await.status, 422);
}

#[tokio::test]
async fn snapshots_are_confirmed_before_they_are_reverted_to() {
    let sandbox = chain();
    let browser = Browser::signed_in(&sandbox).await;
    assert_eq!(browser.post("/control/save", &[("name", "here")]).await.status, 303);
    let height = sandbox.height();
    assert_eq!(browser.post("/control/mine", &[("blocks", "3")]).await.status, 303);
    assert!(sandbox.height() >= height + 3);
    let asked = browser.post("/control/revert", &[("name", "here")]).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert!(asked.text.contains("are unknown afterwards"), "{}", asked.text);
    assert!(sandbox.height() >= height + 3);
    let done = browser.post("/control/revert", &[("name", "here"), ("confirmed", "on")]).await;
    assert_eq!(done.status, 303);
    assert_eq!(sandbox.height(), height);
    assert_eq!(browser.post("/control/revert", &[("name", "there")]).await.status, 404);
    let off = browser.without_control().await;
    assert_eq!(off.get("/control").await.status, 403);
    assert_eq!(off.post("/control/mine", &[("blocks", "1")]).await.status, 403);
}

fn chain() -> Sandbox {
    let sandbox = Sandbox::new();
    for account in ["alice.near", "bob.near", "game.near"] {
        sandbox.create_account(account).balance(10.near()).create().unwrap();
    }
    sandbox
}
