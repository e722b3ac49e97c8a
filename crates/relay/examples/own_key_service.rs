//! A program that embeds the relayer, with a key service of its own: here a stand-in for a cloud's key management.
//!
//! Such a service never gives its secrets away. The program asks it over a network, so it may be slow, away, or refuse.

use keyway::keys::{KeyService, KeyServiceError, async_trait};
use keyway::protocol::{Action, PublicKey, Signature};
use keyway::{AccountId, KeyPair, NearLiteral, Sandbox};
use keyway_relay::config::{Config, KeyHash};
use keyway_relay::policy::Policy;
use keyway_relay::store::EmbeddedStore;
use keyway_relay::{Ending, Relay, Work};
use near_primitives::action::TransferAction;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// What a cloud's client offers: it signs what it is given, by the name of a key.
#[derive(Debug)]
struct Cloud {
    secret: KeyPair,
}

/// How a cloud's calls fail.
#[derive(Debug)]
enum CloudError {
    Throttled,
    AccessDenied,
}

impl Cloud {
    async fn sign(&self, key: &str, message: &[u8]) -> Result<Signature, CloudError> {
        // Its answer comes over a network.
        tokio::time::sleep(Duration::from_millis(5)).await;
        match key {
            "relayer-key" => self.secret.sign(message).map_err(|_| CloudError::Throttled),
            _ => Err(CloudError::AccessDenied),
        }
    }
}

/// The cloud's keys as the relayer sees them.
#[derive(Debug)]
struct CloudKeys {
    cloud: Cloud,
    account_id: AccountId,
    /// Read from the cloud once, when the program starts.
    public_key: PublicKey,
}

#[async_trait]
impl KeyService for CloudKeys {
    async fn public_keys(&self, account_id: &AccountId) -> Result<Vec<PublicKey>, KeyServiceError> {
        let is_ours = *account_id == self.account_id;
        Ok(is_ours.then(|| self.public_key.clone()).into_iter().collect())
    }

    async fn sign(
        &self,
        account_id: &AccountId,
        public_key: &PublicKey,
        hash: &[u8],
    ) -> Result<Signature, KeyServiceError> {
        if *account_id != self.account_id || *public_key != self.public_key {
            let (account_id, public_key) = (account_id.clone(), Box::new(public_key.clone()));
            return Err(KeyServiceError::NoKey { account_id, public_key });
        }
        self.cloud.sign("relayer-key", hash).await.map_err(|error| match error {
            // Requests wait, and are tried again.
            CloudError::Throttled => KeyServiceError::Unavailable { why: "too many calls".into() },
            // Trying again would not help: the request ends.
            CloudError::AccessDenied => KeyServiceError::Refused { why: "access denied".into() },
        })
    }

    fn place(&self) -> String {
        "the cloud's key management".to_owned()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (sandbox, secret) = (Sandbox::new(), KeyPair::random_ed25519());
    let public_key = secret.public_key().clone();
    let relayer = sandbox.create_account("relay.near").balance(10.near());
    relayer.key_pair(secret.clone()).create()?;
    sandbox.create_account("bob.near").balance(1.near()).create()?;

    let account_id: AccountId = "relay.near".parse()?;
    let keys = CloudKeys { cloud: Cloud { secret }, account_id, public_key };
    let config = Config::read(&CONFIG.replace("HASH", &KeyHash::of("an API key").to_string()))?;
    let (policy, store) = (Policy::read(POLICY)?, Arc::new(EmbeddedStore::in_memory()?));
    let no_environment = |_: &str| None;
    let client = sandbox.client(); // or config.chain.client(&no_environment)?
    let relay =
        Relay::start_with(client, Arc::new(keys), config, policy, store, &no_environment).await?;

    // `keyway_relay::api::serve` would serve apps over HTTP.
    let actions = vec![Action::Transfer(TransferAction { deposit: 1.millinear() })];
    let work = Work::intent("bob.near".parse()?, actions, Some("alice.near".parse()?))?;
    let app = "chess".parse()?;
    let request = relay.accept(&app, work, None, Duration::from_secs(30)).await?;
    assert!(matches!(request.ending(), Some(Ending::Succeeded { .. })), "{request:?}");
    assert_eq!(sandbox.balance("bob.near")?, 1_001.millinear());
    relay.stop().await;
    Ok(())
}

const CONFIG: &str = r#"
listen = "127.0.0.1:7070"
store = "relay.redb"
policy = "policy.toml"
[chain]
endpoints = ["http://127.0.0.1:3030"]
[account]
id = "relay.near"
signer = "program"
[apps.chess]
key_hashes = ["HASH"]
"#;

const POLICY: &str = r#"
[budget]
per_day = "5 NEAR"
total = "9 NEAR"
[apps.chess]
per_call = "0.1 NEAR"
per_user_per_day = "1 NEAR"
per_day = "1 NEAR"
[[apps.chess.rules]]
name = "prizes"
ways = ["intent"]
users = "any"
keys = "any"
receivers = ["bob.near"]
max_actions = 1
[[apps.chess.rules.allow]]
action = "transfer"
max_deposit = "0.01 NEAR"
"#;
