use super::*;
use keyway::protocol::{Action, CryptoHash, PublicKey};
use keyway::{KeyPair, MemoryKeys, NearLiteral, NearToken, RemoteKeys, Sandbox, Signer, transfer};
use keyway_rules::Unsigned;
use near_primitives::action::TransferAction;
use near_primitives::transaction::TransactionNonce;
use zeroize::Zeroizing;

const TOKEN: &str = "keyway_the-token-of-the-relayer";
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
ways = ["delegate", "intent"]
users = ["alice.near"]
keys = "any"
receivers = ["bob.near"]
max_actions = 1
max_lifetime_blocks = 100
[[apps.game.rules.allow]]
action = "transfer"
max_deposit = "5 NEAR"
"#;

fn service(keys: MemoryKeys) -> Arc<SigningService> {
    let config = format!(
        r#"
        listen = "127.0.0.1:0"
        policy = "unused"
        key_hashes = ["{}"]
        [account]
        id = "relay.near"
        signer = "program"
        "#,
        KeyHash::of(TOKEN)
    );
    let config = ServiceConfig::read(&config).unwrap();
    SigningService::new(&config, Policy::read(POLICY).unwrap(), Arc::new(keys))
}

/// A service at an address, and clients of it.
async fn listening(service: Arc<SigningService>) -> impl Fn(&str) -> RemoteKeys {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(service, listener, std::future::pending()));
    move |token| RemoteKeys::new(&url, Zeroizing::new(token.to_owned())).unwrap()
}

fn id(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn gift(near: NearToken) -> Action {
    Action::Transfer(TransferAction { deposit: near })
}

fn transaction(signer: &str, key: &PublicKey, receiver: &str, actions: Vec<Action>) -> Vec<u8> {
    let unsigned = Unsigned {
        signer_id: id(signer),
        public_key: key.clone(),
        nonce: TransactionNonce::from_nonce(7),
        receiver_id: id(receiver),
        block_hash: CryptoHash::default(),
        actions,
    };
    borsh::to_vec(&unsigned.into_transaction()).unwrap()
}

#[tokio::test]
async fn it_signs_what_a_rule_allows_and_nothing_else() {
    let (ours, other) = (KeyPair::random_ed25519(), KeyPair::random_ed25519());
    let keys = MemoryKeys::new().with(id("relay.near"), ours.clone());
    let client = listening(service(keys.with(id("else.near"), other.clone()))).await(TOKEN);
    let relayer = id("relay.near");
    assert_eq!(client.public_keys(&relayer).await.unwrap(), [ours.public_key().clone()]);
    assert_eq!(client.public_keys(&id("else.near")).await.unwrap(), []);

    let key = ours.public_key();
    let allowed = transaction("relay.near", key, "bob.near", vec![gift(1.near())]);
    let signature = client.sign_transaction(&relayer, key, &allowed).await.unwrap();
    assert!(ours.verify(CryptoHash::hash_bytes(&allowed).as_ref(), &signature));

    let check = async |account: &str, key: &PublicKey, bytes: Vec<u8>, kind: &str, says: &str| {
        let refused = client.sign_transaction(&id(account), key, &bytes).await.unwrap_err();
        let error = keyway::Error::from(refused);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    };
    let of = |receiver: &str, actions| transaction("relay.near", key, receiver, actions);
    let (ours, refused) = ("relay.near", "Key.Refused");
    check(ours, key, of("eve.near", vec![gift(1.near())]), refused, "eve.near").await;
    check(ours, key, of("bob.near", vec![gift(2.near())]), refused, "1 NEAR").await;
    check(ours, key, of("bob.near", vec![gift(1.near()); 2]), refused, "2 actions").await;
    check(ours, key, of("bob.near", Vec::new()), refused, "no action").await;
    check(ours, key, of("relay.near", vec![gift(1.near())]), refused, "relay.near").await;
    // What is named and what is signed must be the same.
    let other = other.public_key();
    check("else.near", other, allowed.clone(), "Key.NotFound", "else.near").await;
    check(ours, other, allowed.clone(), "Key.Unavailable", "another account or key").await;
    let strange = transaction("relay.near", other, "bob.near", vec![gift(1.near())]);
    check(ours, other, strange, "Key.NotFound", "relay.near").await;
    check(ours, key, allowed[1..].to_vec(), "Key.Unavailable", "no transaction").await;
    check(ours, key, [allowed.as_slice(), &[0]].concat(), "Key.Unavailable", "no transaction")
        .await;
}

#[tokio::test]
async fn it_judges_a_delegate_action_by_what_is_in_it() {
    let ours = KeyPair::random_ed25519();
    let keys = MemoryKeys::new().with(id("relay.near"), ours.clone());
    let client = listening(service(keys)).await(TOKEN);
    let sandbox = Sandbox::new();
    let key = ours.public_key();
    for (sender, to, is_signed) in [
        ("alice.near", "bob.near", true),
        ("alice.near", "eve.near", false),
        ("carol.near", "bob.near", false),
    ] {
        let pair = match sandbox.create_account(sender).create() {
            Ok(account) => account.key_pair().clone(),
            Err(_) => KeyPair::random_ed25519(),
        };
        let delegate = {
            use near_primitives::action::delegate::{DelegateAction, SignedDelegateAction};
            let delegate_action = DelegateAction {
                sender_id: id(sender),
                receiver_id: id(to),
                actions: vec![gift(1.near()).try_into().unwrap()],
                nonce: 1,
                max_block_height: 1_000_000,
                public_key: pair.public_key().clone(),
            };
            let signature = pair.sign_hash(&delegate_action.get_nep461_hash());
            SignedDelegateAction { delegate_action, signature }
        };
        let bytes = transaction("relay.near", key, sender, vec![delegate.clone().into()]);
        let signed = client.sign_transaction(&id("relay.near"), key, &bytes).await;
        assert_eq!(signed.is_ok(), is_signed, "{sender} to {to}: {signed:?}");
        // It is relayed to its sender, and to nobody else.
        let bytes = transaction("relay.near", key, "bob.near", vec![delegate.into()]);
        let refused = client.sign_transaction(&id("relay.near"), key, &bytes).await.unwrap_err();
        assert!(refused.to_string().contains("not the account that signed"), "{refused}");
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing() {
    let ours = KeyPair::random_ed25519();
    let keys = MemoryKeys::new().with(id("relay.near"), ours.clone());
    let client = listening(service(keys)).await("keyway_another-token");
    let listed = client.public_keys(&id("relay.near")).await.unwrap_err();
    assert!(listed.to_string().contains("does not accept the token"), "{listed}");
    let bytes = transaction("relay.near", ours.public_key(), "bob.near", vec![gift(1.near())]);
    let signed = client.sign_transaction(&id("relay.near"), ours.public_key(), &bytes).await;
    assert!(signed.unwrap_err().to_string().contains("does not accept the token"));
}

#[tokio::test]
async fn a_signer_of_the_library_uses_it() {
    let ours = KeyPair::random_ed25519();
    let keys = MemoryKeys::new().with(id("relay.near"), ours.clone());
    let client = listening(service(keys)).await(TOKEN);
    let sandbox = Sandbox::new();
    sandbox.create_account("relay.near").balance(10.near()).key_pair(ours).create().unwrap();
    sandbox.create_account("bob.near").balance(1.near()).create().unwrap();
    let signer = Signer::new(sandbox.client(), "relay.near", Arc::new(client)).unwrap();
    signer.execute(transfer(1.near()).to("bob.near")).await.unwrap();
    assert_eq!(sandbox.balance("bob.near").unwrap(), 2.near());
    let refused = signer.execute(transfer(2.near()).to("bob.near")).await.unwrap_err();
    assert_eq!(refused.kind(), "Key.Refused", "{refused}");
}
