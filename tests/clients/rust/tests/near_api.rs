//! The access-key story with near-api, on a node that near-sandbox starts.

use std::sync::Arc;

use keyway_client_tests::{DRIVER, binary, program};
use near_api::errors::ExecuteTransactionError;
use near_api::types::transaction::actions::{
    AccessKeyPermission, Action, DeleteKeyAction, FunctionCallPermission,
};
use near_api::types::transaction::result::ExecutionSuccess;
use near_api::types::{AccountId, NearGas, NearToken, PublicKey, SecretKey, TxExecutionStatus};
use near_api::{Account, Contract, NetworkConfig, Signer, Tokens};
use near_sandbox::Sandbox;
use near_sandbox::config::{DEFAULT_GENESIS_ACCOUNT, DEFAULT_GENESIS_ACCOUNT_PRIVATE_KEY};

struct Node {
    network: NetworkConfig,
    root: Party,
    _sandbox: Sandbox,
}

/// An account and the key that signs for it.
#[derive(Clone)]
struct Party {
    id: AccountId,
    key: SecretKey,
}

impl Party {
    fn new(id: &str) -> Party {
        Party { id: id.parse().expect("an account id"), key: new_key() }
    }

    fn with(&self, key: &SecretKey) -> Party {
        Party { id: self.id.clone(), key: key.clone() }
    }

    fn signer(&self) -> Arc<Signer> {
        Signer::from_secret_key(self.key.clone()).expect("a signer")
    }

    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }
}

type Sent = Result<ExecutionSuccess, ExecuteTransactionError>;

impl Node {
    async fn start() -> Node {
        binary().expect("the binary under test");
        let sandbox = Sandbox::start_sandbox().await.expect("the node starts");
        let mut network =
            NetworkConfig::from_rpc_url("sandbox", sandbox.rpc_addr.parse().expect("an address"));
        for endpoint in &mut network.rpc_endpoints {
            endpoint.retries = 1;
        }
        let key = DEFAULT_GENESIS_ACCOUNT_PRIVATE_KEY.parse().expect("a secret key");
        let root =
            Party { id: DEFAULT_GENESIS_ACCOUNT.as_str().parse().expect("an account id"), key };
        Node { network, root, _sandbox: sandbox }
    }

    /// A new account below root with 10 NEAR and one full-access key.
    async fn account(&self, name: &str) -> Party {
        let party = Party::new(&format!("{name}.{}", self.root.id));
        let made = Account::create_account(party.id.clone())
            .fund_myself(self.root.id.clone(), NearToken::from_near(10))
            .with_public_key(party.public_key())
            .with_signer(self.root.signer())
            .send_to(&self.network)
            .await;
        made.expect("the transaction is accepted").assert_success();
        party
    }

    /// The same with the driver contract.
    async fn contract(&self, name: &str) -> Party {
        let party = self.account(name).await;
        let deployed = Contract::deploy(party.id.clone())
            .use_code(DRIVER.to_vec())
            .without_init_call()
            .with_signer(party.signer())
            .send_to(&self.network)
            .await;
        deployed.expect("the transaction is accepted").assert_success();
        party
    }

    async fn call(
        &self,
        from: &Party,
        to: &Party,
        method: &str,
        args: Vec<u8>,
        deposit: NearToken,
    ) -> Sent {
        let sent = Contract(to.id.clone())
            .call_function_raw(method, args)
            .transaction()
            .gas(NearGas::from_tgas(30))
            .deposit(deposit)
            .with_signer(from.id.clone(), from.signer())
            .wait_until(TxExecutionStatus::Final)
            .send_to(&self.network)
            .await?;
        Ok(sent.assert_success())
    }

    async fn transfer(&self, from: &Party, to: &AccountId, amount: NearToken) -> Sent {
        let sent = Tokens::account(from.id.clone())
            .send_to(to.clone())
            .near(amount)
            .with_signer(from.signer())
            .send_to(&self.network)
            .await?;
        Ok(sent.assert_success())
    }

    async fn add_key(&self, owner: &Party, permission: AccessKeyPermission) -> Party {
        let key = new_key();
        let added = Account(owner.id.clone())
            .add_key(permission, key.public_key())
            .with_signer(owner.signer())
            .send_to(&self.network)
            .await;
        added.expect("the transaction is accepted").assert_success();
        owner.with(&key)
    }

    async fn key_count(&self, party: &Party) -> usize {
        let keys = Account(party.id.clone()).list_keys().fetch_from(&self.network).await;
        keys.expect("the keys").data.len()
    }
}

fn new_key() -> SecretKey {
    near_api::signer::generate_secret_key().expect("a key")
}

fn calls(contract: &Party, methods: &[&str], allowance: NearToken) -> AccessKeyPermission {
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: Some(allowance),
        receiver_id: contract.id.to_string(),
        method_names: methods.iter().map(ToString::to_string).collect(),
    })
}

/// The node refuses the transaction. near-api 0.8 keeps nothing of the reason: it reads the
/// error's `info`, which is empty, and drops its `data`.
#[track_caller]
fn refused(sent: Sent) {
    let error = format!("{:?}", sent.expect_err("a refusal"));
    assert!(error.contains("InvalidTransaction"), "{error}");
}

const NOTHING: NearToken = NearToken::from_yoctonear(0);
const YOCTO: NearToken = NearToken::from_yoctonear(1);

#[tokio::test]
async fn a_function_call_key_does_its_job_and_nothing_else() {
    let node = Node::start().await;
    let contract = node.contract("game").await;
    let elsewhere = node.contract("elsewhere").await;
    let owner = node.account("owner").await;
    let allowance = NearToken::from_millinear(250);
    let player = node.add_key(&owner, calls(&contract, &["play", "claim"], allowance)).await;

    let args = [program::storage_write("score", "7"), program::value_return("done")].concat();
    let played = node.call(&player, &contract, "play", args, NOTHING).await.expect("accepted");
    assert_eq!(played.raw_bytes().expect("a value"), b"done");
    let key =
        Account(owner.id.clone()).access_key(player.public_key()).fetch_from(&node.network).await;
    let AccessKeyPermission::FunctionCall(left) = key.expect("the key").data.permission else {
        panic!("not a function-call key");
    };
    assert!(left.allowance.expect("an allowance") < allowance);

    refused(node.call(&player, &elsewhere, "play", vec![], NOTHING).await); // ReceiverMismatch
    refused(node.call(&player, &contract, "recover", vec![], NOTHING).await); // MethodNameMismatch
    refused(node.call(&player, &contract, "play", vec![], YOCTO).await); // DepositWithFunctionCall
    refused(node.transfer(&player, &contract.id, YOCTO).await); // RequiresFullAccess
    let little = NearToken::from_millinear(1);
    let poor = node.add_key(&owner, calls(&contract, &["play"], little)).await;
    refused(node.call(&poor, &contract, "play", vec![], NOTHING).await); // NotEnoughAllowance
}

#[tokio::test]
async fn keys_rotate_at_once_and_without_keys_an_account_is_locked() {
    let node = Node::start().await;
    let old = node.account("rotating").await;
    let new = old.with(&new_key());
    let gone = Action::DeleteKey(Box::new(DeleteKeyAction { public_key: old.public_key() }));
    let rotated = Account(old.id.clone())
        .add_key(AccessKeyPermission::FullAccess, new.public_key())
        .add_action(gone)
        .with_signer(old.signer())
        .send_to(&node.network)
        .await;
    rotated.expect("the transaction is accepted").assert_success();
    node.transfer(&old, &node.root.id, YOCTO).await.expect_err("the old key is gone");
    node.transfer(&new, &node.root.id, YOCTO).await.expect("the new key signs");
    assert_eq!(node.key_count(&new).await, 1);
    let locked = Account(new.id.clone())
        .delete_key(new.public_key())
        .with_signer(new.signer())
        .send_to(&node.network)
        .await;
    locked.expect("the transaction is accepted").assert_success();
    assert_eq!(node.key_count(&new).await, 0);
    node.transfer(&new, &node.root.id, YOCTO).await.expect_err("the account is locked");
}

#[tokio::test]
async fn contracts_add_keys_to_themselves_and_create_accounts() {
    let node = Node::start().await;
    let registrar = node.contract("registrar").await;
    let own = registrar.with(&new_key());
    let args = program::add_key_to(registrar.id.as_str(), &key_bytes(&own));
    node.call(&node.root, &registrar, "run", args, NOTHING).await.expect("the contract adds a key");
    node.transfer(&own, &node.root.id, YOCTO).await.expect("the key signs");

    let permission = calls(&registrar, &["create_account"], NearToken::from_near(1));
    let faucet = node.add_key(&own, permission).await;
    let newcomer = Party::new(&format!("newcomer.{}", registrar.id));
    let near = NearToken::from_near(1).as_yoctonear();
    let args = program::create_account(newcomer.id.as_str(), near, &key_bytes(&newcomer));
    node.call(&faucet, &registrar, "create_account", args, NOTHING).await.expect("an account");
    node.transfer(&newcomer, &node.root.id, YOCTO).await.expect("the newcomer's key signs");
    refused(node.call(&faucet, &registrar, "run", vec![], NOTHING).await); // MethodNameMismatch
}

#[tokio::test]
async fn an_implicit_account_has_the_key_of_its_name() {
    let node = Node::start().await;
    let key = new_key();
    let PublicKey::ED25519(bytes) = key.public_key() else { panic!("not an ed25519 key") };
    let id: String = bytes.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let party = Party { id: id.parse().expect("an implicit account id"), key };
    node.transfer(&node.root, &party.id, NearToken::from_near(1)).await.expect("funded");
    node.transfer(&party, &node.root.id, NearToken::from_millinear(500))
        .await
        .expect("the key signs");
    assert_eq!(node.key_count(&party).await, 1);
}

fn key_bytes(party: &Party) -> Vec<u8> {
    match party.public_key() {
        PublicKey::ED25519(bytes) => program::ed25519(&bytes.0),
        other => panic!("not an ed25519 key: {other}"),
    }
}
