//! The access-key story with near-jsonrpc-client, on a node that near-sandbox starts.
//!
//! Answers are read into nearcore's own types here: a field that is missing is an error.

use keyway_client_tests::{DRIVER, binary, program};
use near_crypto::{InMemorySigner, KeyType, PublicKey, SecretKey};
use near_jsonrpc_client::errors::JsonRpcError;
use near_jsonrpc_client::{JsonRpcClient, methods};
use near_jsonrpc_primitives::types::query::QueryResponseKind;
use near_jsonrpc_primitives::types::transactions::RpcTransactionError;
use near_primitives::account::{AccessKey, AccessKeyPermission, FunctionCallPermission};
use near_primitives::action::{
    Action, AddKeyAction, CreateAccountAction, DeleteKeyAction, DeployContractAction,
    FunctionCallAction, TransferAction,
};
use near_primitives::errors::{InvalidAccessKeyError, InvalidTxError};
use near_primitives::transaction::{Transaction, TransactionV0};
use near_primitives::types::{AccountId, Balance, Finality, Gas};
use near_primitives::views::{
    AccessKeyPermissionView, AccessKeyView, FinalExecutionOutcomeView, FinalExecutionStatus,
    QueryRequest, TxExecutionStatus,
};
use near_sandbox::Sandbox;
use near_sandbox::config::{DEFAULT_GENESIS_ACCOUNT, DEFAULT_GENESIS_ACCOUNT_PRIVATE_KEY};

const NEAR: u128 = 10u128.pow(24);
const CURVES: [KeyType; 3] = [KeyType::ED25519, KeyType::SECP256K1, KeyType::MLDSA65];

struct Node {
    client: JsonRpcClient,
    _sandbox: Sandbox,
}

/// An account and the key that signs for it.
#[derive(Clone)]
struct Party {
    id: AccountId,
    key: SecretKey,
}

impl Party {
    fn with(&self, key: &SecretKey) -> Party {
        Party { id: self.id.clone(), key: key.clone() }
    }
}

fn root() -> Party {
    let key = DEFAULT_GENESIS_ACCOUNT_PRIVATE_KEY.parse().expect("a secret key");
    Party { id: DEFAULT_GENESIS_ACCOUNT.as_str().parse().expect("an account id"), key }
}

impl Node {
    async fn start() -> Node {
        binary().expect("the binary under test");
        let sandbox = Sandbox::start_sandbox().await.expect("the node starts");
        Node { client: JsonRpcClient::connect(&sandbox.rpc_addr), _sandbox: sandbox }
    }

    /// A new account below root with 10 NEAR and one full-access key.
    async fn account(&self, name: &str, key: SecretKey) -> Party {
        let party =
            Party { id: format!("{name}.{}", root().id).parse().expect("an account id"), key };
        let actions = vec![
            Action::CreateAccount(CreateAccountAction {}),
            transfer(10 * NEAR),
            add_key(&party.key, AccessKeyPermission::FullAccess),
        ];
        self.succeed(&root(), &party.id, actions).await;
        party
    }

    /// The same with the driver contract.
    async fn contract(&self, name: &str) -> Party {
        let party = self.account(name, ed25519()).await;
        let deploy = Action::DeployContract(DeployContractAction { code: DRIVER.to_vec() });
        self.succeed(&party, &party.id, vec![deploy]).await;
        party
    }

    async fn succeed(
        &self,
        from: &Party,
        to: &AccountId,
        actions: Vec<Action>,
    ) -> FinalExecutionOutcomeView {
        let outcome = self.send(from, to, actions).await.expect("the transaction is accepted");
        let succeeded = matches!(outcome.status, FinalExecutionStatus::SuccessValue(_));
        assert!(succeeded, "{:?}", outcome.status);
        outcome
    }

    /// Why the node refuses the transaction.
    async fn refusal(&self, from: &Party, to: &AccountId, actions: Vec<Action>) -> InvalidTxError {
        let error = self.send(from, to, actions).await.expect_err("the transaction is refused");
        match error.handler_error() {
            Some(RpcTransactionError::InvalidTransaction { context }) => context.clone(),
            _ => panic!("not a refusal of the transaction: {error:?}"),
        }
    }

    async fn key_refusal(
        &self,
        from: &Party,
        to: &AccountId,
        actions: Vec<Action>,
    ) -> InvalidAccessKeyError {
        match self.refusal(from, to, actions).await {
            InvalidTxError::InvalidAccessKeyError(error) => error,
            other => panic!("not an error of the key: {other:?}"),
        }
    }

    async fn send(
        &self,
        from: &Party,
        to: &AccountId,
        actions: Vec<Action>,
    ) -> Result<FinalExecutionOutcomeView, JsonRpcError<RpcTransactionError>> {
        let block = methods::block::RpcBlockRequest { block_reference: Finality::Final.into() };
        let block = self.client.call(block).await.expect("a block");
        let nonce =
            self.access_key(from, &from.key.public_key()).await.map_or(1, |key| key.nonce + 1);
        let signer = InMemorySigner::from_secret_key(from.id.clone(), from.key.clone());
        let transaction = Transaction::V0(TransactionV0 {
            signer_id: from.id.clone(),
            public_key: from.key.public_key(),
            nonce,
            receiver_id: to.clone(),
            block_hash: block.header.hash,
            actions,
        });
        let signed_transaction = transaction.sign(&signer);
        let wait_until = TxExecutionStatus::Final;
        let request =
            methods::send_tx::RpcSendTransactionRequest { signed_transaction, wait_until };
        let answer = self.client.call(request).await?;
        Ok(answer.final_execution_outcome.expect("a final outcome").into_outcome())
    }

    async fn query(&self, request: QueryRequest) -> Option<QueryResponseKind> {
        let block_reference = Finality::Final.into();
        let request = methods::query::RpcQueryRequest { block_reference, request };
        self.client.call(request).await.ok().map(|answer| answer.kind)
    }

    async fn access_key(&self, party: &Party, public_key: &PublicKey) -> Option<AccessKeyView> {
        let (account_id, public_key) = (party.id.clone(), public_key.clone());
        match self.query(QueryRequest::ViewAccessKey { account_id, public_key }).await {
            Some(QueryResponseKind::AccessKey(key)) => Some(key),
            _ => None,
        }
    }

    async fn key_count(&self, party: &Party) -> usize {
        let request = QueryRequest::ViewAccessKeyList {
            account_id: party.id.clone(),
            after_key: None,
            limit: None,
        };
        match self.query(request).await {
            Some(QueryResponseKind::AccessKeyList(list)) => list.keys.len(),
            other => panic!("no list of keys: {other:?}"),
        }
    }

    /// A new key of `owner` that may call `play` and `claim` of `contract`.
    async fn game_key(&self, owner: &Party, contract: &Party, allowance: u128) -> SecretKey {
        let key = ed25519();
        let permission = calls(&contract.id, &["play", "claim"], allowance);
        self.succeed(owner, &owner.id, vec![add_key(&key, permission)]).await;
        key
    }
}

fn ed25519() -> SecretKey {
    SecretKey::from_random(KeyType::ED25519)
}

fn transfer(yocto: u128) -> Action {
    Action::Transfer(TransferAction { deposit: Balance::from_yoctonear(yocto) })
}

fn add_key(key: &SecretKey, permission: AccessKeyPermission) -> Action {
    let access_key = AccessKey { nonce: 0, permission };
    Action::AddKey(Box::new(AddKeyAction { public_key: key.public_key(), access_key }))
}

fn delete_key(key: &SecretKey) -> Action {
    Action::DeleteKey(Box::new(DeleteKeyAction { public_key: key.public_key() }))
}

fn calls(contract: &AccountId, methods: &[&str], allowance: u128) -> AccessKeyPermission {
    AccessKeyPermission::FunctionCall(FunctionCallPermission {
        allowance: Some(Balance::from_yoctonear(allowance)),
        receiver_id: contract.to_string(),
        method_names: methods.iter().map(ToString::to_string).collect(),
    })
}

fn call(method: &str, args: Vec<u8>, deposit: u128) -> Action {
    Action::FunctionCall(Box::new(FunctionCallAction {
        method_name: method.to_owned(),
        args,
        gas: Gas::from_teragas(30),
        deposit: Balance::from_yoctonear(deposit),
    }))
}

#[tokio::test]
async fn keys_of_three_curves_sign() {
    let node = Node::start().await;
    for (i, curve) in CURVES.into_iter().enumerate() {
        let party = node.account(&format!("curve{i}"), SecretKey::from_random(curve)).await;
        node.succeed(&party, &root().id, vec![transfer(NEAR)]).await;
        assert_eq!(node.key_count(&party).await, 1);
        let key = node.access_key(&party, &party.key.public_key()).await.expect("the key");
        assert_eq!(key.nonce % 1_000_000, 1);
    }
}

#[tokio::test]
async fn a_function_call_key_does_its_job_and_nothing_else() {
    let node = Node::start().await;
    let contract = node.contract("game").await;
    let elsewhere = node.contract("elsewhere").await;
    let owner = node.account("owner", ed25519()).await;
    let player = owner.with(&node.game_key(&owner, &contract, NEAR / 4).await);

    let args = [program::storage_write("score", "7"), program::value_return("done")].concat();
    let outcome = node.succeed(&player, &contract.id, vec![call("play", args, 0)]).await;
    assert_eq!(outcome.status, FinalExecutionStatus::SuccessValue(b"done".to_vec()));
    let left = node.access_key(&owner, &player.key.public_key()).await.expect("the key").permission;
    let AccessKeyPermissionView::FunctionCall { allowance: Some(left), .. } = left else {
        panic!("not a function-call key: {left:?}");
    };
    assert!(left.as_yoctonear() < NEAR / 4 && left.as_yoctonear() > NEAR / 5);

    use InvalidAccessKeyError as E;
    let refusal = |to: &Party, action| {
        let (node, player, to) = (&node, &player, to.id.clone());
        async move { node.key_refusal(player, &to, vec![action]).await }
    };
    let error = refusal(&elsewhere, call("play", vec![], 0)).await;
    assert!(matches!(error, E::ReceiverMismatch { .. }), "{error:?}");
    let error = refusal(&contract, call("recover", vec![], 0)).await;
    assert!(matches!(error, E::MethodNameMismatch { .. }), "{error:?}");
    assert_eq!(refusal(&contract, call("play", vec![], 1)).await, E::DepositWithFunctionCall);
    assert_eq!(refusal(&contract, transfer(1)).await, E::RequiresFullAccess);

    let poor = owner.with(&node.game_key(&owner, &contract, NEAR / 1000).await);
    let error = node.key_refusal(&poor, &contract.id, vec![call("play", vec![], 0)]).await;
    assert!(matches!(error, E::NotEnoughAllowance { .. }), "{error:?}");
}

#[tokio::test]
async fn keys_rotate_at_once_and_without_keys_an_account_is_locked() {
    let node = Node::start().await;
    let old = node.account("rotating", ed25519()).await;
    let new = old.with(&SecretKey::from_random(KeyType::MLDSA65));
    let rotate = vec![add_key(&new.key, AccessKeyPermission::FullAccess), delete_key(&old.key)];
    node.succeed(&old, &old.id, rotate).await;
    let error = node.key_refusal(&old, &root().id, vec![transfer(1)]).await;
    assert!(matches!(error, InvalidAccessKeyError::AccessKeyNotFound { .. }), "{error:?}");
    node.succeed(&new, &new.id, vec![delete_key(&new.key)]).await;
    assert_eq!(node.key_count(&new).await, 0);
    let error = node.key_refusal(&new, &root().id, vec![transfer(1)]).await;
    assert!(matches!(error, InvalidAccessKeyError::AccessKeyNotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_contract_adds_a_key_to_itself() {
    let node = Node::start().await;
    let contract = node.contract("self-made").await;
    let key = ed25519();
    let args =
        program::add_key_to(contract.id.as_str(), &program::ed25519(key.public_key().key_data()));
    node.succeed(&root(), &contract.id, vec![call("run", args, 0)]).await;
    node.succeed(&contract.with(&key), &root().id, vec![transfer(1)]).await;
}

#[tokio::test]
async fn a_key_that_may_only_create_accounts_creates_them() {
    let node = Node::start().await;
    let registrar = node.contract("registrar").await;
    let faucet = registrar.with(&ed25519());
    let permission = calls(&registrar.id, &["create_account"], NEAR);
    node.succeed(&registrar, &registrar.id, vec![add_key(&faucet.key, permission)]).await;
    let id: AccountId = format!("newcomer.{}", registrar.id).parse().expect("an account id");
    let newcomer = Party { id, key: ed25519() };
    let key = program::ed25519(newcomer.key.public_key().key_data());
    let args = program::create_account(newcomer.id.as_str(), NEAR, &key);
    node.succeed(&faucet, &registrar.id, vec![call("create_account", args.clone(), 0)]).await;
    node.succeed(&newcomer, &root().id, vec![transfer(1)]).await;
    let error = node.key_refusal(&faucet, &registrar.id, vec![call("run", args, 0)]).await;
    assert!(matches!(error, InvalidAccessKeyError::MethodNameMismatch { .. }), "{error:?}");
}

#[tokio::test]
async fn an_implicit_account_has_the_key_of_its_name() {
    let node = Node::start().await;
    let key = ed25519();
    let id: String = key.public_key().key_data().iter().map(|byte| format!("{byte:02x}")).collect();
    let party = Party { id: id.parse().expect("an implicit account id"), key };
    node.succeed(&root(), &party.id, vec![transfer(NEAR)]).await;
    node.succeed(&party, &root().id, vec![transfer(NEAR / 2)]).await;
    assert_eq!(node.key_count(&party).await, 1);
}
