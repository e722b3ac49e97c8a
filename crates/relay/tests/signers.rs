//! Key services that a program gives the relayer, and what happens when they fail.
#![expect(clippy::unwrap_used, reason = "a failed test is a good end")]

use keyway::keys::{KeyService, KeyServiceError, MemoryKeys, async_trait};
use keyway::protocol::{Action, PublicKey, Signature};
use keyway::{AccountId, KeyPair, NearLiteral, Sandbox};
use keyway_relay::config::{Config, KeyHash};
use keyway_relay::policy::Policy;
use keyway_relay::store::EmbeddedStore;
use keyway_relay::{Ending, Relay, Request, State, Work, api};
use near_primitives::action::TransferAction;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;

/// A key service with moods.
#[derive(Debug)]
struct Moody {
    keys: MemoryKeys,
    stranger: KeyPair,
    mood: AtomicU8,
    signed: AtomicUsize,
    /// The whole transactions that it was given.
    given: Mutex<Vec<Vec<u8>>>,
}

const GOOD: u8 = 0;
const AWAY: u8 = 1;
const FORGES: u8 = 2;
const REFUSES: u8 = 3;

#[async_trait]
impl KeyService for Moody {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        match self.mood.load(Ordering::SeqCst) {
            AWAY => Err(KeyServiceError::Unavailable { why: "out for lunch".to_owned() }),
            _ => self.keys.public_keys(account_id).await,
        }
    }

    async fn sign(
        &self,
        _account_id: &AccountId,
        _public_key: &PublicKey,
        _bytes: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        panic!("the relayer gives whole transactions")
    }

    async fn sign_transaction(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        transaction: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        self.given.lock().unwrap().push(transaction.to_vec());
        let hash = keyway::protocol::CryptoHash::hash_bytes(transaction);
        match self.mood.load(Ordering::SeqCst) {
            AWAY => Err(KeyServiceError::Unavailable { why: "out for lunch".to_owned() }),
            FORGES => Ok(self.stranger.sign_hash(&hash)),
            REFUSES => Err(KeyServiceError::Refused { why: "not on a Sunday".to_owned() }),
            _ => {
                self.signed.fetch_add(1, Ordering::SeqCst);
                self.keys.sign(account_id, public_key, hash.as_ref()).await
            }
        }
    }

    fn place(&self) -> String {
        "the moody service".to_owned()
    }
}

struct Kit {
    sandbox: Sandbox,
    service: Arc<Moody>,
    relay: Arc<Relay>,
}

impl Kit {
    async fn new() -> Self {
        let (sandbox, pair) = (Sandbox::new(), KeyPair::random_ed25519());
        let relayer = sandbox.create_account("relay.near").balance(100.near());
        relayer.key_pair(pair.clone()).create().unwrap();
        sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
        let service = Arc::new(Moody {
            keys: MemoryKeys::new().with("relay.near".parse().unwrap(), pair),
            stranger: KeyPair::random_ed25519(),
            mood: AtomicU8::new(GOOD),
            signed: AtomicUsize::new(0),
            given: Mutex::default(),
        });
        let config = format!(
            r#"
            listen = "127.0.0.1:0"
            store = "unused.redb"
            policy = "unused.toml"
            [chain]
            endpoints = ["http://127.0.0.1:1"]
            [account]
            id = "relay.near"
            signer = "program"
            lease_ms = 1000
            [apps.game]
            key_hashes = ["{}"]
            "#,
            KeyHash::of("unused"),
        );
        let config = Config::read(&config).unwrap();
        let policy = Policy::read(POLICY).unwrap();
        let store = Arc::new(EmbeddedStore::in_memory().unwrap());
        let client = sandbox.client();
        let keys: Arc<dyn KeyService> = service.clone();
        let none = |_: &str| None;
        let relay = Relay::start_with(client, keys, config, policy, store, &none).await.unwrap();
        Self { sandbox, service, relay }
    }

    fn is(&self, mood: u8) {
        self.service.mood.store(mood, Ordering::SeqCst);
    }

    async fn ask(&self) -> Request {
        let actions = vec![Action::Transfer(TransferAction { deposit: 1.millinear() })];
        let user = Some("user.near".parse().unwrap());
        let work = Work::intent("bob.near".parse().unwrap(), actions, user).unwrap();
        self.relay.accept(&"game".parse().unwrap(), work, None, Duration::ZERO).await.unwrap()
    }

    async fn end_of(&self, request: &Request) -> Ending {
        let app = "game".parse().unwrap();
        for _ in 0..4 {
            let wait = Duration::from_secs(20);
            let request = self.relay.request(&app, request.id, wait).await.unwrap();
            if let Some(ending) = request.ending() {
                return ending.clone();
            }
        }
        panic!("it does not end");
    }

    /// The status of `/ready`, and what it says.
    async fn ready(&self) -> (u16, String) {
        let request = axum::http::Request::get("/ready").body(axum::body::Body::empty()).unwrap();
        let response = api::router(self.relay.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn wait_until_asked(&self, count: usize) {
        while self.service.given.lock().unwrap().len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

const POLICY: &str = r#"
[budget]
per_day = "50 NEAR"
total = "1000 NEAR"
[apps.game]
per_call = "1 NEAR"
per_user_per_day = "2 NEAR"
per_day = "3 NEAR"
[[apps.game.rules]]
name = "gifts"
ways = ["intent"]
users = "any"
keys = "any"
receivers = "any"
max_actions = 1
[[apps.game.rules.allow]]
action = "transfer"
max_deposit = "1 NEAR"
"#;

#[tokio::test]
async fn a_program_gives_its_own_key_service() {
    let kit = Kit::new().await;
    let ending = kit.end_of(&kit.ask().await).await;
    assert!(matches!(ending, Ending::Succeeded { .. }), "{ending:?}");
    let given = kit.service.given.lock().unwrap().clone();
    let transaction: near_primitives::transaction::Transaction =
        borsh::from_slice(&given[0]).unwrap();
    assert_eq!(transaction.receiver_id(), "bob.near");
    assert_eq!(kit.ready().await.0, 200);
}

#[tokio::test]
async fn while_the_service_is_away_or_forges_requests_wait_and_readiness_says_why() {
    for (mood, says) in [(AWAY, "out for lunch"), (FORGES, "it is not used")] {
        let kit = Kit::new().await;
        kit.is(mood);
        let request = kit.ask().await;
        kit.wait_until_asked(1).await;
        let mut ready = kit.ready().await;
        for _ in 0..200 {
            if ready.0 == 503 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            ready = kit.ready().await;
        }
        let (status, text) = ready;
        assert_eq!(status, 503, "{text}");
        assert!(text.contains("the moody service") && text.contains(says), "{text}");
        let app = "game".parse().unwrap();
        let seen = kit.relay.request(&app, request.id, Duration::ZERO).await.unwrap();
        assert_eq!(seen.state, State::Queued, "nothing is sent");
        assert_eq!(kit.service.signed.load(Ordering::SeqCst), 0);
        // It is back.
        kit.is(GOOD);
        let ending = kit.end_of(&request).await;
        assert!(matches!(ending, Ending::Succeeded { .. }), "{ending:?}");
        assert_eq!(kit.ready().await.0, 200);
        let bob = kit.sandbox.balance("bob.near").unwrap();
        assert_eq!(bob, 1.near().checked_add(1.millinear()).unwrap(), "once");
    }
}

#[tokio::test]
async fn what_the_service_refuses_is_refused_and_costs_nothing() {
    let kit = Kit::new().await;
    kit.is(REFUSES);
    let before = kit.sandbox.balance("relay.near").unwrap();
    match kit.end_of(&kit.ask().await).await {
        Ending::Refused { kind, message } => {
            assert_eq!(kind, "Relay.Signer.Refused");
            assert!(message.contains("not on a Sunday"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(kit.sandbox.balance("relay.near").unwrap(), before);
    assert_eq!(kit.ready().await.0, 200, "it answers");
}
