//! The keys of lanes change while instances serve: nothing is refused, and nothing runs twice.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

#[path = "key_change/kit.rs"]
mod kit;

use keyway::keys::FileKeys;
use keyway::protocol::{AccessKeyPermission, PublicKey};
use keyway::{KeyPair, NearLiteral, Signer};
use keyway_relay::rotate::{LaneRotation, RotateLaneError, RotateOptions};
use keyway_relay::store::{EmbeddedStore, PostgresStore, Store};
use keyway_relay::{Ending, LanesView, Relay};
use keyway_test_kit::postgres::{NoPostgres, Postgres, is_required};
use kit::{Kit, Load, account};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

async fn rotate_under_load(kit: &Kit, instances: &[Arc<Relay>]) {
    let load = Load::begin(instances);
    load.more(20).await;
    let [(_, old)] = &kit.keys().await[..] else { panic!("one key") };
    let rotation = LaneRotation::start(kit.options(), kit.key.clone()).await.unwrap();
    let look = async || views(instances).await;
    let report = rotation.run(look).await.unwrap();
    load.more(20).await;
    let sum = load.end().await;
    assert_eq!(kit.given().await, sum, "each gift arrived once");

    let keys = kit.keys().await;
    let [(key, permission)] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(*key, report.new_key.to_string());
    assert_ne!(*key, kit.key.to_string());
    assert!(report.events.len() >= 4, "{:?}", report.events);
    match (old, permission) {
        (
            AccessKeyPermission::GasKeyFullAccess(old),
            AccessKeyPermission::GasKeyFullAccess(new),
        ) => {
            assert_eq!(old.num_nonces, new.num_nonces);
            assert!(new.balance > 9.near(), "{:?}", new.balance);
        }
        (old, new) => assert_eq!(old, new),
    }
    assert!(!kit.progress().exists());
    for view in views(instances).await.unwrap() {
        assert_eq!(view.keys, std::slice::from_ref(&report.new_key));
        let lanes: BTreeSet<_> = view.lanes.iter().filter(|it| it.leased).collect_keys();
        assert_eq!(lanes, BTreeSet::from([report.new_key.to_string()]));
    }
}

trait CollectKeys {
    fn collect_keys(self) -> BTreeSet<String>;
}

impl<'a, I: Iterator<Item = &'a keyway_relay::store::LaneState>> CollectKeys for I {
    fn collect_keys(self) -> BTreeSet<String> {
        self.map(|it| it.lane.public_key.to_string()).collect()
    }
}

async fn views(instances: &[Arc<Relay>]) -> Result<Vec<LanesView>, RotateLaneError> {
    let mut views = Vec::new();
    for relay in instances {
        views.push(relay.lanes().await.unwrap());
    }
    Ok(views)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gas_key_is_replaced_under_load() {
    let kit = Kit::new(true).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory().unwrap());
    let instances = [kit.start(store).await];
    rotate_under_load(&kit, &instances).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_lane_of_one_key_is_replaced_under_load() {
    let kit = Kit::new(false).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory().unwrap());
    let instances = [kit.start(store).await];
    rotate_under_load(&kit, &instances).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_under_the_load_of_two_instances_over_postgres() {
    let server = match Postgres::start(false) {
        Ok(server) => server,
        Err(NoPostgres::NotInstalled) if !is_required() => {
            eprintln!("skipped: PostgreSQL is not installed (apt-get install postgresql)");
            return;
        }
        Err(problem) => panic!("{problem:?}"),
    };
    let kit = Kit::new(true).await;
    let mut instances = Vec::new();
    for _ in 0..2 {
        let store = PostgresStore::open(&server.url()).await.unwrap();
        instances.push(kit.start(Arc::new(store)).await);
    }
    rotate_under_load(&kit, &instances).await;
}

/// Cut off at many moments, it is resumed each time from what is on disk and on the chain.
#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_cut_off_anywhere_is_resumed() {
    let mut kit = Kit::new(true).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory().unwrap());
    let instances = [kit.start(store).await];
    let load = Load::begin(&instances);
    let look = async || views(&instances).await;
    for cut in [0, 10, 40, 90, 200, 450, 800, 1_200] {
        let old = kit.key.clone();
        let rotation = LaneRotation::start(kit.options(), old.clone()).await.unwrap();
        let refused = LaneRotation::start(kit.options(), old.clone()).await.unwrap_err();
        assert!(refused.to_string().contains("is not finished"), "{refused}");
        let cut = Duration::from_millis(cut);
        let new = match tokio::time::timeout(cut, rotation.run(look)).await {
            Ok(report) => report.unwrap().new_key,
            Err(_cut_off) => {
                let resumed = LaneRotation::resume(kit.options()).await.unwrap();
                resumed.run(look).await.unwrap().new_key
            }
        };
        let keys = kit.keys().await;
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert_eq!(keys[0].0, new.to_string());
        assert!(!kit.progress().exists());
        kit.key = new;
    }
    load.more(10).await;
    let sum = load.end().await;
    assert_eq!(kit.given().await, sum, "each gift arrived once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_rotated_is_refused_before_anything_is_written() {
    let kit = Kit::new(true).await;
    let check = async |options: RotateOptions<'_>, key: &PublicKey, says: &str| {
        let refused = LaneRotation::start(options, key.clone()).await.unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(!kit.progress().exists());
        assert_eq!(kit.keys().await.len(), 1);
    };
    let stranger = KeyPair::random_ed25519();
    check(kit.options(), stranger.public_key(), "is no key of").await;
    let mut named = kit.config.clone();
    named.account.keys = Some(vec![kit.key.clone()]);
    check(RotateOptions { config: &named, ..kit.options() }, &kit.key, "account.keys").await;
    let mut one_key = kit.config.clone();
    one_key.account.signer = keyway_relay::config::SignerSource::Env("KEY".to_owned());
    check(RotateOptions { config: &one_key, ..kit.options() }, &kit.key, "takes no new key").await;

    // While the old secret is in its place, it can be undone.
    let rotation = LaneRotation::start(kit.options(), kit.key.clone()).await.unwrap();
    let nobody = async || Err(RotateLaneError::NoInstance { url: "x".into(), why: "x".into() });
    let cut_off = tokio::time::timeout(Duration::from_secs(2), rotation.run(nobody)).await;
    assert!(cut_off.is_err(), "it waits for the instances");
    assert_eq!(kit.keys().await.len(), 2);
    let rotation = LaneRotation::resume(kit.options()).await.unwrap();
    rotation.take_back().await.unwrap();
    assert_eq!(kit.keys().await[0].0, kit.key.to_string());
}

/// A key was taken from the signer while a transaction of it was stored and not proved. No instance leased its lanes any
/// more, so the request stayed `sent` for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_that_is_gone_had_sent_is_proved() {
    let kit = Kit::new(true).await;
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::in_memory().unwrap());
    let request = kit.left_behind(&store).await;
    // The signer has another key now.
    let other = KeyPair::random_ed25519();
    let files = FileKeys::new(kit.directory.path(), "localnet").unwrap();
    files.retire(&account(), &kit.key).unwrap();
    files.save(&account(), &other).unwrap();
    let owner = Signer::new(kit.sandbox.client(), "relay.near", kit.owner.clone()).unwrap();
    owner.execute(keyway::add_full_access_key(other.public_key())).await.unwrap();
    let relay = kit.start(store.clone()).await;
    let app = "game".parse().unwrap();
    let ended = relay.request(&app, request, Duration::from_secs(30)).await.unwrap();
    assert!(matches!(ended.ending(), Some(Ending::Succeeded { .. })), "{ended:?}");
    assert_eq!(kit.given().await, 77);
    for _ in 0..200 {
        let lanes = store.lanes(&account()).await.unwrap();
        let of_old = lanes.iter().find(|it| it.lane.public_key == kit.key).unwrap();
        if !of_old.leased && !of_old.unproved {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the lane is not returned");
}
