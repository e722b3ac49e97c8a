//! What the pages show.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{Site, account, add_app_key, contract, handle};
use keyway::protocol::CryptoHash;
use keyway::{Error, NearLiteral, Sandbox, call, transfer};

/// A contract with a method that calls another account, and one that panics.
const BUSY: &str = r#"(module
  (import "env" "log_utf8" (func $log (param i64 i64)))
  (import "env" "panic_utf8" (func $panic (param i64 i64)))
  (import "env" "value_return" (func $return (param i64 i64)))
  (import "env" "storage_write" (func $write (param i64 i64 i64 i64 i64) (result i64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello\00\00\00{\"a\":[1,2]}EVENT_JSON:{\"standard\":\"nep171\",\"version\":\"1.0.0\",\"event\":\"nft_mint\"}")
  (func (export "play")
    (call $log (i64.const 5) (i64.const 0))
    (call $log (i64.const 76) (i64.const 19))
    (drop (call $write (i64.const 5) (i64.const 0) (i64.const 3) (i64.const 1) (i64.const 9)))
    (call $return (i64.const 11) (i64.const 8)))
  (func (export "fail") (call $panic (i64.const 5) (i64.const 0))))"#;

fn failed(result: Result<keyway::Outcome, Error>) -> CryptoHash {
    match result {
        Err(Error::Failed(failure)) => failure.outcome().transaction_hash(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_page_shows_the_newest_transactions_and_blocks() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let hash = alice.execute(transfer(1.near()).to("near")).unwrap().transaction_hash();
    let lost = failed(alice.execute(transfer(1.near()).to("nobody.near")));
    let site = Site::of(sandbox);
    let page = site.page("/console").await;
    for part in [
        &hash.to_string(),
        &lost.to_string(),
        "transfer 1 NEAR",
        "succeeded",
        "failed",
        "your chain",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, rest) = page.split_once("data-newest=\"").unwrap();
    let newest = rest.split('"').next().unwrap().to_owned();
    let same = site.get(&format!("/console/live?after={newest}")).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (204, ""));
    alice.execute(transfer(2.near()).to("near")).unwrap();
    let live = site.page(&format!("/console/live?after={newest}")).await;
    assert!(live.starts_with("<div id=\"live\"") && live.contains("transfer 2 NEAR"), "{live}");
}

#[tokio::test]
async fn a_transaction_begins_with_why_it_failed() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    contract(&sandbox, "game.near", BUSY);
    let hash = failed(alice.execute(call("game.near", "fail").args_json("x")));
    let site = Site::of(sandbox);
    let page = site.page(&format!("/console/tx/{hash}")).await;
    let main = page.split_once("<main").unwrap().1;
    let verdict = main.find("class=\"verdict bad\"").unwrap();
    let money = main.find("Where the money went").unwrap();
    let tree = main.find("What it did").unwrap();
    assert!(verdict < money && money < tree);
    assert!(main.contains("the contract panicked: hello"), "{main}");
    assert!(main.contains("game.near: fail") && main.contains("Sum"), "{main}");
    assert!(main.contains(">0 NEAR</span></td></tr></tfoot>"), "the sum is zero: {main}");
}

#[tokio::test]
async fn a_transaction_shows_its_receipts_in_full() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    contract(&sandbox, "game.near", BUSY);
    let outcome = alice.execute(call("game.near", "play").args_json(&[1, 2])).unwrap();
    let site = Site::of(sandbox);
    let page = site.page(&format!("/console/tx/{}", outcome.transaction_hash())).await;
    for part in ["play()", "nft_mint", "hello", "storage", "wasm", "gas refund", "&quot;a&quot;: ["]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    for execution in outcome.executions().iter().skip(1) {
        assert!(page.contains(&format!("<li id=\"{}\"", execution.id)), "{page}");
    }
}

#[tokio::test]
async fn a_refused_transaction_says_which_rule_it_broke() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let late = alice.sign(transfer(1.near()).to("near")).unwrap();
    alice.execute(transfer(2.near()).to("near")).unwrap();
    let poor = alice.sign(transfer(99.near()).to("near")).unwrap();
    let mut refused = Vec::new();
    for signed in [&late, &poor] {
        match sandbox.client().send(signed, keyway::WaitUntil::default()).await {
            Err(Error::Refused(refusal)) => refused.push((signed.get_hash(), refusal)),
            other => panic!("{other:?}"),
        }
    }
    let site = Site::of(sandbox);
    for (hash, refusal) in refused {
        let page = site.page(&format!("/console/tx/{hash}")).await;
        // In the words that the sender got, with what was there, what was needed, and what to do.
        for part in
            ["It never ran, and cost nothing", &refusal.to_string(), "href=\"/console/explain\""]
        {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("What it did"), "there is no tree: {page}");
    }
}

#[tokio::test]
async fn keys_are_shown_as_people_need_them() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    contract(&sandbox, "game.near", BUSY);
    let (app, added) = add_app_key(&alice);
    add_app_key(&alice);
    let used = alice.with_key(app.clone()).execute(call("game.near", "play")).unwrap();
    let site = Site::of(sandbox);
    let page = site.page("/console/account/alice.near").await;
    let key = handle(&app);
    for part in [
        "full access",
        "May call ",
        "<code><bdi>play</bdi></code>",
        "of its allowance left",
        "<meter",
        "calls that burn",
        "Used once; last refunded in block",
        &added.to_string(),
        &used.transaction_hash().to_string(),
        &key,
        "KW014",
        "not locked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("Not used"), "the second key: {page}");
    assert!(!page.contains("last added"), "its birth is told once: {page}");
    let own = site.page(&format!("/console/account/alice.near/keys/{key}")).await;
    assert!(
        own.contains("added")
            && own.contains("used")
            && own.contains("the allowance does not cover another"),
        "{own}"
    );
}

#[tokio::test]
async fn a_contract_shows_its_methods_and_what_it_can_do() {
    let sandbox = Sandbox::new();
    contract(&sandbox, "game.near", BUSY);
    let site = Site::of(sandbox);
    let page = site.page("/console/account/game.near").await;
    assert!(page.contains("<code><bdi>play</bdi></code>") && page.contains("not locked"), "{page}");
    assert_eq!(site.page("/console/account/game.near").await.len(), page.len(), "from the cache");
}

#[tokio::test]
async fn the_timeline_has_keys_that_are_gone() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let before = sandbox.height();
    let (app, _) = add_app_key(&alice);
    let between = sandbox.height();
    alice.execute(keyway::delete_key(app.public_key())).unwrap();
    let site = Site::of(sandbox);
    let (path, key) = ("/console/account/alice.near/timeline", handle(&app));
    let page = site.page(path).await;
    assert!(
        page.contains("deleted") && page.contains(&key) && page.contains("type=\"range\""),
        "{page}"
    );
    let at = async |height: u64| site.page(&format!("{path}/at?at={height}")).await;
    assert!(!at(before).await.contains(&key));
    assert!(at(between).await.contains(&key));
    let chosen = site.page(&format!("{path}?at={between}")).await;
    assert!(chosen.contains(&format!("Keys at block {between}")), "{chosen}");
    assert_eq!(site.get(&format!("{path}?at=soon")).await.status, 400);
}

#[tokio::test]
async fn many_keys_come_in_pages() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let keys: Vec<_> = (0..120).map(|_| keyway::KeyPair::random_ed25519()).collect();
    for some in keys.chunks(40) {
        let begin = keyway::Intent::on_self();
        let add = some
            .iter()
            .fold(begin, |intent, key| intent.then(keyway::add_full_access_key(key.public_key())));
        alice.execute(add).unwrap();
    }
    let site = Site::of(sandbox);
    let (mut path, mut seen) = ("/console/account/alice.near".to_owned(), 0);
    for _ in 0..3 {
        let page = site.page(&path).await;
        seen += page.matches("<li class=\"key\"").count();
        assert!(!page.contains("KW003"), "how many there are is not known from a page");
        let next = page
            .split("href=\"")
            .find(|link| link.starts_with("/console/account/alice.near?after="));
        let Some(next) = next else { break };
        path = next.split(['"', '#']).next().unwrap().to_owned();
    }
    assert_eq!(seen, 121);
}

#[tokio::test]
async fn the_search_finds_what_people_paste() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let outcome = alice.execute(transfer(1.near()).to("near")).unwrap();
    let (hash, receipt) = (outcome.transaction_hash(), outcome.executions()[1].id);
    let block = outcome.transaction().block_hash.unwrap();
    let site = Site::of(sandbox);
    let leads = async |text: &str| {
        let answer = site.get(&format!("/console/search?q={text}")).await;
        (answer.status.as_u16(), answer.header("location").to_owned())
    };
    assert_eq!(leads("alice.near").await, (303, "/console/account/alice.near".to_owned()));
    assert_eq!(leads("+Alice.near+").await, (303, "/console/account/alice.near".to_owned()));
    assert_eq!(leads("1").await, (303, "/console/block/1".to_owned()));
    assert_eq!(leads(&block.to_string()).await, (303, format!("/console/block/{block}")));
    assert_eq!(leads(&hash.to_string()).await, (303, format!("/console/tx/{hash}")));
    let of_receipt = format!("/console/tx/{hash}?signer=alice.near#{receipt}");
    assert_eq!(leads(&receipt.to_string()).await, (303, of_receipt));
    let key = site.page(&format!("/console/search?q={}", handle(alice.key_pair()))).await;
    assert!(key.contains("/console/account/alice.near/keys/"), "{key}");
    assert_eq!(leads("nobody.near").await.0, 404);
    let nothing = site.get(&format!("/console/search?q={}", CryptoHash([7; 32]))).await;
    assert_eq!(nothing.status, 404);
    assert!(nothing.text.contains("Nothing here has this hash"), "{}", nothing.text);
    assert_eq!(leads("%3Cb%3E").await.0, 400);
}

#[tokio::test]
async fn a_block_is_found_by_height_and_by_hash() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    let outcome = alice.execute(transfer(1.near()).to("near")).unwrap();
    let block = outcome.transaction().block_hash.unwrap();
    let site = Site::of(sandbox);
    let page = site.page(&format!("/console/block/{block}")).await;
    assert!(page.contains("transfer 1 NEAR") && page.contains("succeeded"), "{page}");
    for (path, status) in [("0", 200), ("999999", 404), ("x", 400), ("18446744073709551615", 404)] {
        assert_eq!(site.get(&format!("/console/block/{path}")).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_does_not_exist_says_what_to_check() {
    let site = Site::new();
    let answer = site.get("/console/account/nobody.near").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("Check the spelling and the network"), "{}", answer.text);
    assert_eq!(site.get("/console/account/Not%20an%20account").await.status, 400);
    assert_eq!(site.get("/console/tx/nothing").await.status, 400);
    assert_eq!(site.get(&format!("/console/tx/{}", CryptoHash([9; 32]))).await.status, 404);
    assert_eq!(site.get("/console/account/near/keys/nothing").await.status, 400);
}

#[tokio::test]
async fn a_saved_page_is_one_file_without_links_or_script() {
    let sandbox = Sandbox::new();
    let alice = account(&sandbox, "alice.near");
    add_app_key(&alice);
    let hash = alice.execute(transfer(1.near()).to("near")).unwrap().transaction_hash();
    let site = Site::of(sandbox);
    for (path, name) in [
        (format!("/console/tx/{hash}?save=1"), format!("{hash}.html")),
        ("/console/account/alice.near?save=1".to_owned(), "alice.near.html".to_owned()),
    ] {
        let answer = site.get(&path).await;
        assert_eq!(
            answer.header("content-disposition"),
            format!("attachment; filename=\"{name}\"")
        );
        let page = answer.text;
        assert!(
            page.contains("http-equiv=\"Content-Security-Policy\"") && page.contains("<style>")
        );
        assert!(!page.contains("<script") && !page.contains("src=\""), "{page}");
        assert!(page.split("href=\"").skip(1).all(|link| link.starts_with('#')), "{page}");
        assert!(!page.contains("<form"), "{page}");
    }
}
