//! The suite over a server of its own, and what only a server can do.

use super::*;
use crate::store::tests::{LONG, random_id, suite, yocto};
use keyway_test_kit::postgres::{NoPostgres, Postgres};
use std::sync::Arc;

/// A server; none if PostgreSQL is not installed and the tests need not have it.
#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what was skipped")]
fn server(durable: bool) -> Option<Postgres> {
    match Postgres::start(durable) {
        Ok(server) => Some(server),
        Err(NoPostgres::NotInstalled) if !keyway_test_kit::postgres::is_required() => {
            eprintln!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
            None
        }
        Err(problem) => panic!("{problem:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_what_a_store_promises() {
    let Some(server) = server(false) else { return };
    suite(Arc::new(PostgresStore::open(&server.url()).await.unwrap())).await;
}

/// Two instances over one server exclude each other as two users of one store do.
#[tokio::test(flavor = "multi_thread")]
async fn two_instances_share_one_server() {
    let Some(server) = server(false) else { return };
    let url = server.url();
    let (one, two) = tokio::join!(PostgresStore::open(&url), PostgresStore::open(&url));
    let (one, two) = (one.unwrap(), two.unwrap());
    let lanes: Vec<_> =
        (0..16).map(|row| crate::store::tests::lane("shared.near", Some(row))).collect();
    let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
    let (first, second) =
        tokio::join!(one.lease(&lanes, &a, LONG, 10), two.lease(&lanes, &b, LONG, 10));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.len() + second.len(), 16);
    assert!(
        first.iter().all(|lease| second.iter().all(|other| other.fence.lane != lease.fence.lane))
    );

    let key = crate::budget::BudgetKey::Total;
    let charge = crate::budget::Charge { key: key.clone(), limit: Some(yocto(100)) };
    let new = || NewRequest {
        id: random_id(),
        charges: vec![charge.clone()],
        ..crate::store::tests::new_request("shared", 7)
    };
    let mut kept = 0;
    for _ in 0..10 {
        let (one, two) = tokio::join!(one.accept(new()), two.accept(new()));
        for accepted in [one.unwrap(), two.unwrap()] {
            kept += u32::from(matches!(accepted, Accepted::New(_)));
        }
    }
    assert_eq!(kept, 14, "the 15th would take 105 of 100");
    assert_eq!(two.tallies(&[key]).await.unwrap()[0].reserved, yocto(98));
}

/// A bug that this looks for: after a failover the store kept a connection that was gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_is_used_again() {
    let Some(mut server) = server(true) else { return };
    let store = PostgresStore::open(&server.url()).await.unwrap();
    let kept = crate::store::tests::new_request("kept", 5);
    assert!(matches!(store.accept(kept.clone()).await.unwrap(), Accepted::New(_)));
    server.stop().unwrap();
    let lost = store.accept(crate::store::tests::new_request("lost", 5)).await.unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable { .. }), "{lost}");
    let unread = store.request(kept.id).await.unwrap_err();
    assert!(matches!(unread, StoreError::Unavailable { .. }), "{unread}");
    server.start_again().unwrap();
    let after = store.accept(crate::store::tests::new_request("after", 5)).await.unwrap();
    assert!(matches!(after, Accepted::New(_)), "{after:?}");
    assert!(store.request(kept.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_newer_database_is_not_touched() {
    let Some(server) = server(false) else { return };
    drop(PostgresStore::open(&server.url()).await.unwrap());
    let client = Address::read(&server.url()).unwrap().connect().await.unwrap();
    client.batch_execute("INSERT INTO keyway_relay.versions (version) VALUES (99)").await.unwrap();
    let error = PostgresStore::open(&server.url()).await.unwrap_err();
    assert!(error.to_string().contains("version 99, and this program knows 1"), "{error}");
}

/// An instance that stalls in its turn loses it, and the others go on.
#[tokio::test]
async fn a_turn_that_hangs_is_ended_by_the_server() {
    let Some(server) = server(false) else { return };
    let store = PostgresStore::open(&server.url()).await.unwrap();
    let mut stalled = Address::read(&server.url()).unwrap().connect().await.unwrap();
    let turn = stalled.transaction().await.unwrap();
    turn::wait(&turn).await.unwrap();
    let accepted = store.accept(crate::store::tests::new_request("after", 5)).await.unwrap();
    assert!(matches!(accepted, Accepted::New(_)), "{accepted:?}");
    assert!(turn.commit().await.is_err_and(|error| error.is_closed() || error.code().is_some()));
}
