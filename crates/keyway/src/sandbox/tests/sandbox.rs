//! Everything that a sandbox can do, and that sandboxes are independent.

use super::super::*;
use crate::{NearLiteral, transfer};
use std::time::{Duration, SystemTime};

#[test]
fn handles_cross_threads() {
    fn check<T: Send + Sync>() {}
    check::<Sandbox>();
    check::<SandboxAccount>();
    check::<Impersonated>();
    check::<Snapshot>();
    check::<SandboxServer>();
}

#[test]
fn sandboxes_do_not_meet() {
    let (one, other) = (Sandbox::new(), Sandbox::default());
    one.create_account("alice.near").create().unwrap();
    assert_eq!(other.height(), 0);
    assert_eq!(other.balance("alice.near").unwrap_err().kind(), "Query.Account.NotFound");
}

#[test]
fn the_same_calls_give_the_same_chain() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let run = || {
        let sandbox = Sandbox::builder().time(time).build().unwrap();
        let alice = sandbox.create_account("alice.near").create().unwrap();
        alice.execute(transfer(1.near()).to("near")).unwrap();
        *sandbox.chain().head().hash()
    };
    assert_eq!(run(), run());
}

/// A bug: a client that stores nonces by the hash of the genesis block mistook one sandbox for another.
#[test]
fn no_two_sandboxes_share_a_genesis_unless_their_time_is_given() {
    let genesis = |sandbox: Sandbox| *sandbox.chain().head().hash();
    assert_ne!(genesis(Sandbox::new()), genesis(Sandbox::new()));
    let fixed = || Sandbox::builder().time(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30));
    assert_eq!(genesis(fixed().build().unwrap()), genesis(fixed().build().unwrap()));
}

#[test]
fn a_sandbox_shows_its_height() {
    assert!(format!("{:?}", Sandbox::new()).contains("height: 0"));
}

#[tokio::test]
async fn a_client_asks_the_same_chain() {
    let sandbox = Sandbox::new();
    let client = sandbox.client();
    let alice = sandbox.create_account("alice.near").balance(7.near()).create().unwrap();
    assert_eq!(client.account("alice.near").await.unwrap().total, 7.near());
    let sent = alice.sign(transfer(1.near()).to("near")).unwrap();
    let outcome = client.send(&sent, crate::WaitUntil::Final).await.unwrap();
    assert!(outcome.is_success());
    // The synchronous queries also work inside a runtime.
    assert!(sandbox.balance("alice.near").unwrap() < 6.near());
}

#[tokio::test]
async fn a_task_may_ask_as_much_as_it_likes() {
    let sandbox = Sandbox::new();
    for _ in 0..200 {
        assert!(sandbox.clone().balance("near").is_ok());
    }
}
