//! A relayer's account with its keys in files, and callers that ask all the time.

use keyway::client::BlockReference;
use keyway::keys::FileKeys;
use keyway::protocol::{AccessKeyPermission, Action, PublicKey};
use keyway::sandbox::SandboxServer;
use keyway::{
    AccountId, Intent, KeyPair, NearLiteral, NearToken, Sandbox, Signer, add_full_access_gas_key,
    fund_gas_key,
};
use keyway_relay::config::{Config, KeyHash};
use keyway_relay::policy::Policy;
use keyway_relay::rotate::RotateOptions;
use keyway_relay::store::{Accepted, LaneId, NewRequest, Signed, Store};
use keyway_relay::{AppName, Ending, Relay, RequestId, Work};
use near_primitives::action::TransferAction;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

/// A chain that instances reach over HTTP, the relayer's account, and its keys in files.
pub(crate) struct Kit {
    pub(crate) sandbox: Sandbox,
    _server: SandboxServer,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) config: Config,
    /// A full-access key that is no lane.
    pub(crate) owner: KeyPair,
    /// The key of the lanes.
    pub(crate) key: PublicKey,
}

const POLICY: &str = r#"
[budget]
per_day = "1000 NEAR"
total = "1000 NEAR"
[apps.game]
per_call = "1 NEAR"
per_user_per_day = "1000 NEAR"
per_day = "1000 NEAR"
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

impl Kit {
    /// Lanes of a gas key with four nonce rows, or of one full-access key.
    pub(crate) async fn new(gas_key: bool) -> Self {
        let (sandbox, owner) = (Sandbox::new(), KeyPair::random_ed25519());
        let relayer = sandbox.create_account("relay.near").balance(1_000.near());
        let relayer = relayer.key_pair(owner.clone()).create().unwrap();
        sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
        let pair = KeyPair::random_ed25519();
        let key = pair.public_key().clone();
        match gas_key {
            true => relayer.execute(Intent::from([
                add_full_access_gas_key(&key, 4),
                fund_gas_key(&key, 10.near()),
            ])),
            false => relayer.execute(keyway::add_full_access_key(&key)),
        }
        .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let files = FileKeys::new(directory.path(), "localnet").unwrap();
        files.save(&account(), &pair).unwrap();
        let server = sandbox.listen().unwrap();
        let config = format!(
            r#"
            listen = "127.0.0.1:0"
            store = "unused.redb"
            policy = "unused.toml"
            [chain]
            endpoints = ["{}"]
            [account]
            id = "relay.near"
            signer = {{ key_files = {{ directory = "{}", network = "localnet" }} }}
            lease_ms = 1000
            lanes = 4
            [apps.game]
            key_hashes = ["{}"]
            "#,
            server.url(),
            directory.path().display(),
            KeyHash::of("unused"),
        );
        let config = Config::read(&config).unwrap();
        Self { sandbox, _server: server, directory, config, owner, key }
    }

    pub(crate) async fn start(&self, store: Arc<dyn Store>) -> Arc<Relay> {
        let policy = Policy::read(POLICY).unwrap();
        Relay::start(self.config.clone(), policy, store, &nothing).await.unwrap()
    }

    pub(crate) fn options(&self) -> RotateOptions<'_> {
        RotateOptions {
            config: &self.config,
            environment: &nothing,
            progress: self.progress(),
            admin: Some(self.owner.clone()),
            erase_old: false,
        }
    }

    pub(crate) fn progress(&self) -> PathBuf {
        self.directory.path().join("rotation.json")
    }

    /// The keys of the account besides the owner's, with their permissions.
    pub(crate) async fn keys(&self) -> Vec<(String, AccessKeyPermission)> {
        let client = self.sandbox.client().at(BlockReference::Final);
        let keys = client.access_keys("relay.near").await.unwrap();
        let owner = self.owner.public_key().to_string();
        keys.into_iter()
            .map(|key| (key.public_key.to_string(), key.access_key.permission))
            .filter(|(key, _)| *key != owner)
            .collect()
    }

    pub(crate) async fn given(&self) -> u128 {
        let client = self.sandbox.client().at(BlockReference::Final);
        let now = client.account("bob.near").await.unwrap().total;
        now.as_yoctonear() - 1.near().as_yoctonear()
    }
}

pub(crate) fn nothing(_name: &str) -> Option<Zeroizing<String>> {
    None
}

pub(crate) fn account() -> AccountId {
    "relay.near".parse().unwrap()
}

/// Callers that give gifts to Bob all the time, each of another amount.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    callers: Vec<tokio::task::JoinHandle<u128>>,
    /// How many gifts arrived.
    arrived: Arc<AtomicU64>,
}

impl Load {
    pub(crate) fn begin(instances: &[Arc<Relay>]) -> Self {
        let (stop, arrived) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let callers = (0..4_u128)
            .map(|caller| {
                let relay = instances[caller as usize % instances.len()].clone();
                let (stop, arrived) = (stop.clone(), arrived.clone());
                tokio::spawn(async move {
                    let mut sum = 0;
                    let mut nth = 0;
                    while !stop.load(Ordering::SeqCst) {
                        let amount = 1_000_000 * (caller + 1) + nth;
                        give(&relay, amount).await;
                        arrived.fetch_add(1, Ordering::SeqCst);
                        sum += amount;
                        nth += 1;
                    }
                    sum
                })
            })
            .collect();
        Self { stop, callers, arrived }
    }

    /// Waits for so many more gifts.
    pub(crate) async fn more(&self, count: u64) {
        let until = self.arrived.load(Ordering::SeqCst) + count;
        while self.arrived.load(Ordering::SeqCst) < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The sum of all gifts, each of which succeeded.
    pub(crate) async fn end(self) -> u128 {
        self.stop.store(true, Ordering::SeqCst);
        let mut sum = 0;
        for caller in self.callers {
            sum += caller.await.unwrap();
        }
        sum
    }
}

async fn give(relay: &Arc<Relay>, amount: u128) {
    let app: AppName = "game".parse().unwrap();
    let deposit = NearToken::from_yoctonear(amount);
    let actions = vec![Action::Transfer(TransferAction { deposit })];
    let user = Some("user.near".parse().unwrap());
    let work = Work::intent("bob.near".parse().unwrap(), actions, user).unwrap();
    let request = relay.accept(&app, work, None, Duration::ZERO).await.unwrap();
    for _ in 0..10 {
        let request = relay.request(&app, request.id, Duration::from_secs(30)).await.unwrap();
        match request.ending() {
            Some(Ending::Succeeded { .. }) => return,
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    }
    panic!("no end of {}", request.id);
}

impl Kit {
    /// What an instance stored before it died, and did not send.
    pub(crate) async fn left_behind(&self, store: &Arc<dyn Store>) -> RequestId {
        let most = NearToken::from_millinear(10);
        let actions =
            vec![Action::Transfer(TransferAction { deposit: NearToken::from_yoctonear(77) })];
        let id = RequestId::new(1_790_000_000_000, [7; 10]);
        let new = NewRequest {
            id,
            app: "game".parse().unwrap(),
            work: Work::intent("bob.near".parse().unwrap(), actions, None).unwrap(),
            idempotency_key: None,
            most,
            charges: Vec::new(),
        };
        assert!(matches!(store.accept(new).await.unwrap(), Accepted::New(_)));
        let lane = LaneId { account_id: account(), public_key: self.key.clone(), row: Some(2) };
        let owner = "dead".parse().unwrap();
        let leases = store.lease(&[lane], &owner, Duration::ZERO, 1).await.unwrap();
        let client = self.sandbox.client();
        let block = client.at(BlockReference::Final).block().await.unwrap();
        let nonces = client.gas_key_nonces("relay.near", &self.key).await.unwrap();
        let files = Arc::new(FileKeys::new(self.directory.path(), "localnet").unwrap());
        let signer = Signer::new(client, "relay.near", files).unwrap();
        let given = keyway::Offline {
            public_key: self.key.clone(),
            nonce: nonces[2] + 1,
            nonce_index: Some(2),
            block_hash: block.hash,
        };
        let intent = keyway::transfer(NearToken::from_yoctonear(77)).to("bob.near");
        let transaction = signer.sign_transaction(intent, given).await.unwrap();
        let signed = Signed::new(&transaction, block.height);
        assert!(store.begin(&leases[0].fence, id, signed).await.unwrap());
        id
    }
}
