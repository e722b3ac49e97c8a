use super::super::*;
use crate::{BlockReference, Client, WaitUntil};
use crate::{NearLiteral, transfer};
use std::net::TcpStream;
use std::time::Duration;

/// Waits for something that must happen, but not for ever.
async fn until(mut come: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if come() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come within a minute");
}

/// Waits until a live chain has sealed blocks, in a time in which another chain might have, too.
async fn until_others_tick() {
    let other = Sandbox::new();
    let _server = other.listen_live().unwrap();
    until(|| other.height() >= 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_what_the_other_does() {
    let sandbox = Sandbox::new();
    let server = sandbox.listen().unwrap();
    let client = Client::http(&server.url()).unwrap();
    let alice = sandbox.create_account("alice.near").balance(10.near()).create().unwrap();
    assert_eq!(client.account("alice.near").await.unwrap().total, 10.near());
    let signed = alice.sign(transfer(1.near()).to("near")).unwrap();
    client.send(&signed, WaitUntil::Final).await.unwrap();
    assert!(alice.balance().unwrap() < 9.near());
    let height = sandbox.height();
    until_others_tick().await;
    assert_eq!(sandbox.height(), height, "nothing is sealed unless something happens");
}

#[test]
fn a_server_stops_when_it_is_dropped() {
    let sandbox = Sandbox::new();
    let server = sandbox.listen().unwrap();
    let address = server.address();
    assert!(address.ip().is_loopback());
    let other = sandbox.listen().unwrap();
    assert_ne!(other.address(), address);
    assert!(TcpStream::connect(address).is_ok());
    drop(server);
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(TcpStream::connect(other.address()).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_lives_while_a_server_asks_for_it() {
    let sandbox = Sandbox::new();
    let start = sandbox.now();
    let server = sandbox.listen_live().unwrap();
    let client = Client::http(&server.url()).unwrap().at(BlockReference::Optimistic);
    until(|| sandbox.height() >= 2).await;
    assert!(client.block().await.unwrap().height >= 2);
    assert!(sandbox.now() >= start + Duration::from_millis(400), "time runs");
    let later = sandbox.now() + Duration::from_secs(3_600);
    sandbox.set_time(later).unwrap();
    sandbox.seal_block().unwrap();
    assert!(sandbox.now() > later && sandbox.now() < later + Duration::from_secs(60));
    drop(server);
    let (height, now) = (sandbox.height(), sandbox.now());
    until_others_tick().await;
    assert_eq!(sandbox.height(), height);
    sandbox.seal_block().unwrap();
    assert_eq!(sandbox.now(), now + Duration::from_secs(1), "time stands still again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_takes_a_time_that_runs_back() {
    let sandbox = Sandbox::new();
    let _server = sandbox.listen_live().unwrap();
    let (before, now) = (sandbox.snapshot(), sandbox.now());
    sandbox.advance(Duration::from_secs(31_536_000)).unwrap();
    sandbox.revert(&before).unwrap();
    until(|| sandbox.height() >= before.height() + 2).await;
    assert!(sandbox.now() < now + Duration::from_secs(3_600), "{:?}", sandbox.now());
}

#[test]
fn time_runs_while_one_server_asks_for_it() {
    let sandbox = Sandbox::new();
    let (one, other) = (sandbox.listen_live().unwrap(), sandbox.listen_live().unwrap());
    drop(one);
    let now = sandbox.now();
    sandbox.seal_blocks(1_000).unwrap();
    assert!(sandbox.now() < now + Duration::from_secs(900), "a second each when it stands still");
    drop(other);
    let now = sandbox.now();
    sandbox.seal_block().unwrap();
    assert_eq!(sandbox.now(), now + Duration::from_secs(1));
}

#[test]
fn a_handle_wins_its_nonce_from_a_client_with_the_same_key() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            for _ in 0..100 {
                let signed = root.sign(transfer(1.near()).to("test.near")).unwrap();
                // It sometimes loses the race.
                let _ = sandbox.service().node().apply(Input::transaction(signed));
            }
        });
        while !client.is_finished() {
            root.execute(transfer(1.near()).to("test.near")).unwrap();
        }
    });
}
