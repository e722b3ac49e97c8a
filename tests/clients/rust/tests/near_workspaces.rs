//! The access-key story with near-workspaces, which starts the node itself.

use keyway_client_tests::{DRIVER, binary, program};
use near_workspaces::network::Sandbox;
use near_workspaces::operations::Function;
use near_workspaces::types::{AccessKey, AccessKeyPermission, KeyType, NearToken, SecretKey};
use near_workspaces::{Account, Contract, Worker};

async fn start() -> (Worker<Sandbox>, Account) {
    binary().expect("the binary under test");
    let worker = near_workspaces::sandbox().await.expect("the node starts");
    let root = worker.root_account().expect("a root account");
    (worker, root)
}

async fn account(root: &Account, name: &str) -> Account {
    let balance = NearToken::from_near(10);
    let made = root.create_subaccount(name).initial_balance(balance).transact().await;
    made.expect("the transaction is accepted").into_result().expect("the account is made")
}

async fn contract(root: &Account, name: &str) -> Contract {
    let deployed = account(root, name).await.deploy(DRIVER).await;
    deployed.expect("the transaction is accepted").into_result().expect("the contract is there")
}

/// `owner` signing with another of its keys.
fn with_key(owner: &Account, key: &SecretKey) -> Account {
    let mut account = owner.clone();
    account.set_secret_key(key.clone());
    account
}

fn new_key() -> SecretKey {
    SecretKey::from_random(KeyType::ED25519)
}

/// A new key of `owner` that may call `methods` of `contract`.
async fn call_key(
    owner: &Account,
    contract: &Contract,
    methods: &[&str],
    allowance: NearToken,
) -> SecretKey {
    let key = new_key();
    let access = AccessKey::function_call_access(contract.id(), methods, Some(allowance));
    let added = owner.batch(owner.id()).add_key(key.public_key(), access).transact().await;
    added.expect("the transaction is accepted").into_result().expect("the key is added");
    key
}

/// The whole text of the refusal of one call.
async fn refusal(signer: &Account, contract: &Contract, call: Function) -> String {
    let error = signer.batch(contract.id()).call(call).transact().await.expect_err("a refusal");
    format!("{error:?}")
}

#[tokio::test]
async fn a_function_call_key_does_its_job_and_nothing_else() {
    let (worker, root) = start().await;
    let contract_ = contract(&root, "game").await;
    let elsewhere = contract(&root, "elsewhere").await;
    let owner = account(&root, "owner").await;
    let allowance = NearToken::from_millinear(250);
    let player =
        with_key(&owner, &call_key(&owner, &contract_, &["play", "claim"], allowance).await);

    let args = [program::storage_write("score", "7"), program::value_return("done")].concat();
    let played = player.call(contract_.id(), "play").args(args).transact().await.expect("accepted");
    assert_eq!(played.raw_bytes().expect("a value"), b"done");
    let key = player.view_access_key(&player.secret_key().public_key()).await.expect("the key");
    let AccessKeyPermission::FunctionCall(permission) = key.permission else {
        panic!("not a function-call key: {key:?}");
    };
    assert!(permission.allowance.expect("an allowance") < allowance);
    assert_eq!(contract_.view_state().await.expect("state").len(), 1);

    let play = || Function::new("play").args(vec![]);
    assert!(refusal(&player, &elsewhere, play()).await.contains("ReceiverMismatch"));
    let recover = Function::new("recover").args(vec![]);
    assert!(refusal(&player, &contract_, recover).await.contains("MethodNameMismatch"));
    let paid = play().deposit(NearToken::from_yoctonear(1));
    assert!(refusal(&player, &contract_, paid).await.contains("DepositWithFunctionCall"));
    let little = NearToken::from_millinear(1);
    let poor = with_key(&owner, &call_key(&owner, &contract_, &["play"], little).await);
    assert!(refusal(&poor, &contract_, play()).await.contains("NotEnoughAllowance"));
    drop(worker);
}

#[tokio::test]
async fn keys_rotate_at_once_and_without_keys_an_account_is_locked() {
    let (worker, root) = start().await;
    let old = account(&root, "rotating").await;
    let key = SecretKey::from_random(KeyType::SECP256K1);
    let new = with_key(&old, &key);
    let rotated = old
        .batch(old.id())
        .add_key(key.public_key(), AccessKey::full_access())
        .delete_key(old.secret_key().public_key())
        .transact()
        .await;
    rotated.expect("the transaction is accepted").into_result().expect("the keys are rotated");
    let yocto = NearToken::from_yoctonear(1);
    old.transfer_near(root.id(), yocto).await.expect_err("the old key is gone");
    new.transfer_near(root.id(), yocto)
        .await
        .expect("accepted")
        .into_result()
        .expect("transferred");
    assert_eq!(new.view_access_keys().await.expect("keys").len(), 1);
    let locked = new.batch(new.id()).delete_key(key.public_key()).transact().await;
    locked.expect("the transaction is accepted").into_result().expect("the key is deleted");
    assert!(new.view_access_keys().await.expect("keys").is_empty());
    new.transfer_near(root.id(), yocto).await.expect_err("the account is locked");
    assert!(
        worker.view_account(new.id()).await.expect("the account").balance > NearToken::from_near(9)
    );
}

#[tokio::test]
async fn contracts_add_keys_to_themselves_and_create_accounts() {
    let (worker, root) = start().await;
    let registrar = contract(&root, "registrar").await;
    let own = new_key();
    let args = program::add_key_to(
        registrar.id().as_str(),
        &program::ed25519(own.public_key().key_data()),
    );
    let called = root.call(registrar.id(), "run").args(args).max_gas().transact().await;
    called.expect("the transaction is accepted").into_result().expect("the contract adds a key");

    let owner = with_key(registrar.as_account(), &own);
    let faucet = call_key(&owner, &registrar, &["create_account"], NearToken::from_near(1)).await;
    let faucet = with_key(&owner, &faucet);
    let newcomer = new_key();
    let id = format!("newcomer.{}", registrar.id());
    let key = program::ed25519(newcomer.public_key().key_data());
    let args = program::create_account(&id, NearToken::from_near(1).as_yoctonear(), &key);
    let made = faucet.call(registrar.id(), "create_account").args(args).transact().await;
    made.expect("the transaction is accepted").into_result().expect("the account is made");
    let id = id.parse().expect("an account id");
    let newcomer = Account::from_secret_key(id, newcomer, &worker);
    let sent = newcomer.transfer_near(root.id(), NearToken::from_yoctonear(1)).await;
    sent.expect("the transaction is accepted").into_result().expect("the newcomer's key signs");
    let other = refusal(&faucet, &registrar, Function::new("run").args(vec![])).await;
    assert!(other.contains("MethodNameMismatch"), "{other}");
}

#[tokio::test]
async fn an_implicit_account_has_the_key_of_its_name() {
    let (worker, root) = start().await;
    let key = new_key();
    let id: String = key.public_key().key_data().iter().map(|byte| format!("{byte:02x}")).collect();
    let id = id.parse().expect("an implicit account id");
    let funded = root.transfer_near(&id, NearToken::from_near(1)).await;
    funded.expect("the transaction is accepted").into_result().expect("transferred");
    let implicit = Account::from_secret_key(id, key, &worker);
    let sent = implicit.transfer_near(root.id(), NearToken::from_millinear(500)).await;
    sent.expect("the transaction is accepted").into_result().expect("the key signs");
    assert_eq!(implicit.view_access_keys().await.expect("keys").len(), 1);
}

#[tokio::test]
async fn the_sandbox_methods_patch_and_fast_forward() {
    let (worker, root) = start().await;
    let contract = contract(&root, "patched").await;
    worker.patch_state(contract.id(), b"STATE", b"patched").await.expect("patched");
    let state = contract.view_state().await.expect("state");
    assert_eq!(state.get(b"STATE".as_slice()).map(Vec::as_slice), Some(&b"patched"[..]));
    let height = worker.view_block().await.expect("a block").height();
    worker.fast_forward(1000).await.expect("blocks");
    assert!(worker.view_block().await.expect("a block").height() >= height + 1000);
    // Finality follows two blocks later, as on neard; until then the final block is too old a base.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let dev = worker.dev_create_account().await.expect("a development account");
    assert!(dev.view_account().await.expect("the account").balance > NearToken::from_near(1));
}
